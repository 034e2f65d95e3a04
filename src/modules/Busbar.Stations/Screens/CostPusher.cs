using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations.Screens;

/// <summary>
/// Tells stations the price so far of their sessions, and the last one. Of each session only the newest price waits; a price that the station would show as
/// it shows the last one is not sent. Prices arise where the socket is, since the facts are recorded there: a station of another process is not looked for.
/// </summary>
internal sealed class CostPusher(Func<StationActors> actors, IOptions<ScreenOptions> options, TimeProvider clock, ILogger<CostPusher> log) : ICostListener
{
    // A station that keeps its commands waiting must not make prices pile up, nor wait for ever.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private const int MostSteps = 100;
    private const int MostSessions = 64;

    private readonly ConcurrentDictionary<StationKey, Board> _boards = new();

    /// <summary>Of how many stations a price waits or is remembered.</summary>
    public int Count => _boards.Count;

    public bool Hears(TenantId tenant, StationId station) => actors().TryFind(new StationKey(tenant, station.Value), out var actor) && actor.Presence.Screen.Facts is { ShowsCost: true };

    public void Tell(CostSoFar cost)
    {
        var key = new StationKey(cost.Tenant, cost.Station.Value);
        if (!Shows(key, cost))
        {
            if (cost.Final && _boards.TryGetValue(key, out var former))
            {
                former.Forget(cost.TransactionId);
                if (former.IsDone) _boards.TryRemove(KeyValuePair.Create(key, former));
            }
            return;
        }
        var board = _boards.GetOrAdd(key, static _ => new Board());
        if (board.Take(cost)) _ = Task.Run(() => RunAsync(key, board));
    }

    // Only what a station calculates by the very version that we price by comes to our price: of all else it is told.
    private bool Shows(StationKey key, CostSoFar cost) => actors().TryFind(key, out var actor) && actor.Presence.Screen is { Facts: { ShowsCost: true } facts } screen
        && !(facts.Calculates && cost.Tariff is { } tariff && screen.CalculatedBy(cost.TransactionId) == tariff);

    /// <summary>Sends what waits, one after the other, until nothing does.</summary>
    private async Task RunAsync(StationKey key, Board board)
    {
        try
        {
            while (true)
            {
                // A station that came back is told over its new connection.
                if (!actors().TryFind(key, out var actor))
                {
                    board.Clear();
                    break;
                }
                var (next, wait) = board.Next(clock.GetInstant(), Duration.FromTimeSpan(options.Value.CostEvery));
                if (next is not null) await SendAsync(actor, board, next);
                else if (wait is { } left) await board.WaitAsync(left, clock);
                else if (board.TryRest()) break;
            }
        }
        catch (Exception error)
        {
            // A price that is not shown must not end anything else; the next one begins anew.
            Log.CostNotTold(log, error, key.Station);
            board.Clear();
        }
        if (board.IsDone) _boards.TryRemove(KeyValuePair.Create(key, board));
    }

    private async Task SendAsync(StationActor actor, Board board, Waiting next)
    {
        var cost = next.Cost;
        // Whatever becomes of the last price, nothing has to be known of its session after it.
        if (cost.Final) board.Forget(cost.TransactionId);
        if (!await MayLeaveAsync(actor))
        {
            board.PutBack(next);
            return;
        }
        var (screen, screens) = (actor.Presence.Screen, actor.Dialect.Screens);
        if (screen.Facts is not { } facts) return;
        var decimals = facts.Decimals ?? DecimalsOf(cost.Currency);
        var amount = Rounded(cost.InclTax);
        if (!cost.Final && board.Shows(cost.TransactionId, amount)) return;
        var register = actor.MeterStart(cost.TransactionId) is { } start ? start + cost.Energy : (Energy?)null;
        if (screens.Cost(cost, amount, register, next.IsIdle) is not { } call || screen.Refuses(call)) return;
        for (var i = 0; actor.HasCommands && i < MostSteps; i++) await Task.Delay(Step, clock);
        // An answer may tell a newer price meanwhile: an older one must not take its place on the screen.
        var said = await actors().SayAsync(actor, call, cost.Final ? null : actor.NotYetTold(cost.TransactionId, told => Rounded(told) >= amount));
        if (!cost.Final || said == Said.Unknown) board.Pause(clock.GetInstant());
        if (said == Said.NotSent) board.PutBack(next);
        else if (said == Said.Shown && !cost.Final) board.Sent(cost, amount);

        // What an answer told has more decimals than a screen.
        decimal Rounded(decimal value) => decimal.Round(value, decimals, MidpointRounding.AwayFromZero);
    }

