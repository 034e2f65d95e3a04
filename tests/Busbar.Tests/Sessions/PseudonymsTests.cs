using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Sessions.Personal;

namespace Busbar.Tests.Sessions;

/// <summary>A payload without a person: what names them is replaced, all else stays to the byte.</summary>
public sealed class PseudonymsTests
{
    private static readonly Pseudonyms Ada = new(new PersonalSubject { Tenant = new TenantId(Guid.Empty), Uids = ["04A1B2C3D4E5F6", "7"], DriverId = "driver-1815", Email = "ada@example.org" });

    [Theory]
    [InlineData("""{"connectorId":7,"idTag":"04a1b2c3d4e5f6","meterStart":7, "timestamp":"x"}""", """{"connectorId":7,"idTag":"*","meterStart":7, "timestamp":"x"}""")]
    [InlineData("""{"idTag":"7","value":"7"}""", """{"idTag":"+","value":"7"}""")]
    [InlineData("""{"idTag":7}""", """{"idTag":"+"}""")]
    [InlineData("""{"idTag":"04A1\u0042\u0032C3D4E5F6","note":"a"}""", """{"idTag":"*","note":"a"}""")]
    [InlineData("""{"idToken":{"idToken":"04A1B2C3D4E5F6","type":"ISO14443","additionalInfo":[{"additionalIdToken":"04A1B2C3D4E5F6","type":"x"}]}}""", """{"idToken":{"idToken":"*","type":"ISO14443","additionalInfo":[{"additionalIdToken":"*","type":"x"}]}}""")]
    [InlineData("""{"data":"{\"idTag\":\"04A1B2C3D4E5F6\"}"}""", """{"data":"{\u0022idTag\u0022:\u0022*\u0022}"}""")]
    [InlineData("""{"data":"card 04a1b2c3d4e5f6 seen"}""", """{"data":"card * seen"}""")]
    [InlineData("""{"Note":"called Ada@example.org back"}""", """{"Note":"(erased)"}""")]
    [InlineData("""{"idTag":"04FFFFFFFFFFFF","transactionId":"7"}""", """{"idTag":"04FFFFFFFFFFFF","transactionId":"7"}""")]
    [InlineData("""no JSON: 04A1B2C3D4E5F6""", """no JSON: *""")]
    public void A_payload_names_them_no_more_and_is_else_as_it_was(string payload, string expected)
    {
        var rewritten = Encoding.UTF8.GetString(Ada.Rewrite(Encoding.UTF8.GetBytes(payload), out var kept));
        Assert.False(kept);
        Assert.Equal(expected.Replace("*", Ada.Of("04A1B2C3D4E5F6"), StringComparison.Ordinal).Replace("+", Ada.Of("7"), StringComparison.Ordinal), rewritten);
    }

    /// <summary>A uid of eight digits, and somebody who is called like a word of the standard: what a replay reads again stays as it was told.</summary>
    [Theory]
    [InlineData("""{"connectorId":1,"meterValue":[{"timestamp":"2026-11-28T10:00:00Z","sampledValue":[{"value":"12345678","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"3.12345678E1"}]}]}""")]
    [InlineData("""{"transactionId":"12345678","meterStop":"12345678","timestamp":"12345678"}""")]
    [InlineData("""{"eventType":"Started","triggerReason":"Authorized","seqNo":"12345678","transactionInfo":{"transactionId":"1123456780","chargingState":"Charging"},"evse":{"id":"12345678"}}""")]
    [InlineData("""{"idTagInfo":{"status":"Accepted"}}""")]
    [InlineData("""{"at":1,"transactionId":"112345678","session":"ses12345678","seen":["noEnd12345678","Charging"],"actor":"opr12345678"}""")]
    public void What_a_fact_is_made_of_names_nobody(string payload)
    {
        var driver = new Pseudonyms(new PersonalSubject { Tenant = new TenantId(Guid.Empty), Uids = ["12345678", "2026-11-28"], DriverId = "Accepted", Name = "Charging" });
        var bytes = Encoding.UTF8.GetBytes(payload);
        Assert.Same(bytes, driver.Rewrite(bytes, out var kept));
        Assert.False(kept);
    }

    [Fact]
    public void A_transactions_id_that_a_station_made_of_the_uid_is_another_one_everywhere()
    {
        var rewritten = Encoding.UTF8.GetString(Ada.Rewrite("""{"transactionInfo":{"transactionId":"04a1b2c3d4e5f6-1"}}"""u8.ToArray(), out _));
        Assert.Equal($$$"""{"transactionInfo":{"transactionId":"{{{Ada.Transaction("04a1b2c3d4e5f6-1")}}}"}}""", rewritten);
        Assert.Equal(Ada.Of("04A1B2C3D4E5F6") + "-1", Ada.Transaction("04a1b2c3d4e5f6-1"));
    }

    [Theory]
    [InlineData("""{"signedMeterData":"OCMF|{\"ID\":\"04A1B2C3D4E5F6\"}|{\"SD\":\"aa\"}","encodingMethod":"OCMF"}""")]
    [InlineData("""{"signedMeterData":"T0NNRnx7IklEIjoiMDRBMUIyQzNENEU1RjYifQ=="}""")]
    [InlineData("""{"format":"SignedData","value":"OCMF|{\"FV\":\"1.0\",\"GI\":\"meter\",\"ID\":\"04A1B2C3D4E5F6\"}|{\"SD\":\"aaaaaaaaaaaaaaaaaaaaaa\"}"}""")]
    public void A_signed_reading_stays_as_it_was_signed_and_is_told(string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        Assert.Same(bytes, Ada.Rewrite(bytes, out var kept));
        Assert.True(kept);
    }

    [Fact]
    public void A_pseudonym_fits_the_shortest_token_and_says_nothing_of_the_uid()
    {
        var again = new Pseudonyms(new PersonalSubject { Tenant = new TenantId(Guid.Empty), Uids = ["04A1B2C3D4E5F6"] });
        Assert.Equal(20, Ada.Of("04a1b2c3d4e5f6")!.Length);
        Assert.Equal(Ada.Of("04a1b2c3d4e5f6"), Ada.Of("04A1B2C3D4E5F6"));
        Assert.NotEqual(Ada.Of("04A1B2C3D4E5F6"), again.Of("04A1B2C3D4E5F6"));
        Assert.Null(Ada.Of("04FFFFFFFFFFFF"));
    }
}
