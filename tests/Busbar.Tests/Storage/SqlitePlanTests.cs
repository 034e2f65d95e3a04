using Busbar.Egress.Outbox;
using Busbar.Kernel;
using Busbar.Schema;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Tests.Storage;

/// <summary>
/// The embedded store finds a few rows by what narrows them, also where they are wanted in the order of their key: SQLite without statistics walks through all of the
/// tenant's rows to be spared a sorting.
/// </summary>
public sealed class SqlitePlanTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Guid Some = Guid.Parse("01890000-0000-7000-8000-0000000000aa");

    private EmbeddedStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await EmbeddedStore.NewAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Rows_are_found_by_what_narrows_them_whatever_their_order()
    {
        var station = new StationId(Some);
        StationId[] stations = [station, new StationId(Guid.Empty)];
        var session = new SessionId(Some);
        await using var db = await OpenAsync();
        var sessions = db.Sessions.AsNoTracking();
        await FindsAsync("station_id=?", sessions.Where(row => row.StationId == station).OrderByDescending(row => row.Id).Take(1));
        await FindsAsync("station_id=? AND transaction_id=?", sessions.Where(row => row.StationId == station && row.TransactionId == "1").OrderByDescending(row => row.Id).Take(8));
        await FindsAsync("station_id=?", sessions.Where(row => stations.Contains(row.StationId) && row.Status == SessionStatus.Charging).OrderBy(row => row.Id));
        await FindsAsync("station=?", sessions.Where(row => row.Station == "CP-1").OrderByDescending(row => row.Id).Take(51));
        await FindsAsync("token_key=?", sessions.Where(row => row.TokenKey == "TAG").OrderByDescending(row => row.Id).Take(51));
        await FindsAsync("session_id=?", db.Cdrs.AsNoTracking().Where(row => row.SessionId == session).OrderByDescending(row => row.Id).Take(51));
        await FindsAsync("station=?", db.Cdrs.AsNoTracking().Where(row => row.Station == "CP-1").OrderByDescending(row => row.Id).Take(51));
        // Those that are not over have an index of their own, which a tenant's past does not lengthen.
        foreach (var unfinished in new IQueryable<SessionRow>[]
        {
            sessions.Where(SessionsSchema.Unfinished).Where(row => row.Status == SessionStatus.Held).OrderByDescending(row => row.Id).Take(5),
            sessions.Where(SessionsSchema.Unfinished).Where(row => row.EndedAt == null && (row.Status == SessionStatus.Charging || row.Status == SessionStatus.Suspended)).OrderByDescending(row => row.StartedAt),
        })
        {
            var plan = await PlanAsync(unfinished);
            Assert.True(plan.Any(step => step.Contains("ix_sessions_unfinished", StringComparison.Ordinal)), string.Join("; ", plan));
        }
        // And a page of everything is still a walk along the key, without a sorting.
        var page = await PlanAsync(sessions.OrderByDescending(row => row.Id).Take(51));
        Assert.True(page is [var walk] && walk.Contains("sqlite_autoindex_sessions_sessions_1", StringComparison.Ordinal), string.Join("; ", page));
    }

    [Fact]
    public async Task A_page_of_a_stations_connections_is_a_walk_along_its_index()
    {
        await using var db = await new RoomDbFactory<StationsDb>(_store.Database, setup => new StationsDb(setup)).OpenAsync(TenantScope.Of(new TenantId(Some)), None);
        foreach (var id in new ConnectionId?[] { null, new ConnectionId(Some) })
        {
            var plan = await PlanAsync(ConnectionList.Before(db, new StationId(Some), NodaTime.Instant.FromUnixTimeSeconds(1), id, 51));
            Assert.True(plan is [var search] && search.Contains("tenant_id=? AND station_id=? AND connected_at<?", StringComparison.Ordinal), string.Join("; ", plan));
        }
    }

    [Fact]
    public async Task Who_looks_what_is_due_reads_what_waits_and_nothing_else()
    {
        await using var db = await new RoomDbFactory<EgressDb>(_store.Database, setup => new EgressDb(setup)).OpenAsync(TenantScope.System, None);
        var plan = await PlanAsync(OutboxDispatcher.Due(db, NodaTime.Instant.FromUnixTimeSeconds(0)));
        Assert.All(plan.Where(step => !step.StartsWith("USE TEMP", StringComparison.Ordinal)), step => Assert.True(
            step.Contains("ix_egress_waiting", StringComparison.Ordinal) || step.Contains("state=?", StringComparison.Ordinal), string.Join("; ", plan)));
        // What is given up because of its age is found so too, and a lane's by its lane.
        var old = OutboxDispatcher.Expired(db, NodaTime.Instant.FromUnixTimeSeconds(0), NodaTime.Instant.FromUnixTimeSeconds(0));
        plan = await PlanAsync(old);
        Assert.True(plan is [var only] && (only.Contains("ix_egress_waiting", StringComparison.Ordinal) || only.Contains("state=?", StringComparison.Ordinal)), string.Join("; ", plan));
        var tenant = new TenantId(Some);
        plan = await PlanAsync(old.Where(row => row.TenantId == tenant && row.Lane == "nch").OrderBy(row => row.Position).Take(10));
        Assert.True(plan is [var one] && one.StartsWith("SEARCH", StringComparison.Ordinal) && one.Contains("ix_egress_waiting", StringComparison.Ordinal), string.Join("; ", plan));
    }

    [Fact]
    public async Task A_store_from_before_learns_it_at_its_next_start()
    {
        await using (var connection = await _store.ConnectAsync())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "DROP TABLE sqlite_stat1";
            await command.ExecuteNonQueryAsync(None);
        }
        await SchemaUpgrade.ApplyAsync(_store.Database, None);
        await Rows_are_found_by_what_narrows_them_whatever_their_order();
    }

    private async Task<SessionsDb> OpenAsync() =>
        await new RoomDbFactory<SessionsDb>(_store.Database, setup => new SessionsDb(setup)).OpenAsync(TenantScope.Of(new TenantId(Some)), None);

    private async Task FindsAsync<T>(string by, IQueryable<T> query)
    {
        var plan = await PlanAsync(query);
        Assert.True(plan.Any(step => step.StartsWith("SEARCH", StringComparison.Ordinal) && step.Contains($"tenant_id=? AND {by}", StringComparison.Ordinal)), $"{by}: {string.Join("; ", plan)}");
    }

    private async Task<List<string>> PlanAsync<T>(IQueryable<T> query)
    {
        await using var connection = await _store.ConnectAsync();
        await using var command = query.CreateDbCommand();
        command.Connection = connection;
        command.CommandText = "EXPLAIN QUERY PLAN " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync(None);
        var steps = new List<string>();
        while (await reader.ReadAsync(None))
            if (reader.GetString(3) is var step && (step.StartsWith("SEARCH", StringComparison.Ordinal) || step.StartsWith("SCAN", StringComparison.Ordinal) || step.StartsWith("USE TEMP", StringComparison.Ordinal))) steps.Add(step);
        return steps;
    }
}