    /// <summary>No CALL leaves before the boot was answered (OCPP 1.6 4.2, 2.0.1 B01.FR.05).</summary>
    private async Task<bool> MayLeaveAsync(StationActor actor)
    {
        if (actor.CallsMayLeave.IsCompletedSuccessfully) return true;
        try
        {
            await actor.CallsMayLeave.WaitAsync(options.Value.AnswerWithin, clock);
            return true;
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int DecimalsOf(string currency) => Currency.TryParse(currency, out var known) ? known.Decimals : 2;

    private sealed record Waiting(CostSoFar Cost, bool IsIdle, bool IsAgain = false);

    /// <summary>What waits for one station.</summary>
    private sealed class Board
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, Waiting> _newest = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (decimal Amount, Duration Charging, Duration Idle)> _shown = new(StringComparer.Ordinal);
        private TaskCompletionSource _final = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Instant? _sentAt;
        private bool _runs;

        /// <summary>True: somebody has to begin to send.</summary>
        public bool Take(CostSoFar cost)
        {
            lock (_gate)
            {
                // After the last price comes none.
                if (_newest.TryGetValue(cost.TransactionId, out var other) && other.Cost.Final && !cost.Final) return false;
                if (other is null && _newest.Count >= MostSessions) return false;
                var before = _shown.TryGetValue(cost.TransactionId, out var last) ? last : default;
                _newest[cost.TransactionId] = new Waiting(cost, cost.Idle > before.Idle && cost.Charging <= before.Charging);
                if (cost.Final) _final.TrySetResult();
                return !_runs && (_runs = true);
            }
        }

        /// <summary>What is to be sent now, or how long until something is; neither: nothing waits.</summary>
        public (Waiting? Next, TimeSpan? Wait) Next(Instant now, Duration every)
        {
            lock (_gate)
            {
                if (_newest.Count == 0) return (null, null);
                var next = _newest.Values.OrderByDescending(one => one.Cost.Final).ThenBy(one => one.Cost.At).First();
                if (!next.Cost.Final && _sentAt is { } last && now - last < every)
                {
                    _final = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    return (null, (every - (now - last)).ToTimeSpan());
                }
                _newest.Remove(next.Cost.TransactionId);
                return (next, null);
            }
        }

        /// <summary>Until the time is over, or a last price came.</summary>
        public async Task WaitAsync(TimeSpan wait, TimeProvider clock)
        {
            Task final;
            lock (_gate) final = _final.Task;
            using var stop = new CancellationTokenSource();
            await Task.WhenAny(final, Task.Delay(wait, clock, stop.Token));
            await stop.CancelAsync();
        }

        public bool TryRest()
        {
            lock (_gate)
            {
                if (_newest.Count > 0) return false;
                _runs = false;
                return true;
            }
        }

        public void Clear()
        {
            lock (_gate)
            {
                _newest.Clear();
                _shown.Clear();
                _runs = false;
            }
        }

        public bool IsDone
        {
            get { lock (_gate) return !_runs && _newest.Count == 0 && _shown.Count == 0; }
        }

        public bool Shows(string transaction, decimal amount)
        {
            lock (_gate) return _shown.TryGetValue(transaction, out var last) && last.Amount == amount;
        }

        public void Sent(CostSoFar cost, decimal amount)
        {
            lock (_gate)
            {
                // A session that never gets a last price (it is held) makes room for the next.
                if (_shown.Count >= MostSessions && !_shown.ContainsKey(cost.TransactionId)) _shown.Clear();
                _shown[cost.TransactionId] = (amount, cost.Charging, cost.Idle);
            }
        }

        /// <summary>The next running price keeps its distance from the answer: a slow station must not be busy with prices alone.</summary>
        public void Pause(Instant answered)
        {
            lock (_gate) _sentAt = answered;
        }

        /// <summary>A last price that did not leave is tried once more; of the others a newer one follows.</summary>
        public void PutBack(Waiting waiting)
        {
            if (!waiting.Cost.Final || waiting.IsAgain) return;
            lock (_gate)
            {
                if (_newest.TryGetValue(waiting.Cost.TransactionId, out var other) && other.Cost.Final) return;
                _newest[waiting.Cost.TransactionId] = waiting with { IsAgain = true };
            }
        }

        public void Forget(string transaction)
        {
            lock (_gate) _shown.Remove(transaction);
        }
    }
}
