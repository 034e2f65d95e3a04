using System.Globalization;
using System.Text;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What a journal may be robbed of, to show that a test notices.</summary>
internal enum Sabotage
{
    None,

    /// <summary>Repeats are known by their message id alone.</summary>
    DedupesByMessageId,

    /// <summary>Facts with an unknown transaction id are acknowledged and forgotten.</summary>
    DropsUnknownTransactions,

    /// <summary>What comes after the end is acknowledged and forgotten.</summary>
    DropsAfterEnd,

    /// <summary>Times are those of receipt.</summary>
    OrdersByArrival,

    /// <summary>A transaction id is one session for ever.</summary>
    MergesReusedIds,
}

/// <summary>A frame of a station, and the fact that its dialect made of it.</summary>
internal sealed record Frame(ChargingFact Fact, int Protocol, string Action, byte[] Raw);

/// <summary>
/// One station's journal in memory, driven as the station's desk drives the real one: natural key, stored answer, rules, bill; nothing is kept of a
/// fact that was there already.
/// </summary>
internal sealed class Journal(Sabotage sabotage = Sabotage.None, Power? rated = null, Func<PresentedToken, string>? judge = null)
{
    private static readonly FactReader Reader = new();

    public static readonly StationKey Key = new(new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000001")), Guid.Parse("01890000-0000-7000-8000-000000000002"));

    private static readonly Booking Booking = new(new OneTariff(), new Market(new OneTariff(), new NoMarket()));

    private readonly Dictionary<string, string> _answers = [];
    private readonly Dictionary<SessionId, Session> _sessions = [];
    private long _n;

    public long Epoch { get; set; } = 1;

    /// <summary>The transaction id for a start; by default the next one of its connector.</summary>
    public Func<ChargingFact.Started, string?>? Assign { get; init; }

    /// <summary>Tells stations with the same frames apart.</summary>
    public int Station { get; init; }
    public StationBook Book { get; private set; } = StationBook.Empty;
    public List<Cdr> Cdrs { get; } = [];
    public List<(FactAt Fact, Frame Frame)> Rows { get; } = [];
    public IEnumerable<FactAt> Facts => Rows.Select(row => row.Fact);

    /// <summary>Every session that the journal ever spoke of, as it stands now.</summary>
    public IReadOnlyCollection<Session> Sessions => _sessions.Values;

    /// <summary>Orphans that no session has adopted.</summary>
    public IReadOnlyList<Orphan> Orphans =>
        [.. Book.Orphans.Where(orphan => !_sessions.Values.Any(session => session.Adopted.Any(adoption => adoption.Place == orphan.Place)))];

    /// <summary>The CDRs that still speak for their sessions.</summary>
    public IReadOnlyList<Cdr> Live => [.. Cdrs.Where(cdr => cdr.CreditOf is null && !Cdrs.Exists(other => other.CreditOf == cdr.Id))];

    /// <summary>The transaction id that the n-th start on a connector is given.</summary>
    public static string IdOf(int connector, int start = 0) => (1_000 + connector + 100 * start).ToString(CultureInfo.InvariantCulture);

    /// <returns>The answer's text: of a repeat, the one that was stored.</returns>
    public string Tell(Frame frame, Instant receivedAt, string? messageId = null)
    {
        var n = ++_n;
        var fact = sabotage == Sabotage.OrdersByArrival ? frame.Fact with { Time = StationTime.Missing } : frame.Fact;
        var told = new FactFrame(fact, n, frame.Protocol, frame.Action, messageId ?? n.ToString(CultureInfo.InvariantCulture), frame.Raw, receivedAt);
        var key = sabotage == Sabotage.DedupesByMessageId ? told.MessageId : Convert.ToHexString(NaturalKeys.Of(told, Epoch, Book));
        if (_answers.TryGetValue(key, out var stored)) return stored;
        if (IsSuppressed(fact)) return _answers[key] = "";
        var at = Booking.FactOf(new StationKey(Key.Tenant, new Guid(Station, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10])), Epoch, Renamed(fact), n, receivedAt, DecidedOn(fact));
        var answer = Apply(at, frame);
        return _answers[key] = $"{answer}/{at.Decided.TokenStatus}";
    }

