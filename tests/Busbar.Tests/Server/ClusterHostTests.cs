using Busbar.Server;
using Busbar.Stations.Commands;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans;

namespace Busbar.Tests.Server;

public sealed class ClusterHostTests(Servers servers)
{
    [Fact]
    public async Task A_cluster_on_the_embedded_store_is_refused_at_start()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        var refused = Assert.Throws<InvalidOperationException>(() => BusbarHost.Build([.. store, "--Busbar:Cluster:Enabled=true"]));
        Assert.Contains("PostgreSQL", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Busbar:Cluster:Address=busbar.example")]
    [InlineData("--Busbar:Cluster:Address=0.0.0.0")]
    [InlineData("--Busbar:Cluster:Port=70000")]
    public void A_place_where_nobody_can_be_reached_is_refused_at_start(string option)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => BusbarHost.Build(["--ConnectionStrings:Busbar=Host=127.0.0.1", "--Busbar:Cluster:Enabled=true", option]));
        Assert.Contains("Busbar:Cluster:", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_joins_no_cluster_carries_no_engine()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        Assert.IsType<DirectRouter>(server.Services.GetRequiredService<IStationRouter>());
        Assert.Null(server.Services.GetService<IGrainFactory>());
        Assert.Null(server.Services.GetService<IMembershipTable>());
    }
}
