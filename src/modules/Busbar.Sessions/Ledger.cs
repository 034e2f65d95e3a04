using Busbar.Sessions.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>The book while one fact is applied to it, and what the fact changed so far.</summary>
internal sealed class Ledger(StationBook book, FactAt at, IReadOnlyList<Session> older)
{
    private readonly List<SessionId> _changed = [];

    public StationBook Book { get; set; } = book;
    public FactAt At => at;
    public string? TransactionId { get; set; }
    public IReadOnlyList<SessionId> Changed => _changed;

    public Session? Find(string transactionId) => Book.Find(transactionId) ?? Generations(transactionId).LastOrDefault();

    public Session? Find(SessionId id) => Book.Find(id) ?? older.FirstOrDefault(session => session.Id == id);

    /// <summary>All sessions of a transaction id, by their start. More than one where a station used it again.</summary>
    public List<Session> Generations(string transactionId)
    {
        var known = Book.Of(transactionId);
        if (older.Count == 0) return known;
        known.AddRange(older.Where(session => session.TransactionId == transactionId && Book.Find(session.Id) is null));
        known.Sort(Session.ByStart);
        return known;
    }

    /// <summary>The session that had a connector at a time: the one that began last before it and is not known to have ended.</summary>
    public Session? SessionAt(int evse, int? connector, Instant time) => Book.On(evse, connector)
        .LastOrDefault(session => session.StartedAt <= time && !(session.OwnEnd < time) && !(session.NextStart <= time));

    /// <summary>Settles a session that changed and writes it back; a change after its end makes a new version.</summary>
    public void Put(Session? before, Session after)
    {
        if (before is not null && after == before) return;
        after = Settlement.Of(after);
        if (before is not null && after == before) return;
        if (before is { IsOpen: false })
        {
            after = (after.Timeline == before.Timeline ? after : after.WithIssue(Issues.LateData)) with { Version = before.Version + 1 };
        }
        after = after with { Place = at.Place };
        Book = Book.With(after);
        if (!_changed.Contains(after.Id)) _changed.Add(after.Id);
    }

    public void KeepOrphan()
    {
        var orphans = Book.Orphans.Add(new Orphan(at.Fact, at.ReceivedAt, at.Place, at.Decided));
        // The oldest go first; their frames stay in the journal.
        Book = Book with { Orphans = orphans.Count > StationBook.OrphanLimit ? orphans.RemoveAt(0) : orphans };
    }
}
