using System.Globalization;
using System.Text.Json;
using Busbar.Stations.Api;
using Busbar.Stations.Console;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>What the console says of a frame.</summary>
public sealed class WireWordsTests
{
    public WireWordsTests() => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new CultureInfo("en-GB");

    [Theory]
    [InlineData("call", "BootNotification", """{"chargePointVendor":"Volta","chargePointModel":"Twin","firmwareVersion":"1.2"}""", "It started: Volta Twin, firmware 1.2")]
    [InlineData("call", "BootNotification", """{"reason":"PowerUp","chargingStation":{"vendorName":"Volta","model":"Twin"}}""", "It started: Volta Twin, firmware –")]
    [InlineData("call", "StatusNotification", """{"connectorId":2,"status":"Charging","errorCode":"NoError"}""", "Outlet 2: Charging")]
    [InlineData("call", "StatusNotification", """{"evseId":3,"connectorId":1,"connectorStatus":"Occupied"}""", "Outlet 3: Occupied")]
    [InlineData("call", "StartTransaction", """{"connectorId":1,"idTag":"04A1***","meterStart":4000}""", "A charge began at outlet 1 with card 04A1***, meter at 4.00 kWh")]
    [InlineData("call", "StopTransaction", """{"transactionId":17,"meterStop":9100,"reason":"EVDisconnected"}""", "Charge 17 ended, meter at 9.10 kWh, reason: unplugged")]
    [InlineData("call", "MeterValues", """{"connectorId":1,"meterValue":[{"sampledValue":[{"value":"8000","measurand":"Power.Active.Import"},{"value":"5.5","unit":"kWh"}]}]}""", "Meter of outlet 1: 5.50 kWh")]
    [InlineData("call", "TransactionEvent", """{"eventType":"Updated","transactionInfo":{"transactionId":"t","chargingState":"SuspendedEV"},"meterValue":[{"sampledValue":[{"value":120000}]}]}""", "The charge goes on (the car pauses), meter at 120.00 kWh")]
    [InlineData("callResult", "Authorize", """{"idTagInfo":{"status":"Blocked"}}""", "The card may not charge: Blocked")]
    [InlineData("callResult", "Authorize", """{"idTokenInfo":{"status":"Accepted"}}""", "The card may charge")]
    [InlineData("callResult", "UnlockConnector", """{"status":"UnlockFailed"}""", "It could not be unlocked")]
    [InlineData("callResult", "Reset", """{"status":"Sulking"}""", "Answer: Sulking")]
    [InlineData("callResult", null, "{}", "Noted")]
    [InlineData("callError", "Reset", """{"errorCode":"NotSupported","errorDescription":""}""", "Error NotSupported")]
    [InlineData("call", "HouseSpecial", "{}", "It sends HouseSpecial")]
    [InlineData("unreadable", null, "\"xyz\"", "Not readable as OCPP")]
    public void A_frame_is_said_in_a_sentence(string kind, string? action, string payload, string sentence) => Assert.Equal(sentence, Say(kind, action, payload));

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"connectorId":{"a":[1]},"idTag":[],"meterStart":"a lot","meterValue":{"sampledValue":7},"chargingStation":"no","evse":[[]]}""")]
    [InlineData("""{"meterValue":[{"sampledValue":[7,{"value":"1e400"},{"value":{}}]},9]}""")]
    public void Whatever_a_station_sends_there_is_a_sentence_in_each_language(string payload)
    {
        foreach (var language in new[] { "en-GB", "de-DE" })
        {
            CultureInfo.CurrentUICulture = new CultureInfo(language);
            foreach (var action in new[] { 16, 201, 21 }.SelectMany(protocol => DialectTable.For(protocol).Actions).Select(action => action.Name).Distinct())
                foreach (var kind in new[] { "call", "callResult", "callError", "send" }) Assert.NotEmpty(Say(kind, action, payload));
        }
    }

    [Fact]
    public void A_long_value_is_cut() => Assert.InRange(Say("call", "Authorize", $$"""{"idTag":"{{new string('x', 5_000)}}"}""").Length, 80, 120);

    [Theory]
    [InlineData("1764158400000-42", true)]
    [InlineData("1764158400000-", true)]
    [InlineData("-5-1", false)]
    [InlineData("99999999999999999-1", false)]
    [InlineData("x", false)]
    [InlineData(null, false)]
    public void A_place_in_the_history_that_nobody_gave_out_is_none(string? text, bool isOne) => Assert.Equal(isOne, HistoryMark.Parse(text) is { } mark && mark.ToString() == text);

    private static string Say(string kind, string? action, string payload) => WireWords.Of(new MessageView(Instant.FromUtc(2026, 11, 26, 12, 0), "fromStation", kind, action, "1", JsonElement.Parse(payload)));
}
