using System.Data.Common;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Storage;

/// <summary>Rows that many write at once without EF: all of them are there, each tenant's are its own, and a bad one hurts nobody else.</summary>
public sealed class RowWriterTests(Servers servers)
{
    private const int Many = 1_200;     // more than two batches
    private const int Request = 6;      // its column

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Rows_that_come_at_once_are_all_written_and_a_later_write_counts(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        var rows = Enumerable.Range(0, Many).Select(i => rig.Command(i % 2 == 0 ? rig.Mine : rig.Theirs)).ToList();
        var writes = rows.Select(row => rig.Writer.WriteAsync(row.ToWrite())).ToList();
        foreach (var row in rows)
        {
            (row.State, row.Response, row.Detail, row.FinishedAt) = (CommandState.Refused, "{\"status\":\"Réjected\"}", "", row.CreatedAt + Duration.FromMilliseconds(7));
            writes.Add(rig.Writer.WriteAsync(row.ToWrite()));
        }
        await Task.WhenAll(writes);

        foreach (var tenant in new[] { rig.Mine, rig.Theirs })
        {
            var mine = rows.Where(row => row.TenantId == tenant).ToDictionary(row => row.Id);
            var stored = await rig.StoredAsync(TenantScope.Of(tenant));
            Assert.Equal(Many / 2, stored.Count);
            Assert.All(stored, row => Assert.Equal(mine[row.Id].ToWrite().Values, row.ToWrite().Values));
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_row_that_the_database_refuses_fails_alone(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        var rows = Enumerable.Range(0, Many).Select(_ => rig.Command(rig.Mine).ToWrite()).ToList();
        var bad = new HashSet<int> { 3, 700, Many - 1 };
        foreach (var i in bad) rows[i].Values[Request] = null;
        var writes = rows.Select(rig.Writer.WriteAsync).ToList();
        for (var i = 0; i < Many; i++)
        {
            if (bad.Contains(i)) await Assert.ThrowsAnyAsync<DbException>(() => writes[i]);
            else await writes[i];
        }
        Assert.Equal(Many - bad.Count, (await rig.StoredAsync(TenantScope.Of(rig.Mine))).Count);

        // And the writer goes on.
        await rig.Writer.WriteAsync(rig.Command(rig.Mine).ToWrite());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_writer_that_ends_writes_what_waits_and_takes_no_more(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        var writer = new RowWriter(rig.Database);
        var writes = Enumerable.Range(0, Many).Select(_ => writer.WriteAsync(rig.Command(rig.Mine).ToWrite())).ToList();
        await writer.DisposeAsync();
        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(Many, (await rig.StoredAsync(TenantScope.Of(rig.Mine))).Count);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.WriteAsync(rig.Command(rig.Mine).ToWrite()));
    }

    private async Task<Rig> RigAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var tenants = server.Services.GetRequiredService<ITenants>();
        var (one, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        return new Rig(server.Services, tenants.Find(one.Tenant!)!.Id, tenants.Find(other.Tenant!)!.Id);
    }

    private sealed class Rig(IServiceProvider services, TenantId mine, TenantId theirs)
    {
        private static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 6, 0);
        private readonly IdSource _ids = services.GetRequiredService<IdSource>();

        public RowWriter Writer { get; } = services.GetRequiredService<RowWriter>();
        public Database Database { get; } = services.GetRequiredService<Database>();
        public TenantId Mine => mine;
        public TenantId Theirs => theirs;

        public CommandRow Command(TenantId tenant) => new()
        {
            TenantId = tenant, Id = _ids.New<CommandId>(), StationId = _ids.New<StationId>(), Actor = "cli", Name = "restart", Action = "Reset", Request = "{}",
            RemoteStartId = 7, AwaitedToken = [1, 2], AwaitedEvse = 3, State = CommandState.Queued, CreatedAt = Start, DeadlineAt = Start + Duration.FromSeconds(30),
        };

        public async Task<List<CommandRow>> StoredAsync(TenantScope scope)
        {
            await using var db = await services.GetRequiredService<RoomDbFactory<StationsDb>>().OpenAsync(scope, TestContext.Current.CancellationToken);
            return await db.Commands.AsNoTracking().ToListAsync(TestContext.Current.CancellationToken);
        }
    }
}
