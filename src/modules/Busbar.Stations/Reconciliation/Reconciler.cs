using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations.Reconciliation;

/// <summary>
/// Asks the stations that this process holds a socket of about sessions that they say nothing of, and records what follows from the answer as a fact of
/// ours. One look at a time, and one question at a time to each station; nobody's command waits behind more than the one that is on the wire.
/// </summary>
internal sealed class Reconciler(
    StationActors actors, IOpenSessions sessions, RoomDbFactory<StationsDb> rooms, GivingUp givingUp, IOptions<ReconcileOptions> options, ReconcileMetrics metrics,
    TimeProvider clock, ILogger<Reconciler> log) : BackgroundService
{
    private const int StationsPerQuery = 500;
    private const int StationsAtOnce = 64;
    private const string Question = "a question about a transaction";

    private readonly ReconcileOptions _options = options.Value;
    private int _silent;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_options.Pace, clock);
        // The first time only after a while: after a restart the stations come back before they are missed.
        var (gaveUp, pause) = (clock.GetTimestamp(), _options.GiveUpAfter / 72);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                    if (clock.GetElapsedTime(gaveUp) < pause) continue;
                    gaveUp = clock.GetTimestamp();
                    await givingUp.LookAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.ReconciliationFailed(log, error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Looks at every connected station once, and asks those who owe a word.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        var stable = actors.All.Where(actor => ReconcileRules.MayAsk(actor.Hearing, now, _options)).ToList();
        _silent = 0;
        foreach (var tenant in stable.GroupBy(actor => actor.Key.Tenant))
        {
            foreach (var some in tenant.Chunk(StationsPerQuery))
            {
                var open = (await sessions.AtAsync(tenant.Key, [.. some.Select(actor => actor.Station)], ct)).ToLookup(session => session.Station);
                var connectors = await UnheardAsync(tenant.Key, [.. some.Where(actor => !actor.Hearing.IsComplete)], ct);
                await Parallel.ForEachAsync(some, new ParallelOptions { MaxDegreeOfParallelism = StationsAtOnce, CancellationToken = ct },
                    (actor, ct) => new ValueTask(ReconcileAsync(actor, [.. open[actor.Station]], [.. connectors[actor.Station]], ct)));
            }
        }
        metrics.Silent(_silent);
    }

    private async Task ReconcileAsync(StationActor actor, IReadOnlyList<OpenSession> open, List<(int Evse, int Connector)> unheard, CancellationToken ct)
    {
        try
        {
            var started = clock.GetInstant();
            Interlocked.Add(ref _silent, open.Count(session => ReconcileRules.IsSilent(session, actor.Hearing, started, _options)));
            var triggers = new List<StationIntent>();
            foreach (var session in open)
            {
                var now = clock.GetInstant();
                if (session.IsSuperseded) actor.Hearing.Superseded(session.TransactionId, now);
                var question = actor.Hearing.Refuses(Question) ? null : actor.Dialect.Compile(new StationIntent.AskTransaction(session.TransactionId)).Call;
                switch (ReconcileRules.Next(session, actor.Hearing, question is not null, now, _options))
                {
                    case ReconcileStep.Ask when !await AskAsync(actor, session, question!, ct):
                        return;
                    case ReconcileStep.Trigger:
                        triggers.Add(new StationIntent.AskReading(session.Evse));
                        if (session is { Evse: { } evse, Connector: { } connector } && !unheard.Contains((evse, connector))) unheard.Add((evse, connector));
                        break;
                    case ReconcileStep.ConnectorFree:
                        await ConcludeAsync(actor, new ChargingFact.GapsAbandoned { Time = Now(), TransactionId = session.TransactionId, Reason = AbandonReason.ConnectorFree }, "connectorFree", ct);
                        break;
                    case ReconcileStep.Superseded:
                        await ConcludeAsync(actor, new ChargingFact.GapsAbandoned { Time = Now(), TransactionId = session.TransactionId }, "superseded", ct);
                        break;
                }
            }
            triggers.AddRange(unheard.Select(place => new StationIntent.Trigger("StatusNotification", place.Evse, place.Connector)));
            await TriggerAsync(actor, triggers, open, ct);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.ReconciliationFailed(log, error);
        }
    }

    /// <summary>False: the station does not answer now, or somebody's command goes first.</summary>
    private async Task<bool> AskAsync(StationActor actor, OpenSession session, StationCall question, CancellationToken ct)
    {
        if (actor.HasCommands) return false;
        switch (await actor.Link.CallAsync(question.Action, question.Payload, _options.AnswerWithin, ct))
        {
            case CallAnswer.Result result when actor.Dialect.ReadTransactionWord(result.Payload.Span) is { } word:
                actor.Hearing.Asked(session.TransactionId, clock.GetInstant());
                // 2.0.1 E14.FR.04: what waits in the queue may be the end itself, whatever else the answer says.
                if (word.MessagesInQueue) Note(actor, session.TransactionId, "queued");
                else if (word.Ongoing == false || (word.Ongoing is null && session.HasEnd))
                    await ConcludeAsync(actor, new ChargingFact.StatusReported { Time = Now(), TransactionId = session.TransactionId, Ongoing = word.Ongoing, MessagesInQueue = false }, "over", ct);
                else
                {
                    if (word.Ongoing == true) actor.Hearing.Told(session.TransactionId, clock.GetInstant());
                    Note(actor, session.TransactionId, "goesOn");
                }
                return true;
            case CallAnswer.Result or CallAnswer.Error:
                Refuse(actor, Question);
                metrics.Reconciled("refused");
                return true;
            default:
                actor.Hearing.Asked(session.TransactionId, clock.GetInstant());
                Note(actor, session.TransactionId, "noAnswer");
                return false;
        }
    }

    /// <summary>One round of TriggerMessage, BootNotification never among them: it makes some stations boot in a circle.</summary>
    private async Task TriggerAsync(StationActor actor, List<StationIntent> triggers, IReadOnlyList<OpenSession> open, CancellationToken ct)
    {
        triggers.RemoveAll(trigger => actor.Hearing.Refuses(NameOf(trigger)));
        if (triggers.Count == 0 || actor.HasCommands) return;
        if (!actor.Presence.TryTrigger(clock.GetInstant(), Duration.FromTimeSpan(_options.TriggerEvery))) return;
        foreach (var session in open) actor.Hearing.Asked(session.TransactionId, clock.GetInstant());
        foreach (var trigger in triggers)
        {
            if (actor.HasCommands) return;
            if (actor.Hearing.Refuses(NameOf(trigger)) || actor.Dialect.Compile(trigger).Call is not { } call) continue;
            switch (await actor.Link.CallAsync(call.Action, call.Payload, _options.AnswerWithin, ct))
            {
                case CallAnswer.Result result when Dialects.Salvage.Text(result.Payload.Span, "status") == "Accepted":
                    break;
                case CallAnswer.Result or CallAnswer.Error:
                    Refuse(actor, NameOf(trigger));
                    break;
                default:
                    return;
            }
        }
    }

    private async Task ConcludeAsync(StationActor actor, ChargingFact fact, string outcome, CancellationToken ct)
    {
        if (await actor.ConcludeAsync(fact, ct)) Note(actor, fact is ChargingFact.StatusReported told ? told.TransactionId : ((ChargingFact.GapsAbandoned)fact).TransactionId, outcome);
    }

    private void Note(StationActor actor, string transaction, string outcome)
    {
        Log.Reconciled(log, actor.Link.Identity, transaction, outcome);
        metrics.Reconciled(outcome);
    }

    private void Refuse(StationActor actor, string what)
    {
        actor.Hearing.Refused(what);
        Log.NotDone(log, actor.Link.Identity, what);
    }

    private static string NameOf(StationIntent trigger) => trigger is StationIntent.AskReading ? "a triggered reading" : "a triggered status";

    private StationTime Now() => new(clock.GetInstant(), "", ClockQuality.Plausible);

    /// <summary>The connectors whose status was not told over their station's connection.</summary>
    private async Task<ILookup<StationId, (int Evse, int Connector)>> UnheardAsync(TenantId tenant, List<StationActor> some, CancellationToken ct)
    {
        if (some.Count == 0) return Array.Empty<(StationId, int, int)>().ToLookup(_ => default(StationId), _ => (0, 0));
        var stations = some.ConvertAll(actor => actor.Station);
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var rows = await db.Connectors.AsNoTracking().Where(row => stations.Contains(row.StationId) && row.Evse > 0 && row.Number > 0)
            .OrderBy(row => row.Evse).ThenBy(row => row.Number).Select(row => new { row.StationId, row.Evse, row.Number }).ToListAsync(ct);
        var hearings = some.ToDictionary(actor => actor.Station, actor => actor.Hearing);
        var unheard = rows.Where(row => hearings[row.StationId].Of(row.Evse, row.Number) is null).ToLookup(row => row.StationId, row => (row.Evse, row.Number));
        // One that is learnt later was told, and so heard, by then.
        foreach (var actor in some) actor.Hearing.IsComplete = !unheard.Contains(actor.Station);
        return unheard;
    }
}
