using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Sessions;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Busbar.Tests.Pricing;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>The desk with everything behind it: what stations tell is journalled, priced and shown, on both databases.</summary>
public sealed class DeskTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_that_is_deleted_during_a_charge_ends_its_session_under_its_name_and_the_rebuild_agrees(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        var done = await ToldStation.MadeAsync(server, api, "default", "CP-done");
        await done.ChargeAsync("T1");
        var charging = await ToldStation.MadeAsync(server, api, "default", "CP-charging");
        await charging.TellAsync(Frames.Event("Started", "T2", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        foreach (var name in new[] { "CP-done", "CP-charging" }) (await api.DeleteAsync($"stations/{name}", "*")).Is(HttpStatusCode.NoContent);

        // Another connection has had the station in between: its book is read anew.
        await charging.ConnectAgainAsync();
        await charging.TellAsync(Frames.Event("Ended", "T2", 1, Noon + Duration.FromHours(1), 3_000, offline: true));

        Assert.Equal("CP-charging", Assert.Single((await api.GetAsync("cdrs?stationId=CP-charging")).Items).GetProperty("stationId").GetString());
        Assert.Equal("completed", Assert.Single((await api.GetAsync("sessions?stationId=CP-charging")).Items).GetProperty("status").GetString());
        var report = await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        Assert.Equal((2, 2), (report.Sessions, report.Cdrs));
        Assert.Empty(report.Differences);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_pinned_version_that_is_damaged_holds_the_session_without_a_price_and_the_station_goes_on(DatabaseKind kind)
    {
        var book = new FailingTariffs();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<ITariffBook>(book));
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        book.IsDamaged = true;
        // The running price of an answer and of a row, and the bill.
        Assert.Null((await station.TellAsync(Frames.Event("Updated", "T1", 1, Noon + Duration.FromMinutes(30), 2_000, offline: true))).TotalCost);
        Assert.Null((await station.TellAsync(Frames.Event("Ended", "T1", 2, Noon + Duration.FromHours(1), 3_000, offline: true))).TotalCost);

        var session = Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items);
        Assert.Equal("held", session.GetProperty("status").GetString());
        Assert.Contains("ratingFailed", IssuesOf(session));
        Assert.Equal(2_000m, session.GetProperty("energyWh").GetDecimal());
        Assert.False(session.TryGetProperty("cost", out var cost) && cost.ValueKind != JsonValueKind.Null);
        Assert.Empty((await api.GetAsync("cdrs")).Items);
    }

    [Fact]
    public async Task An_outage_of_the_tariffs_table_is_not_answered_and_the_same_end_is_billed_when_it_is_told_again()
    {
        var book = new FailingTariffs();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<ITariffBook>(book));
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        var end = Frames.Event("Ended", "T1", 1, Noon + Duration.FromHours(1), 3_000, offline: true);
        // What EF makes of a broken connection.
        book.Outage = new InvalidOperationException("An exception has been raised that is likely due to a transient failure.");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await station.TellAsync(end));
        book.Outage = null;
        await station.TellAsync(end);
        Assert.Equal("CP-1", Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("stationId").GetString());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_token_at_its_limit_may_ask_and_stop_and_its_second_start_is_refused_and_recorded(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("tokens", new { uid = "ONE", type = "rfid", concurrentSessions = 1 })).Is(HttpStatusCode.Created);
        var first = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-1");
        var second = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-2");

        Assert.Equal("Accepted", (await first.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "ONE"))).Token!.Status);
        Assert.Equal("Accepted", (await first.AuthorizeAsync("ONE")).Status);
        // The same start in other bytes does not stand in its own way.
        Assert.Equal("Accepted", (await first.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "ONE", offline: true))).Token!.Status);
        Assert.Equal("ConcurrentTx", (await second.TellAsync(Frames.Event("Started", "T9", 0, Noon, 500, "Charging", "ONE"))).Token!.Status);

        var refused = Assert.Single((await api.GetAsync("sessions?stationId=CP-2")).Items);
        Assert.Equal(["tokenInUse"], IssuesOf(refused).Intersect(["tokenInUse", "tokenUnknown", "tokenBlocked"]));
        Assert.DoesNotContain("tokenInUse", IssuesOf(Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_sessions_timeline_is_what_the_rater_takes_and_costs_what_the_CDR_says(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        await api.GivenTariffAsync(0.5m, """[{"scope":"tenant"}]""");
        var station = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-1");
        await station.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Read(201, "TransactionEvent",
            $$"""{"eventType":"Updated","timestamp":"{{Frames.Text(Noon + Duration.FromMinutes(20))}}","triggerReason":"MeterValuePeriodic","seqNo":1,"offline":true,"transactionInfo":{"transactionId":"T1"},"meterValue":[{"timestamp":"{{Frames.Text(Noon + Duration.FromMinutes(20))}}","sampledValue":[{"value":2500},{"value":61,"measurand":"SoC"}]},{"timestamp":"{{Frames.Text(Noon + Duration.FromMinutes(30))}}","sampledValue":[{"value":65,"measurand":"SoC"}]}]}"""));
        await station.TellAsync(Frames.Event("Ended", "T1", 2, Noon + Duration.FromHours(1), 3_100, offline: true));
        var cdr = Assert.Single((await api.GetAsync("cdrs")).Items);
        var session = (await api.GetAsync($"sessions/{cdr.GetProperty("sessionId").GetString()}")).Body;
        var timeline = session.GetProperty("timeline");
        Assert.Contains(timeline.GetProperty("readings").EnumerateArray(), reading => reading.TryGetProperty("socPercent", out var soc) && soc.ValueKind == JsonValueKind.Number && soc.GetDecimal() == 61);

        var rated = await api.PostAsync("rate", new { tariff = Tariffs.Energy(0.5m), timeZone = cdr.GetProperty("timeZone").GetString(), timeline });
        rated.Is(HttpStatusCode.OK);
        Assert.Equal("1.05", cdr.GetProperty("totalCost").GetProperty("exclTax").GetString());
        Assert.Equal(cdr.GetProperty("totalCost").GetRawText(), rated.Body.GetProperty("totalCost").GetRawText());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_sessions_facts_are_those_of_its_transaction_and_those_that_evidence_gave_it(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var station = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-1");
        var mine = (await station.TellAsync(Frames.Start(1, "TAG", Noon, 1_000))).TransactionId!;
        var other = (await station.TellAsync(Frames.Start(2, "OTHER", Noon, 1_000))).TransactionId!;
        await station.TellAsync(Frames.Meter(1, mine, Noon + Duration.FromMinutes(10), 2_000));
        // Its register shows the digits of the other's id.
        await station.TellAsync(Frames.Meter(2, other, Noon + Duration.FromMinutes(10), decimal.Parse(mine, System.Globalization.CultureInfo.InvariantCulture)));
        await station.TellAsync(Frames.Stop("0", Noon + Duration.FromHours(1), 3_000, "TAG"));

        var found = (await api.GetAsync("sessions?tokenUid=TAG")).Items.Single();
        var facts = (await api.GetAsync($"sessions/{found.GetProperty("id").GetString()}")).Body.GetProperty("facts").EnumerateArray().ToList();
        Assert.Equal(["StartTransaction", "MeterValues", "StopTransaction"], facts.Select(fact => fact.GetProperty("action").GetString()));
        Assert.Equal(1, facts[1].GetProperty("payload").GetProperty("connectorId").GetInt32());
    }

    // On PostgreSQL nobody but the migration's role could take a row out of the journal.
    [Fact]
    public async Task A_row_whose_place_is_not_in_the_journal_keeps_no_other_from_being_closed()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var api = server.Admin;
        var stations = new List<ToldStation>();
        foreach (var name in new[] { "CP-1", "CP-2" })
        {
            stations.Add(await ToldStation.MadeAsync(server, api, "default", name));
            await stations[^1].TellAsync(Frames.Event("Started", "T-" + name, 0, Noon, 1_000, "Charging", "TAG"));
        }
        var lost = stations[0].Key;
        var journal = server.Services.GetRequiredService<JournalReader>();
        Assert.NotNull(await journal.FindAsync(lost, stations[0].Epoch, 1, default));
        Assert.Null(await journal.FindAsync(lost, stations[0].Epoch, 2, default));
        var damaged = new OpenSessions(server.Services.GetRequiredService<RoomDbFactory<SessionsDb>>(), journal,
            NullLogger<OpenSessions>.Instance);
        await stations[0].ForgetJournalAsync();
        var silent = new List<string>();
        await foreach (var open in damaged.SilentSinceAsync(server.Services.GetRequiredService<TimeProvider>().GetInstant() + Duration.FromHours(1), TestContext.Current.CancellationToken)) silent.Add(open.TransactionId);
        Assert.Equal(["T-CP-2"], silent);
    }

    // The stations are told again by several workers: what one of them cannot read is what the rebuild says.
    [Fact]
    public async Task A_rebuild_that_cannot_read_a_row_ends_and_says_so()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var stations = new List<ToldStation>();
        foreach (var name in new[] { "CP-1", "CP-2", "CP-3", "CP-4" })
        {
            stations.Add(await ToldStation.MadeAsync(server, server.Admin, "default", name));
            await stations[^1].TellAsync(Frames.Event("Started", "T-" + name, 0, Noon, 1_000, "Charging", "TAG"));
        }
        await stations[1].DamageJournalAsync();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("Heartbeat", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> IssuesOf(JsonElement session) => session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString());

    /// <summary>One tariff, whose version may be lost, in a table that may be out of reach.</summary>
    private sealed class FailingTariffs : ITariffBook
    {
        private readonly OneTariff _sound = new();

        public bool IsDamaged { get; set; }
        public Exception? Outage { get; set; }

        public ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct) => _sound.FindAsync(question, ct);

        public ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct) =>
            Outage is { } error ? throw error : IsDamaged ? ValueTask.FromResult<PinnedTariff?>(null) : _sound.PinnedAsync(tenant, hash, ct);
    }
}
