using Busbar.Schema;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Storage;

public sealed class JobLeasesTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_work_is_one_processs_until_it_lets_go_or_its_time_is_over(DatabaseKind kind)
    {
        var store = (await servers.NewStoreAsync(kind))[0].Split('=', 2)[1];
        await using var database = kind == DatabaseKind.Postgres ? Database.Postgres(store) : Database.Sqlite(store);
        await SchemaUpgrade.ApplyAsync(database, CancellationToken.None);
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        var leases = new JobLeases(new RoomDbFactory<JobsDb>(database, setup => new JobsDb(setup)), clock);
        Task<bool> Hold(string who) => leases.TryHoldAsync("work", who, TimeSpan.FromMinutes(2), CancellationToken.None);

        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Hold($"p{number}")));
        Assert.Single(first, true);
        var holder = $"p{Array.IndexOf(first, true)}";
        Assert.True(await Hold(holder));
        Assert.False(await Hold("other"));
        Assert.True(await leases.TryHoldAsync("other work", "other", TimeSpan.FromMinutes(2), CancellationToken.None));
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.True(await Hold("other"));
        Assert.False(await Hold(holder));
        await leases.LetGoAsync("work", "other", CancellationToken.None);
        Assert.True(await Hold(holder));
    }
}
