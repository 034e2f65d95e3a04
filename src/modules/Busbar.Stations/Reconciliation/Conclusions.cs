using System.Data.Common;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Stations.Reconciliation;

internal sealed class Conclusions(IStationRouter router) : IConclusions
{
    public async Task<bool> ConcludeAsync(TenantId tenant, StationId station, ChargingFact fact, CancellationToken ct)
    {
        try { return await router.ConcludeAsync(new StationKey(tenant, station.Value), fact, ct); }
        catch (Exception error) when (error is StorageUnavailableException or DbException or TimeoutException)
        {
            return false;
        }
    }
}
