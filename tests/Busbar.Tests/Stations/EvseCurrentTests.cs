using Busbar.Stations;
using Busbar.Stations.Contracts;
using Busbar.Tests.Sessions;

namespace Busbar.Tests.Stations;

/// <summary>What a price may depend on besides the meter, as stations and operators tell it.</summary>
public sealed class EvseCurrentTests
{
    [Theory]
    [InlineData("IEC_62196_T2_COMBO", EvseCurrent.Dc)]
    [InlineData("CHADEMO", EvseCurrent.Dc)]
    [InlineData("cCCS2", EvseCurrent.Dc)]
    [InlineData("IEC_62196_T2", EvseCurrent.Ac)]
    [InlineData("DOMESTIC_F", EvseCurrent.Ac)]
    [InlineData("sType2", EvseCurrent.Ac)]
    [InlineData("NACS", null)]
    [InlineData("a plug", null)]
    [InlineData(null, null)]
    public void A_connectors_standard_says_what_it_delivers_or_nothing(string? standard, EvseCurrent? current) => Assert.Equal(current, ConnectorStandards.CurrentOf(standard));

    [Fact]
    public void An_evse_delivers_what_all_of_its_connectors_do_and_what_a_station_adds_says_nothing()
    {
        var ratings = StationRatings.Of(
        [
            (1, 50_000_000, false, "CHADEMO"), (1, 50_000_000, false, "IEC_62196_T2_COMBO"), (1, null, true, "IEC_62196_T2"),
            (2, 22_000_000, false, "IEC_62196_T2"), (2, 50_000_000, false, "CHADEMO"), (3, 22_000_000, false, null), (4, 22_000_000, true, "IEC_62196_T2"),
        ]);
        Assert.Equal([EvseCurrent.Dc, null, null, null], Enumerable.Range(1, 4).Select(ratings.CurrentOf));
    }

    // OCPP 2.1, TariffConditionsFixedType: paymentBrand and paymentRecognition.
    [Fact]
    public void A_card_that_pays_at_the_station_is_told_by_its_tokens_additional_info()
    {
        var fact = (ChargingFact.Started)Frames.Read(21, "TransactionEvent",
            """{"eventType":"Started","timestamp":"2026-06-01T12:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"T"},"idToken":{"idToken":"X","type":"DirectPayment","additionalInfo":[{"additionalIdToken":"VISA","type":"PaymentBrand"},{"additionalIdToken":"CC","type":"PaymentRecognition"}]}}""").Fact;
        Assert.Equal(("VISA", "CC"), (fact.Token!.PaymentBrand, fact.Token.PaymentRecognition));
    }
}
