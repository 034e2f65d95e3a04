using System.Net;
using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Egress.Outbox;
using Busbar.Identity;
using Busbar.Identity.Retention;
using Busbar.Kernel;
using Busbar.Sessions;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Tests.Pricing;
using Busbar.Tests.Sessions;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Retention;

/// <summary>Who runs the rules: once, for every tenant by what that says, and what went wrong is seen.</summary>
[Trait("suite", "stories")]
public sealed class KeeperTests(Servers servers)
{
    // It looks when a test says so.
    private const string ByHand = "--Busbar:Retention:Pace=1.00:00:00";

    private readonly SetClock _clock = new();

    private Instant Now => _clock.GetInstant();

    private Task<RunningServer> StartAsync(string[] store, Action<IServiceCollection>? configure = null) => RunningServer.StartAsync(store, services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.Configure<RetentionOptions>(options => options.Pause = TimeSpan.Zero);
        configure?.Invoke(services);
    }, ByHand);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Each_tenants_rules_run_once_a_day_by_what_it_says_and_tell_what_they_took(DatabaseKind kind)
    {
        await using var server = await StartAsync(await servers.NewStoreAsync(kind));
        var (mine, theirs) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        var keeper = server.Services.GetRequiredService<RetentionKeeper>();
        // Ids are of their time: what is to be old is made first.
        foreach (var tenant in new[] { mine, theirs })
            await RuleTests.AddAsync<EgressDb>(server.Services, Of(server, tenant), Sent(server, tenant, 20, 1), Sent(server, tenant, 10, 2), Sent(server, tenant, 2, 3));
        (await mine.PatchAsync("retention", new { days = new { deliveries = 5 } })).Is(HttpStatusCode.OK);

        await keeper.KeepAsync(default);
        Assert.Equal((1, 2), (await CountAsync(server, mine), await CountAsync(server, theirs)));
        var rule = await RuleAsync(mine, "deliveries");
        Assert.Equal((5, true, 14, 2, 2, false), (rule.GetProperty("days").GetInt32(), rule.GetProperty("isOwn").GetBoolean(), rule.GetProperty("default").GetInt32(), rule.GetProperty("taken").GetInt32(),
            rule.GetProperty("takenInAll").GetInt32(), rule.GetProperty("isUnfinished").GetBoolean()));
        Assert.Equal(Now.ToUnixTimeSeconds(), rule.GetProperty("ranAt").GetDateTimeOffset().ToUnixTimeSeconds(), 60.0);
        Assert.Equal((Now - Duration.FromDays(2)).ToUnixTimeSeconds(), rule.GetProperty("oldestAt").GetDateTimeOffset().ToUnixTimeSeconds(), 60.0);
        Assert.Equal(JsonValueKind.Null, rule.GetProperty("failingSince").ValueKind);

        // Not again today, unless the days change.
        await RuleTests.AddAsync<EgressDb>(server.Services, Of(server, mine), Sent(server, mine, 6, 4));
        await keeper.KeepAsync(default);
        Assert.Equal(2, await CountAsync(server, mine));
        (await mine.PatchAsync("retention", new { days = new { deliveries = 4 } })).Is(HttpStatusCode.OK);
        await keeper.KeepAsync(default);
        Assert.Equal(1, await CountAsync(server, mine));
        _clock.Advance(TimeSpan.FromDays(5));
        await keeper.KeepAsync(default);
        Assert.Equal((0, 1), (await CountAsync(server, mine), await CountAsync(server, theirs)));
        rule = await RuleAsync(mine, "deliveries");
        Assert.Equal((1, 4), (rule.GetProperty("taken").GetInt32(), rule.GetProperty("takenInAll").GetInt32()));
        Assert.Equal(JsonValueKind.Null, rule.GetProperty("oldestAt").ValueKind);
        var figures = (await new Browser(server).GetAsync("/metrics")).Text;
        foreach (var figure in new[] { "busbar_retention_taken_total{", "busbar_retention_overdue_seconds{" }) Assert.Contains(figure, figures, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Where_another_process_runs_them_this_one_does_not(DatabaseKind kind)
    {
        await using var server = await StartAsync(await servers.NewStoreAsync(kind));
        var keeper = server.Services.GetRequiredService<RetentionKeeper>();
        var leases = server.Services.GetRequiredService<JobLeases>();
        await RuleTests.AddAsync<EgressDb>(server.Services, Of(server, server.Admin), Sent(server, server.Admin, 20, 1));
        Assert.True(await leases.TryHoldAsync(RetentionKeeper.Job, "another process", TimeSpan.FromMinutes(5), default));
        await keeper.KeepAsync(default);
        Assert.Equal(1, await CountAsync(server, server.Admin));
        Assert.Equal(JsonValueKind.Null, (await RuleAsync(server.Admin, "deliveries")).GetProperty("ranAt").ValueKind);

        // That one ends, and this one takes over.
        await leases.LetGoAsync(RetentionKeeper.Job, "another process", default);
        await keeper.KeepAsync(default);
        Assert.Equal(0, await CountAsync(server, server.Admin));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_rule_that_fails_stops_no_other_is_seen_and_is_tried_again_after_an_hour(DatabaseKind kind)
    {
        var broken = new FakeRule { Fails = true };
        await using var server = await StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<IRetention>(broken));
        var keeper = server.Services.GetRequiredService<RetentionKeeper>();
        await RuleTests.AddAsync<EgressDb>(server.Services, Of(server, server.Admin), Sent(server, server.Admin, 20, 1));
        await keeper.KeepAsync(default);
        Assert.Equal((1, 0), (broken.Asked, await CountAsync(server, server.Admin)));
        var since = (await RuleAsync(server.Admin, "aFake")).GetProperty("failingSince").GetDateTimeOffset();
        await keeper.KeepAsync(default);
        Assert.Equal(1, broken.Asked);
        _clock.Advance(TimeSpan.FromMinutes(61));
        await keeper.KeepAsync(default);
        Assert.Equal((2, since), (broken.Asked, (await RuleAsync(server.Admin, "aFake")).GetProperty("failingSince").GetDateTimeOffset()));
        _clock.Advance(TimeSpan.FromMinutes(61));
        broken.Fails = false;
        await keeper.KeepAsync(default);
        Assert.Equal(JsonValueKind.Null, (await RuleAsync(server.Admin, "aFake")).GetProperty("failingSince").ValueKind);
    }

    [Fact]
    public async Task There_is_so_much_in_a_turn_and_the_next_one_goes_on()
    {
        var endless = new FakeRule { Left = 150_000 };
        await using var server = await StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<IRetention>(endless));
        var keeper = server.Services.GetRequiredService<RetentionKeeper>();
        await keeper.KeepAsync(default);
        Assert.Equal(50_000, endless.Left);
        Assert.True((await RuleAsync(server.Admin, "aFake")).GetProperty("isUnfinished").GetBoolean());
        await keeper.KeepAsync(default);
        Assert.Equal(0, endless.Left);
        var rule = await RuleAsync(server.Admin, "aFake");
        Assert.Equal((false, 50_000, 150_000), (rule.GetProperty("isUnfinished").GetBoolean(), rule.GetProperty("taken").GetInt32(), rule.GetProperty("takenInAll").GetInt32()));
    }

    /// <summary>By itself, as it is configured: the lease, the pace and the first look.</summary>
    [Fact]
    public async Task It_runs_by_itself()
    {
        var fake = new FakeRule { Left = 1 };
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<IRetention>(fake), "--Busbar:Retention:Pace=00:00:00.2");
        for (var i = 0; i < 100 && fake.Left > 0; i++) await Task.Delay(100);
        Assert.Equal(0, fake.Left);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Sessions_and_CDRs_that_are_gone_are_missed_by_the_rebuild_until_they_may_be_gone_and_their_station_charges_on(DatabaseKind kind)
    {
        await using var server = await StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        await station.ChargeAsync("T1");
        var tenant = Of(server, api);
        // As no rule would: the charge is of this year.
        foreach (var name in new[] { "sessions", "cdrs" }) Assert.Equal(1, await server.Services.GetServices<IRetention>().Single(rule => rule.Rule.Name == name).CutAsync(tenant, Now, 10, default));
        var report = await SessionsModule.VerifyAsync(server.Services, default);
        Assert.Equal((2, 0), (report.Differences.Count, report.Forgotten));

        _clock.Advance(TimeSpan.FromDays(366));
        report = await SessionsModule.VerifyAsync(server.Services, default);
        Assert.Equal((1, 1), (report.Differences.Count, report.Forgotten));
        _clock.Advance(TimeSpan.FromDays(10 * 365));
        report = await SessionsModule.VerifyAsync(server.Services, default);
        Assert.Equal((0, 2), (report.Differences.Count, report.Forgotten));

        // Its book names the session that is gone.
        await station.ConnectAgainAsync();
        await station.TellAsync(Frames.Event("Started", "T2", 0, Now - Duration.FromHours(1), 3_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Ended", "T2", 1, Now, 5_000, offline: true));
        Assert.Equal("completed", Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items).GetProperty("status").GetString());
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, default)).Differences);
    }

    internal static TenantId Of(RunningServer server, ApiClient api) => server.Services.GetRequiredService<ITenants>().Find(api.Tenant ?? "default")!.Id;

    private OutboxRow Sent(RunningServer server, ApiClient api, int daysAgo, int n) => RuleTests.Delivery(Of(server, api), Now - Duration.FromDays(daysAgo), n, DeliveryState.Sent);

    private static async Task<int> CountAsync(RunningServer server, ApiClient api) => (await RuleTests.RowsAsync<EgressDb, OutboxRow>(server.Services, Of(server, api))).Count;

    private static async Task<JsonElement> RuleAsync(ApiClient api, string name) => (await api.GetAsync("retention")).Body.GetProperty("rules").EnumerateArray().Single(rule => rule.GetProperty("name").GetString() == name);

    private sealed class FakeRule : IRetention
    {
        public bool Fails { get; set; }
        public int Left { get; set; }
        public int Asked { get; private set; }

        public RetentionRule Rule { get; } = new("aFake", 10, 1, 100, "What a test has.", "For no reason.");
        public IReadOnlyList<string> Tables => [];

        public Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
        {
            Asked++;
            if (Fails) throw new InvalidOperationException("It cannot be taken.");
            var some = int.Min(most, Left);
            Left -= some;
            return Task.FromResult(some);
        }

        public Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct) => Task.FromResult<Instant?>(null);
    }
}
