using System.Buffers.Binary;
using System.Diagnostics;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Schema;
using Busbar.Stations;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>How the history of connections reaches the table, on both databases: in few commits, whole, and with the rows closed of a process that is no more.</summary>
public sealed class ConnectionWriterTests(Servers servers, ITestOutputHelper output)
{
    private const int Stations = 19_500;

    // A row is written when it begins and again when it ends; each batch is one commit.
    private const int MostCommits = Stations / ConnectionWriter.BatchCapacity + 1;

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_storm_of_returning_stations_costs_a_commit_for_hundreds_of_them(DatabaseKind kind)
    {
        await using var rig = await Rig.NewAsync(servers, kind);
        var links = Enumerable.Range(0, Stations).Select(i => rig.Link(i % 2 == 0 ? rig.Mine : rig.Theirs)).ToList();
        foreach (var link in links) rig.Book.Connected(link);
        var before = await rig.CommitsAsync();
        var watch = Stopwatch.StartNew();
        await rig.WriteAsync();
        var commits = await rig.CommitsAsync() - before;
        output.WriteLine($"{kind}: {Stations} connections in {commits} commits, {watch.Elapsed.TotalMilliseconds:0} ms");
        Assert.InRange(commits, 1, MostCommits);
        Assert.Equal(Stations / 2, await rig.CountAsync(TenantScope.Of(rig.Mine)));
        Assert.Equal(Stations / 2, await rig.CountAsync(TenantScope.Of(rig.Theirs)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_row_is_stored_when_it_begins_and_as_it_ended(DatabaseKind kind)
    {
        await using var rig = await Rig.NewAsync(servers, kind);
        var link = rig.Link(rig.Mine);
        rig.Book.Connected(link);
        await rig.WriteAsync();
        var row = Assert.Single(await rig.RowsAsync(rig.Mine));
        Assert.Equal((null, null, "127.0.0.1", NodeName.Current, "ocpp1.6", 1), (row.EndedAt, row.Ending, row.Remote, row.Node, row.Protocol, row.SecurityProfile));

        rig.Clock.Advance(TimeSpan.FromHours(2));
        rig.Book.Ended(link, new LinkEnd(LinkEnding.ClosedHere, 1009, "message too long"));
        await rig.WriteAsync();
        row = Assert.Single(await rig.RowsAsync(rig.Mine));
        Assert.Equal((rig.Now, ConnectionEnding.ClosedByServer, 1009, "message too long"), (row.EndedAt, row.Ending, row.CloseCode, row.Detail));
        Assert.Empty(await rig.RowsAsync(rig.Theirs));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_connections_of_a_process_that_is_no_more_ended_when_it_was_last_known_to_live(DatabaseKind kind)
    {
        await using var rig = await Rig.NewAsync(servers, kind);
        var began = rig.Now;
        await rig.HoldAsAsync("killed");
        await rig.LeaveOpenAsync("killed", began, 1_203);
        // It came after the last sign of life of its process, and did not end before it began.
        await rig.LeaveOpenAsync("killed", began + Duration.FromSeconds(20), 1);
        await rig.LeaveOpenAsync(NodeName.Current, began, 1);
        rig.Clock.Advance(TimeSpan.FromSeconds(60));
        await rig.Keeper.StayAsync(default);
        await rig.Keeper.CloseLostAsync(default);
        // The embedded store is one process's; elsewhere a process may only be slow.
        Assert.Equal(kind == DatabaseKind.Sqlite ? 1_204 : 0, (await rig.RowsAsync(rig.Mine)).Count(row => row.Ending is not null));
        rig.Clock.Advance(TimeSpan.FromSeconds(31));
        await rig.Keeper.CloseLostAsync(default);
        var rows = await rig.RowsAsync(rig.Mine);
        Assert.Equal(1_203, rows.Count(row => row.Ending == ConnectionEnding.ServerLost && row.EndedAt == began && row.Drops == 0));
        Assert.Equal(1, rows.Count(row => row.Ending == ConnectionEnding.ServerLost && row.EndedAt == began + Duration.FromSeconds(20)));
        Assert.Null(Assert.Single(rows, row => row.Node == NodeName.Current).EndedAt);
    }

    [Fact]
    public async Task What_the_database_refuses_is_stored_when_it_takes_it_again()
    {
        await using var rig = await Rig.NewAsync(servers, DatabaseKind.Sqlite);
        rig.Book.Connected(rig.Link(rig.Mine));
        await rig.ExecuteAsync("ALTER TABLE stations_connections RENAME TO away");
        await rig.WriteAsync();
        await rig.ExecuteAsync("ALTER TABLE away RENAME TO stations_connections");
        Assert.Empty(await rig.RowsAsync(rig.Mine));
        await rig.WriteAsync();
        Assert.Single(await rig.RowsAsync(rig.Mine));
    }

    /// <summary>A store of its own, with two tenants' stations.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly Database _database;
        private readonly RoomDbFactory<StationsDb> _rooms;
        private readonly JobLeases _leases;
        private readonly RowWriter _rows;
        private readonly IdSource _ids;

        private Rig(Database database)
        {
            _database = database;
            _rooms = new RoomDbFactory<StationsDb>(database, setup => new StationsDb(setup));
            _leases = new JobLeases(new RoomDbFactory<JobsDb>(database, setup => new JobsDb(setup)), Clock);
            _rows = new RowWriter(database);
            _ids = new IdSource(Clock);
            Book = new ConnectionBook(_ids, Clock);
            Keeper = new ConnectionKeeper(_rooms, _leases, database, Clock, NullLogger<ConnectionKeeper>.Instance);
        }

        public FakeTimeProvider Clock { get; } = new(StationRig.Start.ToDateTimeOffset());
        public Instant Now => Clock.GetInstant();
        public ConnectionBook Book { get; }
        public ConnectionKeeper Keeper { get; }
        public TenantId Mine { get; } = new(Guid.Parse("01890000-0000-7000-8000-000000000001"));
        public TenantId Theirs { get; } = new(Guid.Parse("01890000-0000-7000-8000-000000000002"));

        public static async Task<Rig> NewAsync(Servers servers, DatabaseKind kind)
        {
            var store = (await servers.NewStoreAsync(kind))[0].Split('=', 2)[1];
            var database = kind == DatabaseKind.Postgres ? Database.Postgres(store) : Database.Sqlite(store);
            await SchemaUpgrade.ApplyAsync(database, CancellationToken.None);
            return new Rig(database);
        }

        public FakeLink Link(TenantId tenant) => new(tenant, _ids.New<StationId>().Value, OcppVersion.V16, Now);

        public async Task WriteAsync()
        {
            using var writer = new ConnectionWriter(Book, _rows, Keeper, Clock, NullLogger<ConnectionWriter>.Instance);
            await writer.WriteAsync();
        }

        /// <summary>Another process says that it lives.</summary>
        public Task HoldAsAsync(string node) => _leases.TryHoldAsync("connections/" + node, node, TimeSpan.FromSeconds(90), default);

        public async Task LeaveOpenAsync(string node, Instant at, int count, Action<int, ConnectionRow>? change = null)
        {
            var rows = Enumerable.Range(0, count).Select(i =>
            {
                var row = new ConnectionRow
                {
                    TenantId = Mine, Id = _ids.New<ConnectionId>(), StationId = _ids.New<StationId>(), ConnectedAt = at, LastConnectedAt = at, Protocol = "ocpp1.6", Remote = "127.0.0.1",
                    SecurityProfile = 1, Node = node,
                };
                change?.Invoke(i, row);
                return row.ToWrite();
            });
            await Task.WhenAll(_rows.WriteAll(rows));
        }

        public async Task<List<ConnectionRow>> RowsAsync(TenantId tenant)
        {
            await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), default);
            return await db.Connections.AsNoTracking().ToListAsync();
        }

        public async Task<int> CountAsync(TenantScope scope)
        {
            await using var db = await _rooms.OpenAsync(scope, default);
            return await db.Connections.CountAsync();
        }

        /// <summary>How many transactions wrote: on PostgreSQL those that the rows name, on the embedded store the ends of transactions in its log.</summary>
        public async Task<long> CommitsAsync()
        {
            if (_database.Kind == DatabaseKind.Postgres)
            {
                await using var db = await _rooms.OpenAsync(TenantScope.System, default);
                return await db.Database.SqlQueryRaw<long>("SELECT count(DISTINCT xmin::text) AS \"Value\" FROM stations_connections").SingleAsync();
            }
            await using var file = new FileStream(Path.Combine(_database.Directory!, "busbar.db-wal"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var log = new byte[file.Length];
            await file.ReadExactlyAsync(log);
            // sqlite.org/walformat.html: a head of 32 bytes, then frames with one of 24, whose second number is the size of the database after a commit, or zero.
            var page = BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(8));
            var commits = 0;
            for (var frame = 32; frame + 24 + page <= log.Length; frame += 24 + page)
                if (log.AsSpan(frame + 8, 8).SequenceEqual(log.AsSpan(16, 8)) && BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(frame + 4)) != 0) commits++;
            return commits;
        }

        public async Task ExecuteAsync(string sql)
        {
            await using var connection = await _database.OpenAsync(default);
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _rows.DisposeAsync();
            await _database.DisposeAsync();
        }
    }
}
