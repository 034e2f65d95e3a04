using System.Data.Common;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Busbar.Stations.Cluster;

/// <summary>
/// Asks the lease which process holds the station, and hands the CALL to it. Reentrant, so that a slow station delays only its own commands, whose
/// order and number the connection's lane decides; it keeps nothing, so that it may be anywhere.
/// </summary>
[Reentrant, PreferLocalPlacement]
internal sealed class StationRouterGrain(LeaseReader leases, StationNodes nodes, TimeProvider clock, ILogger<StationRouterGrain> log) : Grain, IStationRouterGrain
{
    // A station may move between the look-up and the call. What is offline was not sent, so it may be tried where the station went.
    private const int Moves = 2;

    public async Task<ForwardedAnswer> CallAsync(ForwardedCall call)
    {
        var (asked, started) = ((string?)null, clock.GetTimestamp());
        for (var move = 0; move < Moves; move++)
        {
            var station = Key();
            string? owner;
            try
            {
                owner = (await leases.FindAsync(station.Tenant, [station.Station], CancellationToken.None)).TryGetValue(station.Station, out var lease) ? lease.Node : null;
            }
            catch (Exception error) when (error is DbException or TimeoutException)
            {
                Log.OwnerNotRead(log, error, station.Station);
                return ForwardedAnswer.Of(ClusterRouter.OwnerNotRead);
            }
            if (owner is null || owner == asked || nodes.Find(owner) is not { } node) break;
            asked = owner;
            var answer = await node.CallAsync(station.Tenant.Value, station.Station, call with { Left = call.Left - clock.GetElapsedTime(started) });
            if (answer.Kind != (int)StationAnswerKind.Offline) return answer;
        }
        return ForwardedAnswer.Of(StationAnswer.Offline);
    }

    private StationKey Key()
    {
        var station = this.GetPrimaryKey(out var tenant);
        return new StationKey(new TenantId(Guid.Parse(tenant!)), station);
    }
}
