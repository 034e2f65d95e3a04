using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations.Reconciliation;

/// <summary>
/// Closes sessions of which nothing was told for so long that nothing is expected any more: at their last reading, and held for a person. Whatever comes
/// later is still taken.
/// </summary>
internal sealed class GivingUp(
    StationActors actors, IStationRouter router, IOpenSessions sessions, RoomDbFactory<StationsDb> rooms, IOptions<ReconcileOptions> options, ReconcileMetrics metrics,
    TimeProvider clock, ILogger<GivingUp> log)
{
    private readonly ReconcileOptions _options = options.Value;

    public async Task LookAsync(CancellationToken ct)
    {
        var before = clock.GetInstant() - Duration.FromTimeSpan(_options.GiveUpAfter);
        await foreach (var session in sessions.SilentSinceAsync(before, ct))
        {
            var fact = new ChargingFact.GapsAbandoned
            {
                Time = new StationTime(clock.GetInstant(), "", ClockQuality.Plausible), TransactionId = session.TransactionId, Reason = AbandonReason.StationSilent,
            };
            try
            {
                if (!await TryConcludeAsync(session, fact, before, ct)) continue;
            }
            catch (StorageUnavailableException error)
            {
                Log.ReconciliationFailed(log, error);
                continue;
            }
            Log.GivenUp(log, session.TransactionId, session.Station.Value);
            metrics.GivenUp();
        }
    }

    private async Task<bool> TryConcludeAsync(OpenSession session, ChargingFact fact, Instant before, CancellationToken ct)
    {
        var key = new StationKey(session.Tenant, session.Station.Value);
        if (actors.TryFind(key, out var actor)) return MayGiveUp(actor, session, before) && await actor.ConcludeAsync(fact, ct);
        // One that another process holds is that one's to judge.
        if (await router.ProtocolAsync(key, ct) is not null || await WasSeenSinceAsync(session, before, ct)) return false;
        return await actors.TakeForAsync(key, fact, ct);
    }

    /// <summary>The station is there, was there long enough to be asked, and neither it nor its connector has a word for the session.</summary>
    private bool MayGiveUp(StationActor actor, OpenSession session, Instant before) =>
        actor.Hearing.StableSince is { } stable && clock.GetInstant() - stable >= Duration.FromTimeSpan(_options.Grace)
        && !(actor.Hearing.Of(session.TransactionId).Told >= before)
        && ReconcileRules.ConnectorOf(session, actor.Hearing) is not { Use: ConnectorUse.Transaction };

    private async Task<bool> WasSeenSinceAsync(OpenSession session, Instant before, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(session.Tenant), ct);
        return await db.Stations.AnyAsync(row => row.Id == session.Station && row.LastSeenAt >= before, ct);
    }
}
