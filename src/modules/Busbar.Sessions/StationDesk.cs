using System.Data.Common;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What the desks of a process share.</summary>
internal sealed record DeskServices(CommitLoop Commits, BookStore Books, Booking Booking, Judgement Judgement, IStationFacts Stations, CostTeller Costs, Hints Hints, TimeProvider Clock);

/// <summary>
/// One station's book in memory. A fact is applied to it, committed, and only then does the book become the new one; whatever is not committed leaves
/// no trace here. Session rows are written with the facts that matter and otherwise at most once a second: journal and memory are the truth.
/// </summary>
#pragma warning disable CA1001 // The gate has no wait handle, and a late caller may still hold it: there is nothing to dispose.
internal sealed class StationDesk(StationKey key, DeskServices services)
#pragma warning restore CA1001
{
    private static readonly TimeSpan FlushAfter = TimeSpan.FromSeconds(1);

    // Who lost the line comes back within a minute, all of a site at once: then nothing has to be read.
    private static readonly TimeSpan KeptAfterLeaving = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HashSet<SessionId> _unwritten = [];
    private StationBook? _book;
    private string _station = "";
    private long _epoch;
    private bool _bookUnwritten;
    private readonly Dictionary<SessionId, (Session Session, PriceSoFar Price, RunningPrice Running)> _prices = [];
    private long _lastWrite;
    private long? _leftAt;

    /// <summary>Set once the desk may not be used any more; a new one takes its place.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Null when the desk has retired: ask for the station's desk again.</summary>
    public async ValueTask<DeskOutcome?> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (IsRetired) return null;
            if (seat.Epoch < _epoch) return DeskOutcome.Fenced.Instance;
            _leftAt = null;
            var book = await OpenAsync(seat.Epoch, ct);
            return await RecordAsync(book, seat, frame, answer, ct);
        }
        finally { _gate.Release(); }
    }

    /// <summary>As the last commit left it. Books do not change, so whoever reads beside the one who writes sees a whole one.</summary>
    public Session? Remembered(SessionId session) => Volatile.Read(ref _book)?.Find(session);

    public async Task LeaveAsync(long epoch)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try { if (epoch == _epoch) _leftAt = services.Clock.GetTimestamp(); }
        finally { _gate.Release(); }
    }

    /// <summary>Writes what is only in memory if it has waited long enough, and retires a desk that nobody uses. True when it retired.</summary>
    public async ValueTask<bool> TidyAsync(bool now, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (_book is not null && HasUnwritten && (now || services.Clock.GetElapsedTime(_lastWrite) >= FlushAfter))
            {
                await CommitAsync(_book, null, [.. await UnwrittenRowsAsync(_book, ct)]);
                foreach (var id in _prices.Keys.Where(id => _book?.Find(id) is not { IsOpen: true }).ToList()) _prices.Remove(id);
            }
            return IsRetired = _leftAt is { } at && !HasUnwritten && services.Clock.GetElapsedTime(at) >= KeptAfterLeaving;
        }
        finally { _gate.Release(); }
    }

    /// <summary>Changes what is stored of the station while nobody records anything of it; memory begins anew after it.</summary>
    /// <returns>False: the desk has retired.</returns>
    public async ValueTask<bool> WhileStillAsync(Func<CancellationToken, Task> work, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            if (IsRetired) return false;
            if (_book is not null && HasUnwritten) await CommitAsync(_book, null, [.. await UnwrittenRowsAsync(_book, ct)]);
            try { await work(ct); }
            finally { Forget(); }
            // Made for this alone: nobody has the station.
            if (_epoch == 0) _leftAt ??= services.Clock.GetTimestamp();
            return true;
        }
        finally { _gate.Release(); }
    }

    private bool HasUnwritten => _bookUnwritten || _unwritten.Count > 0;

    private async ValueTask<DeskOutcome> RecordAsync(
        StationBook book, StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
    {
        var decided = await services.Judgement.DecideAsync(seat, frame, book, _station, ct);
        var fact = Booking.FactOf(key, seat.Epoch, frame.Fact, frame.N, frame.ReceivedAt, decided);
        var booked = await services.Booking.ApplyAsync(book, fact, key.Tenant, id => services.Books.FindAsync(key, id, ct), ct);
        // What the market says is decided with the fact that makes it necessary, and only what came of the fact shows that it is.
        if (await services.Booking.CurvesAsync(key.Tenant, booked, ct) is { } curves)
        {
            decided = decided with { Curves = curves };
            fact = fact with { Decided = decided };
            booked = await services.Booking.ApplyAsync(book, fact, key.Tenant, id => services.Books.FindAsync(key, id, ct), ct);
        }
        var entry = new JournalEntry
        {
            N = frame.N,
            Origin = frame.Protocol == 0 ? JournalOrigin.Busbar : JournalOrigin.Station,
            ReceivedAt = frame.ReceivedAt,
            Protocol = frame.Protocol,
            Action = frame.Action,
            MessageId = frame.MessageId,
            NaturalKey = NaturalKeys.Of(frame, seat.Epoch, book),
            Raw = frame.Raw,
            Answer = answer(await DecisionAsync(booked, decided, fact, ct)),
            Decided = SessionsJson.Write(decided),
        };

        _unwritten.UnionWith(booked.Changed);
        var rows = new List<RowWrite>(4);
        if (MustWrite(frame.Fact, booked)) rows.AddRange(await UnwrittenRowsAsync(booked.Book, ct));
        rows.AddRange(booked.Cdrs.Select(issued => Rows.Of(key, issued.Cdr, issued.Session)));

        var outcome = await CommitAsync(booked.Book, entry, rows);
        switch (outcome)
        {
            case CommitOutcome.Committed:
                _bookUnwritten |= rows.Count == 0;
                await TellAsync(booked, CancellationToken.None);
                return new DeskOutcome.Recorded(entry.Answer);
            case CommitOutcome.Duplicate duplicate:
                return new DeskOutcome.Recorded(duplicate.Answer);
            case CommitOutcome.Fenced:
                return DeskOutcome.Fenced.Instance;
            default:
                return DeskOutcome.NotDurable.Instance;
        }
    }

    /// <summary>
    /// Commits, and adopts the new book only if it was. After a failure or a newer epoch, what was in memory may differ from the journal, so it goes. A duplicate is known
    /// only where the epoch is still ours: nobody wrote but us, nothing was written now, and the book of before is the journal's.
    /// </summary>
    private async ValueTask<CommitOutcome> CommitAsync(StationBook next, JournalEntry? entry, IReadOnlyList<RowWrite> rows)
    {
        var outcome = await services.Commits.CommitAsync(new CommitUnit(key, _epoch, entry, rows), CancellationToken.None);
        if (outcome is CommitOutcome.Committed)
        {
            _book = next;
            if (rows.Count > 0)
            {
                _unwritten.Clear();
                _bookUnwritten = false;
                _lastWrite = services.Clock.GetTimestamp();
            }
            // Not before: who looks at once must find it here.
            if (entry is null) services.Hints.TellWritten(key.Tenant);
            else services.Hints.Tell(key.Tenant, key.Station);
        }
        else if (outcome is not CommitOutcome.Duplicate) Forget();
        return outcome;
    }

    private void Forget()
    {
        _book = null;
        _prices.Clear();
        _unwritten.Clear();
        _bookUnwritten = false;
    }

    private async ValueTask<StationBook> OpenAsync(long epoch, CancellationToken ct)
    {
        // Epochs grow by one: if ours was the one before, nobody else has had the station in between, and memory still tells the truth.
        if (_book is not null && (epoch == _epoch || epoch == _epoch + 1))
        {
            _epoch = epoch;
            return _book;
        }
        Forget();
        // A station that was deleted is called what it was called last.
        _station = (await services.Stations.FindAsync(key.Tenant, new StationId(key.Station), 0, ct)).Identity
            ?? await services.Books.NameAsync(key, ct) ?? new StationId(key.Station).ToString();
        var (book, unwritten) = await services.Books.LoadAsync(key, ct);
        (_book, _epoch) = (book, epoch);
        _unwritten.UnionWith(unwritten);
        return book;
    }

    private bool MustWrite(ChargingFact fact, Booked booked) =>
        fact is ChargingFact.Started or ChargingFact.Ended || booked.Cdrs.Count > 0
        || booked.Changed.Any(id => booked.Book.Find(id) is { IsOpen: false })
        || (HasUnwritten && services.Clock.GetElapsedTime(_lastWrite) >= FlushAfter);

    private async ValueTask<List<RowWrite>> UnwrittenRowsAsync(StationBook book, CancellationToken ct)
    {
        var rows = new List<RowWrite>(_unwritten.Count + 1);
        foreach (var id in _unwritten)
        {
            // A session that left the book was written when it ended.
            if (book.Find(id) is not { } session) continue;
            var price = await PriceAsync(session, ct);
            rows.Add(Rows.Of(key, session.Station ?? _station, session, price.Energy, price.Cost));
        }
        rows.Add(Rows.Of(key, book));
        return rows;
    }

    /// <summary>The row, the answer and who listens share what one fact makes of the price.</summary>
    private async ValueTask<PriceSoFar> PriceAsync(Session session, CancellationToken ct)
    {
        var known = _prices.TryGetValue(session.Id, out var found);
        if (known && ReferenceEquals(found.Session, session)) return found.Price;
        var running = known ? found.Running : new RunningPrice();
        PriceSoFar price;
        try { price = await services.Booking.PriceAsync(key.Tenant, session, running, ct); }
        catch (Exception error) when (error is DbException or TimeoutException or StorageUnavailableException)
        {
            // A price that is only shown must not keep what it is about from being recorded; it is asked for again with the next fact.
            services.Costs.NotTold(session, error);
            return new PriceSoFar(MeterJudge.Judge(session).Energy, null, RatingTimeline.EndOf(session), null);
        }
        _prices[session.Id] = (session, price, running);
        return price;
    }

    /// <summary>Tells of the prices that a commit changed, and lets go of what is kept of sessions that ended.</summary>
    private async ValueTask TellAsync(Booked booked, CancellationToken ct)
    {
        foreach (var id in booked.Changed)
        {
            if (booked.Book.Find(id) is not { } session) continue;
            if (services.Costs.IsHeard(key) && session is { StartKnown: true, Phase: SessionPhase.Charging or SessionPhase.Ending or SessionPhase.Completed })
            {
                // The fact is durable: what fails here must not keep its answer back.
                try { services.Costs.Tell(key, session, await PriceAsync(session, ct)); }
                catch (Exception error) when (error is not OutOfMemoryException) { services.Costs.NotTold(session, error); }
            }
            if (!session.IsOpen) _prices.Remove(id);
        }
    }

    /// <summary>What the answer needs: the assigned id, the token's verdict and, for 2.x after the start, the price (2.0.1 I03, E06).</summary>
    private async ValueTask<DeskDecision> DecisionAsync(Booked booked, Decided decided, FactAt fact, CancellationToken ct)
    {
        var token = decided.TokenStatus is { } status ? new TokenVerdictText(status, decided.TokenGroup, decided.TokenValidUntil) : null;
        decimal? cost = null;
        if (fact.Fact is { SeqNo: not null } and not ChargingFact.Started && booked.TransactionId is { } id && booked.Book.Find(id) is { StartKnown: true } session)
            cost = (await PriceAsync(session, ct)).Cost?.Total.InclTax;
        return new DeskDecision(booked.TransactionId, token, cost);
    }
}
