using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Storage.Commits;
using NodaTime;
using Orleans.Runtime;
using Orleans.Runtime.Services;

namespace Busbar.Stations.Cluster;

/// <summary>This process, as the others ask it.</summary>
internal sealed class StationNode(GrainId id, Silo silo, Microsoft.Extensions.Logging.ILoggerFactory logs, DirectRouter here, PresenceBook book, TimeProvider clock)
    : GrainService(id, silo, logs), IStationNode
{
    public async Task<ForwardedAnswer> CallAsync(Guid tenant, Guid station, ForwardedCall call) => ForwardedAnswer.Of(await here.CallAsync(
        Key(tenant, station), call.Protocol, new StationCall(call.Action, call.Payload), clock.GetInstant() + Duration.FromTimeSpan(call.Left), CancellationToken.None));

    public async Task<int> ProtocolAsync(Guid tenant, Guid station) => await here.ProtocolAsync(Key(tenant, station), CancellationToken.None) ?? 0;

    public async Task<int> ConcludeAsync(Guid tenant, Guid station, string action, byte[] fact) =>
        await here.ConcludeIfHeldAsync(Key(tenant, station), OwnFacts.Read(action, fact), CancellationToken.None) switch { null => 0, true => 1, false => -1 };

    public Task<NodePresence[]> PresenceAsync(Guid tenant, Guid[] stations) => Task.FromResult<NodePresence[]>(
        [.. from station in stations let known = book.View(Key(tenant, station)) where known is not null select NodePresence.Of(new StationId(station), known)]);

    private static StationKey Key(Guid tenant, Guid station) => new(new TenantId(tenant), station);
}

/// <summary>The processes of the cluster, by the names that the leases use.</summary>
internal sealed class StationNodes(IServiceProvider services, IClusterMembershipService membership) : GrainServiceClient<IStationNode>(services)
{
    public int Count => membership.CurrentSnapshot.Members.Values.Count(IsServing);

    /// <summary>Null: it is no member, or not any more. One that was killed a moment ago still is. The process itself is one of them.</summary>
    public IStationNode? Find(string node) =>
        membership.CurrentSnapshot.Members.Values.FirstOrDefault(member => member.Name == node && IsServing(member)) is { } member
            ? GetGrainService(member.SiloAddress)
            : null;

    private static bool IsServing(ClusterMember member) => member.Status == SiloStatus.Active;
}
