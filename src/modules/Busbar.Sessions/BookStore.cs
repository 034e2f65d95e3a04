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
internal sealed class BookStore(RowReader reader, RoomDbFactory<SessionsDb> rooms, JournalReader journal, IFactReader facts, Booking booking)
{
    private static readonly RowSource<(Guid Station, JournalPlace Place, StoredBook Book)> Books = new(
        SessionsSchema.Books.Table, "station_id, epoch, n, state",
        row => (row.Id<StationId>(0).Value, new JournalPlace(row.Number(1), row.Number(2)), SessionsJson.ReadBook(row.Bytes(3))));

    private static readonly RowSource<(SessionId Id, byte[] State)> States = new(SessionsSchema.Sessions.Table, "id, state", row => (row.Id<SessionId>(0), row.Bytes(1)));

    private static readonly StoredRows Nothing = new(null, default, new Dictionary<SessionId, byte[]>(), []);

    // The rows of many stations are read together; what they say is told station by station.
    private readonly BatchLoader<Guid, StoredRows> _loader = new((tenant, stations, ct) => ReadAsync(reader, journal, tenant, stations, ct));

    /// <param name="Book">Null: nothing was stored yet.</param>
    /// <param name="Place">Where the journal was when the book was stored; its beginning without one.</param>
    /// <param name="States">Of the sessions that the book names.</param>
    /// <param name="Later">The journal's rows that came after the book.</param>
    private sealed record StoredRows(StoredBook? Book, JournalPlace Place, IReadOnlyDictionary<SessionId, byte[]> States, IReadOnlyList<JournalRow> Later);

    /// <summary>The book as the journal has it now. What it answers may be ahead of the stored rows.</summary>
    public async Task<(StationBook Book, IReadOnlyList<SessionId> Unwritten)> LoadAsync(StationKey key, CancellationToken ct)
    {
        var rows = await _loader.LoadAsync(key.Tenant, key.Station, ct) ?? throw new InvalidOperationException($"The book of station {key.Station} was not read.");
        var book = await BookOfAsync(key, rows, ct);
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
        var rows = await reader.ReadNewestAsync(
            TenantScope.Of(key.Tenant), States, Generations.Limit, ct, new RowMatch("station_id", new[] { key.Station }), RowMatch.Texts("transaction_id", FoundBy.Transaction(transactionId)));
        return [.. rows.Select(row => SessionsJson.ReadSession(row.State))];
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

    private static async Task<IReadOnlyDictionary<Guid, StoredRows>> ReadAsync(
        RowReader reader, JournalReader journal, TenantId tenant, Guid[] stations, CancellationToken ct)
    {
        var stored = await StoredAsync(reader, tenant, stations, ct);
        var found = stations.ToDictionary(id => id, id => stored.GetValueOrDefault(id, Nothing));
        // After the books: what came since then is read twice rather than not at all.
        var later = await journal.AfterAsync(tenant, [.. found.Select(rows => new JournalPosition(rows.Key, rows.Value.Place.Epoch, rows.Value.Place.N))], ct);
        return found.ToDictionary(rows => rows.Key, rows => rows.Value with { Later = [.. later[rows.Key]] });
    }

    private static async Task<Dictionary<Guid, StoredRows>> StoredAsync(RowReader reader, TenantId tenant, Guid[] stations, CancellationToken ct)
    {
        var scope = TenantScope.Of(tenant);
        var books = await reader.ReadAsync(scope, Books, ct, new RowMatch("station_id", stations));
        var ids = books.SelectMany(row => row.Book.Open.Concat(row.Book.Recent));
        var states = (await reader.ReadAsync(scope, States, ct, RowMatch.Ids("id", ids))).ToDictionary(row => row.Id, row => row.State);
        return books.ToDictionary(row => row.Station, row => new StoredRows(row.Book, row.Place, states, []));
    }

    private async Task<StationBook> BookOfAsync(StationKey key, StoredRows rows, CancellationToken ct)
    {
        if (rows.Book is not { } stored) return StationBook.Empty;
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
            // One that was over for years may have been taken since; whether one is missing that should not, `rebuild --verify` finds.
            Recent = [.. stored.Recent.Where(states.ContainsKey).Select(id => SessionsJson.ReadSession(states[id]))],
            Orphans = [.. orphans],
            Connectors = stored.Connectors,
            Place = rows.Place,
        };
    }
}
