using System.Text;
using System.Text.Json;
using Busbar.Load;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;

namespace Busbar.Tests.Load;

/// <summary>The generator's station with a screen speaks as the server understands it.</summary>
public sealed class ScreenFramesTests
{
    [Fact]
    public void It_says_that_it_shows_costs_and_takes_what_it_is_given()
    {
        var asked = Answered("""[2,"a1","GetConfiguration",{"key":["CustomDisplayCostAndPrice","NumberOfDecimalsForCostValues"]}]""");

        Assert.Equal((3, "a1"), (asked[0].GetInt32(), asked[1].GetString()));
        Assert.True(Ocpp16Json.TryRead<GetConfigurationResponse>(Encoding.UTF8.GetBytes(asked[2].GetRawText()), out var keys, out _));
        Assert.Equal([("CustomDisplayCostAndPrice", "true"), ("NumberOfDecimalsForCostValues", "2")], keys.ConfigurationKeys!.Select(key => (key.Key, key.Value)));
        Assert.Equal("Accepted", Answered("""[2,"a2","ChangeConfiguration",{"key":"DefaultPrice","value":"x"}]""")[2].GetProperty("status").GetString());
        Assert.Equal("Accepted", Answered("""[2,"a3","DataTransfer",{"vendorId":"v","messageId":"RunningCost","data":"{}"}]""")[2].GetProperty("status").GetString());
        Assert.Equal("NotSupported", Answered("""[2,"a4","TriggerMessage",{"requestedMessage":"Heartbeat"}]""")[2].GetString());
    }

    [Fact]
    public void A_price_so_far_is_read_with_its_reading_and_nothing_else_is_one()
    {
        var data = JsonSerializer.Serialize("""{"transactionId":7,"timestamp":"2026-06-01T10:00:12.000Z","meterValue":1150,"cost":0.12,"state":"Charging","chargingPrice":{"kWhPrice":0.6}}""");

        Assert.True(ScreenFrames.TryRunningCost(Encoding.UTF8.GetBytes($$"""[2,"a","DataTransfer",{"vendorId":"org.openchargealliance.costmsg","messageId":"RunningCost","data":{{data}}}]"""), out var cost));
        Assert.Equal(new RunningCost(7, new DateTimeOffset(2026, 6, 1, 10, 0, 12, TimeSpan.Zero), 0.12m), cost);
        Assert.False(ScreenFrames.TryRunningCost(Encoding.UTF8.GetBytes($$"""[2,"a","DataTransfer",{"vendorId":"org.openchargealliance.costmsg","messageId":"FinalCost","data":{{data}}}]"""), out _));
    }

    private static JsonElement Answered(string call)
    {
        var output = new byte[CallFrames.Longest];
        return JsonElement.Parse(output.AsSpan(0, ScreenFrames.Answer(output, Encoding.UTF8.GetBytes(call))));
    }
}