    public string? Apply(FactAt at, Frame frame)
    {
        Rows.Add((at, frame));
        var booked = Booking.ApplyAsync(Book, at, Key.Tenant, id => Task.FromResult(Older(id)), default).AsTask().GetAwaiter().GetResult();
        Book = booked.Book;
        foreach (var id in booked.Changed) _sessions[id] = Book.Find(id) ?? throw new InvalidOperationException($"The changed session {id} is not in the book.");
        Cdrs.AddRange(booked.Cdrs.Select(issued => issued.Cdr));
        return booked.TransactionId;
    }

    /// <summary>Stores the book and its sessions as bytes, and loads them again.</summary>
    public void Restart(bool keepsOrphans = true, bool keepsStates = true)
    {
        var stored = SessionsJson.ReadBook(SessionsJson.Write(StoredBook.Of(Book)));
        foreach (var id in _sessions.Keys.ToArray()) _sessions[id] = SessionsJson.ReadSession(SessionsJson.Write(_sessions[id]));
        Book = new StationBook
        {
            BootSession = stored.BootSession,
            Open = [.. stored.Open.Select(id => _sessions[id])],
            Recent = [.. stored.Recent.Select(id => _sessions[id])],
            Orphans = [.. stored.Orphans.Where(_ => keepsOrphans).Select(place => Rows.Find(row => row.Fact.Place == place)).Select(row =>
                new Orphan(Reader.Read(row.Frame.Protocol, row.Frame.Action, row.Frame.Raw, row.Fact.ReceivedAt), row.Fact.ReceivedAt, row.Fact.Place, row.Fact.Decided))],
            Connectors = keepsStates ? stored.Connectors : [],
            Place = Book.Place,
        };
    }

    private Decided DecidedOn(ChargingFact fact)
    {
        var token = fact switch { ChargingFact.Started start => start.Token, ChargingFact.Updated update => update.Token, ChargingFact.Ended end => end.Token, _ => null };
        var status = token is null ? null : judge?.Invoke(token) ?? "Accepted";
        if (fact is not ChargingFact.Started started) return status is null ? Decided.Nothing : new Decided { TokenStatus = status };
        return new Decided
        {
            TransactionId = started.TransactionId is null ? Assign?.Invoke(started) ?? FreeId(started.Connector is null ? 0 : started.Evse ?? 0) : null,
            TokenStatus = status,
            Tariff = OneTariff.Pin,
            Station = "CS-1",
            Zone = "Europe/Berlin",
            RatedPower = rated ?? Power.FromWatts(22_000),
        };
    }

    private string FreeId(int connector)
    {
        for (var start = 0; ; start++)
        {
            if (_sessions.Values.All(session => session.TransactionId != IdOf(connector, start))) return IdOf(connector, start);
        }
    }

    private IReadOnlyList<Session> Older(string transactionId) =>
        [.. _sessions.Values.Where(session => session.TransactionId == transactionId).OrderByDescending(session => session.Id.Value).Take(Generations.Limit)];

    private bool IsSuppressed(ChargingFact fact)
    {
        if (Booking.TransactionOf(fact) is not { } id || fact is ChargingFact.Started) return false;
        var known = _sessions.Values.Where(session => session.TransactionId == id).ToList();
        return (sabotage == Sabotage.DropsUnknownTransactions && known.Count == 0)
            || (sabotage == Sabotage.DropsAfterEnd && known.Exists(session => session.EndedAt is not null));
    }

    private ChargingFact Renamed(ChargingFact fact) =>
        sabotage == Sabotage.MergesReusedIds && fact is ChargingFact.Started { TransactionId: { } id } start && _sessions.Values.FirstOrDefault(session => session.TransactionId == id && session.StartKnown) is { } known
            ? start with { Time = new StationTime(known.StartedAt, known.StartRaw ?? "", ClockQuality.Plausible) } : fact;

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

internal static class CdrContent
{
    /// <summary>All that a CDR says, without the ids that depend on which fact came first.</summary>
    public static string Of(Cdr cdr) => (cdr with { SessionId = "" }).ContentHash();
}

internal static class SessionContent
{
    /// <summary>All that a session says, without what tells how its facts came: places, versions, CDRs, and the issues that speak of arrival.</summary>
    public static string Of(Session session) => System.Text.Encoding.UTF8.GetString(SessionsJson.Write(session with
    {
        Id = default,
        FirstPlace = default,
        Place = default,
        Version = 0,
        Cdr = null,
        CdrContent = null,
        CdrLast = null,
        BootSession = 0,
        Issues = IssueSet.Of(session.Issues.Except([Issues.LateData, Issues.ToldLate, Issues.ClockAhead])),
    }));
}
