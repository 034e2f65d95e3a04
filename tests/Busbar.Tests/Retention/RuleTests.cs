using Busbar.Egress.Contracts;
using Busbar.Egress.Outbox;
using Busbar.Identity;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Schema;
using Busbar.Server;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Retention;

/// <summary>Each rule takes what is too old and nothing else: not what is younger, not what is open, held or waits, not another tenant's, and never more than it was asked for.</summary>
public sealed class RuleTests(Servers servers)
{
    private static readonly Instant Edge = Instant.FromUtc(2026, 3, 1, 12, 0);
    private const int Old = 5;

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Connections(DatabaseKind kind) => TakesAsync<StationsDb, ConnectionRow>(kind, "connections", (tenant, at, isOver, n) => new ConnectionRow
    {
        TenantId = tenant, Id = Id<ConnectionId>(at, n), StationId = Id<StationId>(at, 1), ConnectedAt = at, LastConnectedAt = at, EndedAt = isOver ? at : null, Protocol = "ocpp1.6", Remote = "192.0.2.1", SecurityProfile = 1, Node = "n",
    }, row => row.ConnectedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Commands(DatabaseKind kind) => TakesAsync<StationsDb, CommandRow>(kind, "commands", (tenant, at, isOver, n) => new CommandRow
    {
        TenantId = tenant, Id = Id<CommandId>(at, n), StationId = Id<StationId>(at, 1), Actor = "cli", Name = "restart", Action = "Reset", Request = "{}", CreatedAt = at, DeadlineAt = at,
        State = isOver ? (CommandState[])[CommandState.Unknown, CommandState.Accepted, CommandState.Refused, CommandState.Failed] is var over ? over[n % 4] : default : n % 2 == 0 ? CommandState.Queued : CommandState.Sent,
    }, row => row.CreatedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Alerts(DatabaseKind kind) => TakesAsync<OperationsDb, AlertRow>(kind, "alerts", (tenant, at, isOver, n) => new AlertRow
    {
        TenantId = tenant, Id = Id<AlertId>(at, n), Rule = AlertRule.StationOffline, Thing = $"{at} {n}", Since = at, RaisedAt = at, State = isOver ? AlertState.Resolved : n % 2 == 0 ? AlertState.Open : AlertState.Acknowledged,
        ResolvedAt = isOver ? at : null,
    }, row => row.RaisedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Sent(DatabaseKind kind) => TakesAsync<EgressDb, OutboxRow>(kind, "deliveries", (tenant, at, isOver, n) => Delivery(tenant, at, n, isOver ? DeliveryState.Sent : n % 2 == 0 ? DeliveryState.Waiting : DeliveryState.Dead), row => row.CreatedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Given_up(DatabaseKind kind) => TakesAsync<EgressDb, OutboxRow>(kind, "failedDeliveries", (tenant, at, isOver, n) => Delivery(tenant, at, n, isOver ? DeliveryState.Dead : n % 2 == 0 ? DeliveryState.Waiting : DeliveryState.Sent), row => row.CreatedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Broken_glass(DatabaseKind kind) => TakesAsync<IdentityDb, BreakGlassRow>(kind, "breakGlass", (tenant, at, isOver, n) => new BreakGlassRow
    {
        TenantId = tenant, Id = Id<BreakGlassId>(at, n), Operator = Id<OperatorId>(at, 1), Name = "o@example.org", Home = "above", Reason = "a test", BegunAt = at,
        // One that goes on past the edge, however early it began.
        Until = isOver ? at : Edge + Duration.FromDays(1),
    }, row => row.BegunAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public Task Sessions(DatabaseKind kind) => TakesAsync<SessionsDb, SessionRow>(kind, "sessions", (tenant, at, isOver, n) => Session(tenant, at, n,
        isOver ? n % 2 == 0 ? SessionStatus.Completed : SessionStatus.Failed : n % 3 == 0 ? SessionStatus.Held : n % 3 == 1 ? SessionStatus.Charging : SessionStatus.Pending), row => row.StartedAt);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Cdrs_of_a_session_go_together_and_those_of_one_that_is_held_stay(DatabaseKind kind)
    {
        // Without a session of theirs: that may be gone before.
        await TakesAsync<SessionsDb, CdrRow>(kind, "cdrs", (tenant, at, isOver, n) => Cdr(tenant, isOver ? at : Edge, n, Id<SessionId>(at, n)), row => row.EndedAt);

        await using var app = await StoreAsync(kind);
        var (services, mine) = (app.Services, NewTenant());
        var (held, corrected, whole) = (Id<SessionId>(Edge, 1), Id<SessionId>(Edge, 2), Id<SessionId>(Edge, 3));
        var old = Edge - Duration.FromDays(9);
        await AddAsync<SessionsDb>(services, mine,
            Session(mine, old, 1, SessionStatus.Held, held), Cdr(mine, old, 1, held), Session(mine, old, 2, SessionStatus.Completed, corrected), Cdr(mine, old, 2, corrected), Cdr(mine, Edge + Duration.FromDays(1), 3, corrected, 2),
            Session(mine, old, 3, SessionStatus.Completed, whole), Cdr(mine, old, 4, whole), Cdr(mine, old + Duration.FromHours(1), 5, whole, 2));
        var rule = Rule(services, "cdrs");
        // One was asked for; its correction goes with it.
        Assert.Equal(2, await rule.CutAsync(mine, Edge, 1, default));
        Assert.Equal(0, await rule.CutAsync(mine, Edge, 10, default));
        Assert.Equal([corrected, corrected, held], (await RowsAsync<SessionsDb, CdrRow>(services, mine)).Select(row => row.SessionId).OrderByDescending(id => id.Value));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Curve_prices(DatabaseKind kind)
    {
        await using var app = await StoreAsync(kind);
        var services = app.Services;
        var (mine, theirs) = (NewTenant(), NewTenant());
        foreach (var tenant in new[] { mine, theirs })
        {
            foreach (var curve in new[] { 1, 2 })
            {
                var id = Id<CurveId>(Edge, curve);
                await AddAsync<PricingDb>(services, tenant, [new CurveRow { TenantId = tenant, Id = id, Name = $"C{curve}", Currency = "EUR", TimeZone = "UTC", StepSeconds = 900, Gap = CurveGap.Fallback, CreatedAt = Edge },
                    .. Enumerable.Range(-4, 8).Select(quarter => new CurvePriceRow { TenantId = tenant, CurveId = id, At = Edge + Duration.FromMinutes(15 * quarter), Number = 1, PriceNano = 1, PublishedAt = Edge }),
                    new CurvePriceRow { TenantId = tenant, CurveId = id, At = Edge - Duration.FromMinutes(15), Number = 2, PriceNano = 2, PublishedAt = Edge }]);
            }
        }
        var rule = Rule(services, "curvePrices");
        Assert.Equal(Edge - Duration.FromHours(1), await rule.OldestAsync(mine, default));
        var taken = new List<int>();
        while (await rule.CutAsync(mine, Edge, 3, default) is > 0 and var some) taken.Add(some);
        // Three intervals, then the last one with its correction; so of each curve.
        Assert.Equal([3, 2, 3, 2], taken);
        Assert.Equal(Edge, await rule.OldestAsync(mine, default));
        Assert.Equal((8, 18), ((await RowsAsync<PricingDb, CurvePriceRow>(services, mine)).Count, (await RowsAsync<PricingDb, CurvePriceRow>(services, theirs)).Count));
    }

    /// <summary>Makes old, young and unfinished rows of two tenants, lets the rule take those of one, and looks at what is left.</summary>
    private async Task TakesAsync<TDb, TRow>(DatabaseKind kind, string name, Func<TenantId, Instant, bool, int, TRow> make, Func<TRow, Instant> timeOf) where TDb : RoomDb where TRow : class, ITenantOwned
    {
        await using var app = await StoreAsync(kind);
        var services = app.Services;
        var (mine, theirs, rule) = (NewTenant(), NewTenant(), Rule(services, name));
        var old = Enumerable.Range(1, Old).Select(day => Edge - Duration.FromDays(day)).ToList();
        // At the edge itself, and a moment before it.
        Instant[] young = [Edge, Edge + Duration.FromDays(3)];
        foreach (var tenant in new[] { mine, theirs })
        {
            var n = 0;
            await AddAsync<TDb>(services, tenant, [.. old.Append(Edge - Duration.FromMilliseconds(1)).Concat(young).Select(at => make(tenant, at, true, n++)), .. old.Select(at => make(tenant, at, false, n++))]);
        }
        Assert.Equal(old[^1], await rule.OldestAsync(mine, default));
        Assert.Equal(0, await rule.CutAsync(NewTenant(), Edge, 100, default));

        var taken = new List<int>();
        while (await rule.CutAsync(mine, Edge, 4, default) is > 0 and var some) taken.Add(some);
        Assert.Equal([4, 2], taken);
        var left = await RowsAsync<TDb, TRow>(services, mine);
        Assert.Equal(young.Length + Old, left.Count);
        Assert.All(young, at => Assert.Contains(left, row => timeOf(row) == at));
        Assert.Equal(Old + 1 + young.Length + Old, (await RowsAsync<TDb, TRow>(services, theirs)).Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name} on {kind}: took {taken.Sum()}, left {left.Count}");
    }

    /// <summary>A store with the rules and nobody at work: rows of a test are left alone.</summary>
    private async Task<WebApplication> StoreAsync(DatabaseKind kind)
    {
        var app = BusbarHost.Build([.. await servers.NewStoreAsync(kind)]);
        await SchemaUpgrade.ApplyAsync(app.Services.GetRequiredService<Database>(), default);
        return app;
    }

    private static IRetention Rule(IServiceProvider services, string name) => services.GetServices<IRetention>().Single(kind => kind.Rule.Name == name);

    internal static async Task AddAsync<TDb>(IServiceProvider services, TenantId tenant, params object[] rows) where TDb : RoomDb
    {
        await using var db = await services.GetRequiredService<RoomDbFactory<TDb>>().OpenAsync(TenantScope.Of(tenant), default);
        db.AddRange(rows);
        await db.CommitAsync(default);
    }

    internal static async Task<List<TRow>> RowsAsync<TDb, TRow>(IServiceProvider services, TenantId tenant) where TDb : RoomDb where TRow : class
    {
        await using var db = await services.GetRequiredService<RoomDbFactory<TDb>>().OpenAsync(TenantScope.Of(tenant), default);
        return await db.Set<TRow>().AsNoTracking().ToListAsync();
    }

    private static TenantId NewTenant() => new IdSource(TimeProvider.System).New<TenantId>();

    private static T Id<T>(Instant at, int number) where T : struct, ITypedId<T> => IdSource.Derived<T>(at.ToUnixTimeMilliseconds(), BitConverter.GetBytes(number));

    internal static OutboxRow Delivery(TenantId tenant, Instant at, int n, DeliveryState state) => new()
    {
        TenantId = tenant, Id = Id<DeliveryId>(at, n), Lane = $"lane {n}", Position = n, Kind = "k", EventId = $"{n}", EventType = "t", Body = "{}", State = state, CreatedAt = at, BegunAt = at, DueAt = Instant.FromUtc(2100, 1, 1, 0, 0),
        FinishedAt = state == DeliveryState.Waiting ? null : at,
    };

    private static SessionRow Session(TenantId tenant, Instant at, int n, SessionStatus status, SessionId? id = null) => new()
    {
        TenantId = tenant, Id = id ?? Id<SessionId>(at, n), StationId = Id<StationId>(at, 1), Station = "CP", TransactionId = $"{n}", Status = status, StartedAt = at,
        EndedAt = status is SessionStatus.Charging or SessionStatus.Pending ? null : at, State = [1],
    };

    private static CdrRow Cdr(TenantId tenant, Instant at, int n, SessionId session, long version = 1) => new()
    {
        TenantId = tenant, Id = Id<CdrId>(at, n), SessionId = session, StationId = Id<StationId>(at, 1), Station = "CP", Version = version, StartedAt = at, EndedAt = at, Hash = [1], Document = [1],
    };
}
