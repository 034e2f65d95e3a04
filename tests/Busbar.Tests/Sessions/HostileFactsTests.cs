using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Busbar.Sessions;
using Busbar.Sessions.Api;
using Busbar.Storage;
using Busbar.Tests.Pricing;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What a broken or hostile station may write in a frame that can be read: it is recorded, it keeps nothing else from being recorded, and nobody pays for it unseen.</summary>
public sealed class HostileFactsTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);
    private static readonly Instant Received = Noon + Duration.FromHours(3);

    // What Energy holds, in whole watt-hours.
    private const long Most = long.MaxValue / 1_000;

    /// <summary>Starts, readings, intervals and ends at both ends of what a number holds, with the transaction's id and with one that says nothing.</summary>
    [Fact]
    public void Registers_at_both_ends_of_what_a_number_holds_keep_no_message_from_being_recorded()
    {
        long[] registers = [-Most, -1, 0, 1, Most - 1, Most];
        var told = 0;
        foreach (var start in registers)
            foreach (var read in registers)
                foreach (var end in registers)
                    foreach (var id in new[] { Journal.IdOf(1), "0" })
                        foreach (var token in new[] { "TAG", null })
                        {
                            var journal = new Journal();
                            journal.Tell(Frames.Start(1, "TAG", Noon, start), Received);
                            journal.Tell(Frames.Meter(1, id, Noon + Duration.FromMinutes(10), read), Received);
                            journal.Tell(Interval(Journal.IdOf(1), Noon + Duration.FromMinutes(20), read), Received);
                            journal.Tell(Frames.Stop(id, Noon + Duration.FromHours(1), end, token), Received);
                            // The next driver is not kept waiting.
                            journal.Tell(Frames.Start(1, "OTHER", Noon + Duration.FromHours(2), 1_000), Received);
                            journal.Restart();
                            foreach (var session in journal.Sessions) Assert.NotNull(TimelineView.Of(session));
                            Assert.DoesNotContain(journal.Cdrs, cdr => cdr.EnergyWh is < 0 or > 30_000);
                            told++;
                        }
        Assert.Equal(864, told);
    }

    [Fact]
    public void A_register_near_the_end_of_what_a_number_holds_is_shown_with_what_was_sold_since()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG", Noon, Most), Received);
        journal.Tell(Interval(Journal.IdOf(1), Noon + Duration.FromMinutes(20), 2_000), Received);
        Assert.Equal(2_000m, TimelineView.Of(Assert.Single(journal.Sessions)).Readings[^1].RegisterWh!.Value.WattHours);
    }

    /// <summary>A station that counts its transactions for each EVSE: two vehicles, one id.</summary>
    [Theory, InlineData(0.5), InlineData(10)]
    public void One_transaction_id_at_two_evses_is_no_single_charge_and_is_not_billed_as_one(double minutesBetween)
    {
        var journal = new Journal();
        var second = Noon + Duration.FromMinutes(minutesBetween);
        journal.Tell(Frames.Event("Started", "1", 0, Noon, 1_000_000, "Charging", "TAG-A", evse: 1), Received);
        journal.Tell(Frames.Event("Started", "1", 0, second, 1_000_500, "Charging", "TAG-B", evse: 2), Received);
        journal.Tell(Frames.Event("Updated", "1", 1, second + Duration.FromMinutes(20), 1_003_000, evse: 1), Received);
        journal.Tell(Frames.Event("Updated", "1", 1, second + Duration.FromMinutes(21), 1_004_000, evse: 2), Received);
        journal.Tell(Frames.Event("Ended", "1", 2, second + Duration.FromMinutes(40), 1_006_000, evse: 1), Received);
        journal.Tell(Frames.Event("Ended", "1", 2, second + Duration.FromMinutes(41), 1_007_000, evse: 2), Received);
        Assert.Equal([1, 2], journal.Sessions.Select(session => session.Evse).Order());
        // Nobody knows which of the two said what: somebody has to look.
        Assert.Contains(journal.Sessions, session => session.Phase == SessionPhase.Held);
        Assert.Contains(journal.Sessions, session => session.Issues.Contains(Issues.TransactionIdReused));
    }

    /// <summary>PostgreSQL has no index entry of more than 2,704 bytes; a message has room for many times that.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_id_and_a_token_as_long_as_a_message_are_recorded_billed_and_found(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        var (transaction, token) = (RandomNumberGenerator.GetHexString(20_000, lowercase: true), RandomNumberGenerator.GetHexString(6_000));
        await station.TellAsync(Frames.Event("Started", transaction, 0, Noon, 1_000, "Charging", token, offline: true));
        // Another connection has had the station in between: the session is found by its id.
        await station.ConnectAgainAsync();
        await station.TellAsync(Frames.Event("Ended", transaction, 1, Noon + Duration.FromHours(1), 3_000, offline: true));
        var session = Assert.Single((await api.GetAsync("sessions?tokenUid=" + token.ToLowerInvariant())).Items);
        Assert.Equal((transaction, "completed", 2_000m), (session.GetProperty("ocppTransactionId").GetString(), session.GetProperty("status").GetString(), session.GetProperty("energyWh").GetDecimal()));
        Assert.Equal(2_000m, Assert.Single((await api.GetAsync("cdrs")).Items).GetProperty("energyWh").GetDecimal());
        // What came long after finds it too, though it has left the book.
        for (var i = 0; i < 6; i++)
        {
            await station.TellAsync(Frames.Event("Started", $"T{i}", 0, Noon + Duration.FromHours(2 + i), 3_000, "Charging", "TAG", offline: true));
            await station.TellAsync(Frames.Event("Ended", $"T{i}", 1, Noon + Duration.FromHours(2.5 + i), 4_000, offline: true));
        }
        await station.ConnectAgainAsync();
        await station.TellAsync(Frames.Event("Updated", transaction, 2, Noon + Duration.FromMinutes(30), 2_000, offline: true));
        Assert.Equal(7, (await api.GetAsync("sessions?limit=50")).Items.Count());
        (await api.GetAsync("sessions/" + session.GetProperty("id").GetString())).Is(HttpStatusCode.OK);
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    private static Frame Interval(string transaction, Instant at, long wattHours) => Frames.Read(16, "MeterValues", string.Create(CultureInfo.InvariantCulture,
        $$"""{"connectorId":1,"transactionId":{{transaction}},"meterValue":[{"timestamp":"{{Frames.Text(at)}}","sampledValue":[{"value":"{{wattHours}}","measurand":"Energy.Active.Import.Interval"}]}]}"""));
}
