using System.Data.Common;
using System.Globalization;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations.Cluster;

/// <summary>
/// Several processes on one database: a station's socket is where its lease says. A CALL to a socket of this process goes straight to it, one to
/// another's through the station's grain. What may have left and was not answered is unknown, never tried again.
/// </summary>
internal sealed class ClusterRouter(
    DirectRouter here, StationActors actors, LeaseReader leases, StationNodes nodes, IGrainFactory grains, ClusterMetrics metrics, TimeProvider clock, ILogger<ClusterRouter> log)
    : IStationRouter
{
    /// <summary>How long another process may take to say what it knows. One that was killed says nothing until the others have agreed that it is gone.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For the way there and back, beyond the command's own deadline.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static StationAnswer OwnerNotRead { get; } = new(StationAnswerKind.NotSent, "", "the database does not tell where the station is", default);

    public async ValueTask<int?> ProtocolAsync(StationKey station, CancellationToken ct)
    {
        var (isHere, owner) = await OwnerAsync(station, ct);
        if (isHere) return await here.ProtocolAsync(station, ct);
        if (owner is null || nodes.Find(owner) is not { } node) return null;
        try
        {
            return await node.ProtocolAsync(station.Tenant.Value, station.Station).WaitAsync(Patience, clock, ct) is var protocol and > 0 ? protocol : null;
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            Log.NodeSilent(log, error, owner);
            return null;
        }
    }

    public async Task<StationAnswer> CallAsync(StationKey station, int protocol, StationCall call, Instant deadline, CancellationToken ct)
    {
        bool isHere;
        try
        {
            (isHere, _) = await OwnerAsync(station, ct);
        }
        catch (Exception error) when (error is DbException or TimeoutException)
        {
            Log.OwnerNotRead(log, error, station.Station);
            return OwnerNotRead;
        }
        if (isHere) return await here.CallAsync(station, protocol, call, deadline, ct);
        var left = (deadline - clock.GetInstant()).ToTimeSpan();
        if (left <= TimeSpan.Zero) return new StationAnswer(StationAnswerKind.NotSent, "", "others were ahead", default);
        metrics.Forwarded();
        var router = grains.GetGrain<IStationRouterGrain>(station.Station, station.Tenant.Value.ToString("D", CultureInfo.InvariantCulture));
        try
        {
            return (await router.CallAsync(new ForwardedCall(protocol, call.Action, call.Payload.ToArray(), left)).WaitAsync(left + Grace, clock, ct)).ToAnswer();
        }
        catch (LimitExceededException)
        {
            return new StationAnswer(StationAnswerKind.NotSent, "", "others were ahead", default);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            // Whether it was lost on the way there or on the way back, nobody can tell.
            Log.ForwardLost(log, error, station.Station);
            return new StationAnswer(StationAnswerKind.Unknown, "", "the process that holds the station did not answer", default);
        }
    }

    public async Task<bool> ConcludeAsync(StationKey station, ChargingFact fact, CancellationToken ct)
    {
        var (isHere, owner) = await OwnerAsync(station, ct);
        if (!isHere && owner is not null && nodes.Find(owner) is { } node)
        {
            try
            {
                var told = await node.ConcludeAsync(station.Tenant.Value, station.Station, OwnFacts.ActionOf(fact), OwnFacts.Write(fact)).WaitAsync(Patience, clock, ct);
                if (told != 0) return told > 0;
            }
            catch (Exception error) when (!ct.IsCancellationRequested)
            {
                // It may be recorded there: nothing is taken from a process that holds the station and is slow.
                Log.NodeSilent(log, error, owner);
                return false;
            }
        }
        return await here.ConcludeAsync(station, fact, ct);
    }

    /// <summary>
    /// A connection here counts unless the station has been taken by a later one elsewhere: a socket whose station has gone may look open for a
    /// while. One whose claim is under way is later than what the lease says.
    /// </summary>
    private async ValueTask<(bool IsHere, string? Node)> OwnerAsync(StationKey station, CancellationToken ct)
    {
        var lease = (await leases.FindAsync(station.Tenant, [station.Station], ct)).TryGetValue(station.Station, out var found) ? found : (StationLease?)null;
        if (lease is null || lease.Value.Node == NodeName.Current) return (true, null);
        return actors.TryFind(station, out var actor) && await actor.EpochAsync() is { } epoch && epoch > lease.Value.Epoch ? (true, null) : (false, lease.Value.Node);
    }
}
