using System.Collections.Immutable;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>A fact that belongs to no session that we know of. It is kept, shown, and given to a session that it fits as soon as there is one.</summary>
/// <remarks>One that a session adopted stays here too, as long as there is room: later facts may show that it is another session's.</remarks>
internal sealed record Orphan(ChargingFact Fact, Instant ReceivedAt, JournalPlace Place, Decided Decided)
{
    public string? TransactionId => Booking.TransactionOf(Fact);
}

/// <summary>What a connector said about itself, lately: a session whose start is told later begins with it.</summary>
internal sealed record ConnectorHistory(int Evse, int Connector, AppendList<StateMark> Marks, AppendList<Reading> Readings)
{
    public const int Limit = 32;

    public ConnectorHistory With(StateMark mark) => this with { Marks = Newest(new SessionTimeline(AppendList<Reading>.Empty, Marks).With(mark).States) };

    public ConnectorHistory With(Reading reading) => this with { Readings = Newest(new SessionTimeline(Readings, AppendList<StateMark>.Empty).With(reading).Readings) };

    private static AppendList<T> Newest<T>(AppendList<T> items) => items.Count > Limit ? AppendList<T>.Of(items.Skip(items.Count - Limit)) : items;
}

/// <summary>
/// Everything about one station's charging that a next fact may depend on: its open sessions, the few that ended last, recent connector states,
/// and facts without a session. A pure function of the station's journal.
/// </summary>
internal sealed record StationBook
{
    /// <summary>Ended sessions that stay at hand, for what arrives late; older ones are looked up by their transaction id.</summary>
    public const int RecentSessions = 4;

    public const int OrphanLimit = 64;

    /// <summary>More transactions at once than any station has; beyond it the oldest are closed and held.</summary>
    public const int OpenLimit = 256;

    public const int ConnectorLimit = 256;

    public static StationBook Empty { get; } = new();

    /// <summary>Boots so far: a 1.6 start with an unset clock is told apart by it.</summary>
    public int BootSession { get; init; }

    // Arrays: a station has a handful of either, and they are gone through with every fact.
    public ImmutableArray<Session> Open { get; init; } = [];

    /// <summary>Oldest first.</summary>
    public ImmutableArray<Session> Recent { get; init; } = [];
    public ImmutableList<Orphan> Orphans { get; init; } = [];
    public ImmutableList<ConnectorHistory> Connectors { get; init; } = [];
    public JournalPlace Place { get; init; }

    /// <summary>Open and recent ones.</summary>
    public IEnumerable<Session> Sessions => Open.Concat(Recent);

    /// <summary>The session of a transaction id; the one that began last where a station used it again.</summary>
    public Session? Find(string transactionId) => Of(transactionId) is [.., var last] ? last : null;

    /// <summary>All sessions of a transaction id, by their start.</summary>
    public List<Session> Of(string transactionId) => Where(session => session.TransactionId == transactionId);

    public Session? Find(SessionId id) => IndexOf(Open, id) is var open and >= 0 ? Open[open] : IndexOf(Recent, id) is var recent and >= 0 ? Recent[recent] : null;

    /// <summary>Sessions for which this holds, by their start.</summary>
    public List<Session> Where(Func<Session, bool> holds)
    {
        var found = new List<Session>();
        foreach (var session in Open)
            if (holds(session)) found.Add(session);
        foreach (var session in Recent)
            if (holds(session)) found.Add(session);
        if (found.Count > 1) found.Sort(Session.ByStart);
        return found;
    }

    /// <summary>Sessions whose start on this connector is known, by that start; in 2.x the connector may not be known yet.</summary>
    public List<Session> On(int evse, int? connector) =>
        Where(session => session.StartKnown && session.Evse == evse && (connector is null || session.Connector == 0 || session.Connector == connector));

    public StationBook With(Session session)
    {
        var (open, recent) = (IndexOf(Open, session.Id), IndexOf(Recent, session.Id));
        return session.IsOpen
            ? this with { Open = open < 0 ? Open.Add(session) : Open.SetItem(open, session), Recent = recent < 0 ? Recent : Recent.RemoveAt(recent) }
            : this with { Open = open < 0 ? Open : Open.RemoveAt(open), Recent = recent < 0 ? Recent.Add(session) : Recent.SetItem(recent, session) };
    }

    /// <summary>Lets go of what ended long ago. Before a fact, never after it: what a fact changed stays at hand until it is written.</summary>
    public StationBook Trimmed() => Recent.Length <= RecentSessions ? this : this with { Recent = Recent.RemoveRange(0, Recent.Length - RecentSessions) };

    public StationBook With(int evse, int connector, Func<ConnectorHistory, ConnectorHistory> change)
    {
        var index = Connectors.FindIndex(history => history.Evse == evse && history.Connector == connector);
        var changed = change(index < 0 ? new ConnectorHistory(evse, connector, AppendList<StateMark>.Empty, AppendList<Reading>.Empty) : Connectors[index]);
        // The one that was heard last stands last; a station that names ever new connectors loses the others.
        var others = index < 0 ? Connectors : Connectors.RemoveAt(index);
        return this with { Connectors = (others.Count < ConnectorLimit ? others : others.RemoveAt(0)).Add(changed) };
    }

    public ConnectorHistory? HistoryOf(int evse, int connector) => Connectors.Find(history => history.Evse == evse && history.Connector == connector);

    private static int IndexOf(ImmutableArray<Session> sessions, SessionId id)
    {
        for (var i = 0; i < sessions.Length; i++)
            if (sessions[i].Id == id) return i;
        return -1;
    }
}
