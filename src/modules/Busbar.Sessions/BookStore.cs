using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Sessions;

/// <summary>Reads a station's book: its stored state, and the journal's rows that came after.</summary>
internal sealed class BookStore(RoomDbFactory<SessionsDb> rooms, JournalReader journal, IFactReader facts, Booking booking)
{
    // The rows of many stations are read together; what they say is told station by station.
    private readonly BatchLoader<StationKey, StoredRows> _loader = new((keys, ct) => ReadAsync(rooms, journal, keys, ct));

    /// <param name="Book">Null: nothing was stored yet.</param>
    /// <param name="States">Of the sessions that the book names.</param>
    /// <param name="Later">The journal's rows that came after the book.</param>
    private sealed record StoredRows(BookRow? Book, StoredBook? Stored, IReadOnlyDictionary<SessionId, byte[]> States, IReadOnlyList<JournalRow> Later);

    /// <summary>The book as the journal has it now. What it answers may be ahead of the stored rows.</summary>
    public async Task<(StationBook Book, IReadOnlyList<SessionId> Unwritten)> LoadAsync(StationKey key, CancellationToken ct)
    {
        var rows = await _loader.LoadAsync(key, ct) ?? throw new InvalidOperationException($"The book of station {key.Station} was not read.");
        var book = await StoredAsync(key, rows, ct);
        var unwritten = new HashSet<SessionId>();
        foreach (var row in rows.Later)
        {
            var fact = FactOf(row);
            var step = await booking.ApplyAsync(book, fact, key.Tenant, id => FindAsync(key, id, ct), ct);
            book = step.Book;
            unwritten.UnionWith(step.Changed);
        }
        return (book, [.. unwritten]);
    }

    /// <summary>The sessions of a transaction id of this station, in the book or not; of one that was used again and again the newest <see cref="Generations.Limit"/>.</summary>
    public async Task<IReadOnlyList<Session>> FindAsync(StationKey key, string transactionId, CancellationToken ct)
    {
        var station = new StationId(key.Station);
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        var states = await db.Sessions.AsNoTracking().Where(row => row.StationId == station && row.TransactionId == transactionId)
            .OrderByDescending(row => row.Id).Take(Generations.Limit).Select(row => row.State).ToListAsync(ct);
        return [.. states.Select(state => SessionsJson.ReadSession(state))];
    }

    /// <summary>The station's name in its newest row, for a station that was deleted; null where it has none.</summary>
    public async Task<string?> NameAsync(StationKey key, CancellationToken ct)
    {
        var station = new StationId(key.Station);
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        return await db.Sessions.AsNoTracking().Where(row => row.StationId == station).OrderByDescending(row => row.Id).Select(row => row.Station).FirstOrDefaultAsync(ct);
    }

    public FactAt FactOf(JournalRow row) => Booking.FactOf(row.Key, row.Epoch, facts.Read(row.Entry.Protocol, row.Entry.Action, row.Entry.Raw, row.Entry.ReceivedAt), row.Entry.N,
        row.Entry.ReceivedAt, SessionsJson.ReadDecided(row.Entry.Decided.Span));

    private static async Task<IReadOnlyDictionary<StationKey, StoredRows>> ReadAsync(
        RoomDbFactory<SessionsDb> rooms, JournalReader journal, IReadOnlyList<StationKey> keys, CancellationToken ct)
    {
        var found = new Dictionary<StationKey, StoredRows>(keys.Count);
        foreach (var some in keys.GroupBy(key => key.Tenant, key => key.Station))
        {
            var books = await BooksAsync(rooms, some.Key, [.. some.Select(id => new StationId(id))], ct);
            // After the books: what came since then is read twice rather than not at all.
            var later = await journal.AfterAsync(some.Key, [.. some.Select(id => At(id, books.GetValueOrDefault(id)?.Book))], ct);
            foreach (var id in some) found[new StationKey(some.Key, id)] = (books.GetValueOrDefault(id) ?? Nothing) with { Later = [.. later[id]] };
        }
        return found;
    }

    private static readonly StoredRows Nothing = new(null, null, new Dictionary<SessionId, byte[]>(), []);

    private static JournalPosition At(Guid station, BookRow? book) => new(station, book?.Epoch ?? 0, book?.N ?? 0);

    private static async Task<Dictionary<Guid, StoredRows>> BooksAsync(RoomDbFactory<SessionsDb> rooms, TenantId tenant, StationId[] stations, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var books = await db.Books.AsNoTracking().Where(book => stations.Contains(book.StationId)).ToListAsync(ct);
        var stored = books.ToDictionary(book => book.StationId.Value, book => SessionsJson.ReadBook(book.State));
        SessionId[] ids = [.. stored.Values.SelectMany(book => book.Open.Concat(book.Recent))];
        var states = ids.Length == 0 ? [] : await db.Sessions.AsNoTracking().Where(session => ids.Contains(session.Id)).ToDictionaryAsync(session => session.Id, session => session.State, ct);
        return books.ToDictionary(book => book.StationId.Value, book => new StoredRows(book, stored[book.StationId.Value], states, []));
    }

    private async Task<StationBook> StoredAsync(StationKey key, StoredRows rows, CancellationToken ct)
    {
        if (rows is not { Book: { } row, Stored: { } stored }) return StationBook.Empty;
        var states = rows.States;
        var orphans = new List<Orphan>();
        foreach (var place in stored.Orphans)
        {
            if (await journal.FindAsync(key, place.Epoch, place.N, ct) is not { } entry)
                throw new InvalidOperationException($"The book of station {key.Station} names {place}, which the journal does not have.");
            var fact = FactOf(entry);
            orphans.Add(new Orphan(fact.Fact, fact.ReceivedAt, fact.Place, fact.Decided));
        }
        return new StationBook
        {
            BootSession = stored.BootSession,
            Open = [.. stored.Open.Select(id => SessionsJson.ReadSession(states[id]))],
            Recent = [.. stored.Recent.Select(id => SessionsJson.ReadSession(states[id]))],
            Orphans = [.. orphans],
            Connectors = stored.Connectors,
            Place = new JournalPlace(row.Epoch, row.N),
        };
    }
}
