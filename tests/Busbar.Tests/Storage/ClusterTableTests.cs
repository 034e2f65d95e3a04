using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Cluster;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using ClusterMember = Busbar.Storage.Cluster.ClusterMember;

namespace Busbar.Tests.Storage;

/// <summary>On PostgreSQL, through the server's own migrations and as the role that bypasses nothing.</summary>
public sealed class ClusterTableTests(Servers servers)
{
    private static readonly ClusterMember One = new("127.0.0.1:1@1", "node-1", "host", 3, 1_000, 2_000, "");

    [Fact]
    public async Task A_change_that_was_decided_on_an_older_table_is_refused_and_leaves_nothing()
    {
        var table = await NewAsync();
        Assert.Equal((0L, 0), await ShapeAsync(table));
        Assert.True(await table.TryAddAsync(One, 0, default));
        Assert.False(await table.TryAddAsync(One with { Address = "127.0.0.1:2@1" }, 0, default));
        Assert.False(await table.TryReplaceAsync(One with { Status = 6 }, 0, default));
        var (version, members) = await table.ReadAsync(default);
        Assert.Equal((1L, One), (version, Assert.Single(members)));

        Assert.True(await table.TryReplaceAsync(One with { Status = 6, Suspicions = "127.0.0.1:2@1=5" }, 1, default));
        Assert.Equal(One with { Status = 6, Suspicions = "127.0.0.1:2@1=5" }, Assert.Single((await table.ReadAsync(default)).Members));
    }

    [Fact]
    public async Task A_change_that_finds_no_row_to_write_moves_no_version()
    {
        var table = await NewAsync();
        Assert.True(await table.TryAddAsync(One, 0, default));
        Assert.False(await table.TryAddAsync(One, 1, default));
        Assert.False(await table.TryReplaceAsync(One with { Address = "127.0.0.1:2@1" }, 1, default));
        Assert.Equal((1L, 1), await ShapeAsync(table));
    }

    [Fact]
    public async Task Of_many_that_decide_at_the_same_moment_one_decides()
    {
        var table = await NewAsync();
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => table.TryAddAsync(One with { Address = $"127.0.0.1:{i}@1" }, 0, default)));
        Assert.Single(added, true);
        Assert.Equal((1L, 1), await ShapeAsync(table));
    }

    [Fact]
    public async Task A_sign_of_life_moves_no_version_and_the_silent_of_a_status_are_forgotten()
    {
        var table = await NewAsync();
        Assert.True(await table.TryAddAsync(One, 0, default));
        await table.TouchAsync(One.Address, 9_000, default);
        Assert.Equal((1L, 9_000L), ((await table.ReadAsync(default)).Version, (await table.ReadAsync(default)).Members[0].AliveAt));
        await table.ForgetAsync(status: 6, before: 10_000, default);
        await table.ForgetAsync(status: 3, before: 9_000, default);
        Assert.Equal((1L, 1), await ShapeAsync(table));
        await table.ForgetAsync(status: 3, before: 9_001, default);
        Assert.Equal((1L, 0), await ShapeAsync(table));
    }

    [Fact]
    public async Task A_lease_tells_who_took_a_station_last_and_no_tenant_sees_anothers()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Postgres));
        var (loop, leases) = (server.Services.GetRequiredService<CommitLoop>(), server.Services.GetRequiredService<LeaseReader>());
        var key = new StationKey(new TenantId(Id(1)), Id(2));
        Assert.Empty(await leases.FindAsync(key.Tenant, [key.Station], default));
        await loop.ClaimAsync(key, default);
        var epoch = await loop.ClaimAsync(key, default);
        Assert.Equal(new StationLease(NodeName.Current, epoch), (await leases.FindAsync(key.Tenant, [key.Station, Id(3)], default))[key.Station]);
        Assert.Empty(await leases.FindAsync(new TenantId(Id(4)), [key.Station], default));
    }

    private static Guid Id(short last) => new(0x01890000, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, (byte)last);

    // Each test has a database of its own: the table is the installation's, and there is one.
    private async Task<ClusterTable> NewAsync()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Postgres));
        var table = new ClusterTable(Database.Postgres(server.Store[0].Split('=', 2)[1]));
        await table.PrepareAsync(default);
        await table.PrepareAsync(default);
        return table;
    }

    private static async Task<(long Version, int Members)> ShapeAsync(ClusterTable table)
    {
        var (version, members) = await table.ReadAsync(default);
        return (version, members.Count);
    }
}
