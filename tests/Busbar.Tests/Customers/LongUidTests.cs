using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Stations;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Customers;

/// <summary>A station may write whole messages full of a uid that nobody can have: none of them is kept in memory.</summary>
public sealed class LongUidTests(Servers servers)
{
    [Fact]
    public async Task A_uid_that_no_token_can_have_is_neither_looked_for_nor_remembered()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var tokens = server.Services.GetRequiredService<ITokenBook>();
        var (tenant, now) = (server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find("default")!.Id, Instant.FromUtc(2026, 6, 1, 12, 0));
        var before = Held();
        for (var i = 0; i < 400; i++) Assert.Equal(TokenStatus.Unknown, (await tokens.JudgeAsync(tenant, $"{i}-{new string('X', 60_000)}", now, default)).Status);
        // Each is 120 KB as a text in memory, and was kept twice as a key.
        Assert.True(Held() - before < 20_000_000, $"{(Held() - before) / 1_000_000} MB are kept of 400 uids that nobody has.");
        Assert.Equal(TokenStatus.Unknown, (await tokens.JudgeAsync(tenant, new string('X', 255), now, default)).Status);

        static long Held() => GC.GetTotalMemory(forceFullCollection: true);
    }
}
