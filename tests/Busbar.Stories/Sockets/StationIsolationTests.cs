using System.Globalization;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>Bar S5: a station's messages have effects on its own sessions only, whatever transaction they name.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class StationIsolationTests(SocketServer shared, Servers servers)
{
    private static readonly string[] Strange = ["-1", "0", "9223372036854775807"];

    [Fact]
    public async Task A_station_of_1_6_that_names_anothers_transaction_changes_nothing_there()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 2);
        await using var victim = await fleet.BootAsync("CP-0");
        await using var attacker = await fleet.BootAsync("CP-1");
        var charge = await Charge.StartAsync(victim, 10_000);
        await charge.MeterAsync(victim, 10_400);
        var before = await SessionAsync(fleet, "CP-0");
        await NameAsync(attacker, charge);
        Assert.Equal(before, await SessionAsync(fleet, "CP-0"));
        Assert.Empty((await fleet.Api.GetAsync("sessions?stationId=CP-1")).Items);
        Assert.Empty((await fleet.Api.GetAsync("cdrs")).Items);

        await charge.StopAsync(victim, 11_000);
        Assert.Equal(1_000m, (await fleet.Api.OnlyCdrAsync("CP-0")).GetProperty("energyWh").GetDecimal());
    }

    [Theory, InlineData(OcppVersion.V201), InlineData(OcppVersion.V21)]
    public async Task A_station_of_2_x_that_names_anothers_transaction_changes_nothing_there(OcppVersion version)
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 2);
        await using var victim = await fleet.BootAsync("CP-0", version: version);
        await using var attacker = await fleet.BootAsync("CP-1", version: version);
        await Charge.CallAsync(victim, "TransactionEvent", Charge2.Event("Started", 0, "tx-of-the-victim", 10_000));
        var before = await SessionAsync(fleet, "CP-0");
        await NameAsync(attacker, "tx-of-the-victim");
        Assert.Equal(before, await SessionAsync(fleet, "CP-0"));

        // What it told without ever starting it is its own, and nobody is billed for it.
        Assert.Empty((await fleet.Api.GetAsync("cdrs")).Items);
        Assert.All((await fleet.Api.GetAsync("sessions?stationId=CP-1")).Items, session => Assert.NotEqual("completed", session.GetProperty("status").GetString()));

        await Charge.CallAsync(victim, "TransactionEvent", Charge2.Event("Ended", 1, "tx-of-the-victim", 11_000));
        Assert.Equal(1_000m, (await fleet.Api.OnlyCdrAsync("CP-0")).GetProperty("energyWh").GetDecimal());
    }

    /// <summary>The negative control.</summary>
    [Theory, InlineData(OcppVersion.V16), InlineData(OcppVersion.V201)]
    public async Task A_server_that_does_not_ask_whose_a_transaction_is_is_caught(OcppVersion version)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), GuardsOff.Ownership);
        var fleet = await SocketFleet.GivenAsync(server, 2);
        await using var victim = await fleet.BootAsync("CP-0", version: version);
        await using var attacker = await fleet.BootAsync("CP-1", version: version);
        var charge = version == OcppVersion.V16 ? await Charge.StartAsync(victim, 10_000) : null;
        if (charge is null) await Charge.CallAsync(victim, "TransactionEvent", Charge2.Event("Started", 0, "tx-of-the-victim", 10_000));
        var before = await SessionAsync(fleet, "CP-0");
        if (charge is null) await NameAsync(attacker, "tx-of-the-victim");
        else await NameAsync(attacker, charge);
        Assert.NotEqual(before, await SessionAsync(fleet, "CP-0"));
    }

    private static async Task NameAsync(StationClient attacker, Charge charge)
    {
        foreach (var id in Strange.Prepend(charge.TransactionId.ToString(CultureInfo.InvariantCulture)))
        {
            // Acknowledged, since a station repeats for ever what is not; without effect on another.
            await Charge.CallAsync(attacker, "MeterValues", $$"""{"connectorId":1,"transactionId":{{id}},"meterValue":[{"timestamp":"{{Charge.Now(0)}}","sampledValue":[{"value":"99000"}]}]}""");
            await Charge.CallAsync(attacker, "StopTransaction", $$"""{"transactionId":{{id}},"idTag":"{{SocketFleet.Token}}","meterStop":99999,"timestamp":"{{Charge.Now(0)}}"}""");
        }
    }

    private static async Task NameAsync(StationClient attacker, string transaction)
    {
        foreach (var id in Strange.Prepend(transaction))
        {
            await Charge.CallAsync(attacker, "TransactionEvent", Charge2.Event("Updated", 1, id, 98_000));
            await Charge.CallAsync(attacker, "TransactionEvent", Charge2.Event("Ended", 2, id, 99_000));
        }
    }

    [Fact]
    public async Task The_ids_of_transactions_that_follow_each_other_do_not()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        await using var station = await fleet.BootAsync("CP-0");
        var ids = new List<int>();
        for (var i = 0; i < 20; i++)
        {
            var charge = await Charge.StartAsync(station, 1_000 * i);
            await charge.StopAsync(station, 1_000 * i);
            ids.Add(charge.TransactionId);
        }
        Assert.All(ids, id => Assert.True(id > 0));
        Assert.Equal(20, ids.Distinct().Count());
        Assert.DoesNotContain(ids.Zip(ids.Skip(1)), pair => Math.Abs((long)pair.Second - pair.First) <= 1_000);
    }

    private static async Task<string> SessionAsync(SocketFleet fleet, string station) => (await fleet.Api.GetAsync($"sessions?stationId={station}")).Items.Single().GetRawText();
}

/// <summary>A charge of a 2.x station by hand.</summary>
internal static class Charge2
{
    public static string Event(string type, int seqNo, string transaction, int register, string? timestamp = null)
    {
        var at = timestamp ?? Charge.Now(type == "Started" ? -60 : 0);
        return $$$"""
            {"eventType":"{{{type}}}","timestamp":"{{{at}}}","triggerReason":"Authorized","seqNo":{{{seqNo}}},"transactionInfo":{"transactionId":"{{{transaction}}}"},
             "evse":{"id":1,"connectorId":1},"idToken":{"idToken":"{{{SocketFleet.Token}}}","type":"ISO14443"},
             "meterValue":[{"timestamp":"{{{at}}}","sampledValue":[{"value":{{{register}}},"context":"{{{(type == "Started" ? "Transaction.Begin" : type == "Ended" ? "Transaction.End" : "Sample.Periodic")}}}"}]}]}
            """;
    }
}
