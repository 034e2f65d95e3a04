using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Server;

/// <summary>What the rooms rehearse at a start leaves no trace, and goes through: what fails here is only logged.</summary>
public sealed class WarmUpTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_rehearsal_goes_through_and_leaves_nothing(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var parts = server.Services.GetServices<IWarmUp>().ToList();
        Assert.Equal(["Busbar.Stations.Rehearsal", "Busbar.Sessions.Rehearsal"], parts.Select(part => part.GetType().FullName));
        foreach (var part in parts) await part.WarmUpAsync(TestContext.Current.CancellationToken);

        foreach (var list in new[] { "sessions", "cdrs", "stations", "tokens", "tariffs" }) Assert.Empty((await server.Admin.GetAsync(list)).Items);
        await foreach (var row in server.Services.GetRequiredService<JournalReader>().AllAsync(TestContext.Current.CancellationToken)) Assert.Fail($"{row.Key} has a row.");
    }
}
