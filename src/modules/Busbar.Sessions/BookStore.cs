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
    /// <summary>The book as the journal has it now. What it answers may be ahead of the stored rows.</summary>
    public async Task<(StationBook Book, IReadOnlyList<SessionId> Unwritten)> LoadAsync(StationKey key, CancellationToken ct)
    {
        var book = await StoredAsync(key, ct);
        var unwritten = new HashSet<SessionId>();
        await foreach (var row in journal.AfterAsync(key, book.Place.Epoch, book.Place.N, ct))
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

    private async Task<StationBook> StoredAsync(StationKey key, CancellationToken ct)
    {
        var station = new StationId(key.Station);
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        var row = await db.Books.AsNoTracking().FirstOrDefaultAsync(book => book.StationId == station, ct);
        if (row is null) return StationBook.Empty;
        var stored = SessionsJson.ReadBook(row.State);
        SessionId[] ids = [.. stored.Open, .. stored.Recent];
        var states = await db.Sessions.AsNoTracking().Where(session => ids.Contains(session.Id)).ToDictionaryAsync(session => session.Id, session => session.State, ct);
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
