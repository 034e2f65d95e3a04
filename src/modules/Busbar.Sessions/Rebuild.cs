using System.Threading.Channels;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// Replays the journal from the beginning and compares sessions and CDRs with what is stored, byte by byte. The journal is the truth: a difference means
/// that a stored row was changed, lost, or made by other rules.
/// </summary>
internal sealed class Rebuild(JournalReader journal, BookStore books, Booking booking, RoomDbFactory<SessionsDb> rooms, TimeProvider clock)
{
    private const int DifferencesShown = 1_000;

    // Of each worker: enough that the one reader is ahead of all of them, however many rows a station has.
    private const int RowsAhead = 4_096;
    private const int MostWorkers = 8;

    public async Task<RebuildReport> VerifyAsync(CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var queues = Enumerable.Range(0, Math.Min(Environment.ProcessorCount, MostWorkers))
            .Select(_ => Channel.CreateBounded<JournalRow>(new BoundedChannelOptions(RowsAhead) { SingleReader = true, SingleWriter = true })).ToArray();
        var workers = queues.Select(queue => Task.Run(() => ReplayAsync(queue.Reader, failed.Token), ct)).ToArray();
        Task[] all = [DealAsync(queues, failed.Token), .. workers];
        await Task.WhenAll(all.Select(part => EndingAllAsync(part, failed)));
        var report = new Tally();
        foreach (var worker in workers) report.Add(await worker);
        await StrayAsync(report, ct);
        return new RebuildReport(report.Facts, report.Sessions, report.Cdrs, [.. report.Differences.Order(StringComparer.Ordinal)]) { Forgotten = report.Forgotten };
    }

    /// <summary>Stations are independent of each other and stand in the journal one after the other: each goes to the next worker, whole.</summary>
    private async Task DealAsync(Channel<JournalRow>[] queues, CancellationToken ct)
    {
        var (station, turn) = (default(StationKey), -1);
        await foreach (var row in journal.AllAsync(ct))
        {
            if (turn < 0 || row.Key != station) (station, turn) = (row.Key, turn + 1);
            await queues[turn % queues.Length].Writer.WriteAsync(row, ct);
        }
        foreach (var queue in queues) queue.Writer.Complete();
    }

    /// <summary>The reader must not wait for a worker that is gone, nor a worker for the reader.</summary>
    private static async Task EndingAllAsync(Task part, CancellationTokenSource all)
    {
        try { await part; }
        catch
        {
            await all.CancelAsync();
            throw;
        }
    }

    private async Task<Tally> ReplayAsync(ChannelReader<JournalRow> rows, CancellationToken ct)
    {
        var report = new Tally();
        Replay? replay = null;
        await foreach (var row in rows.ReadAllAsync(ct))
        {
            if (replay?.Key != row.Key)
            {
                await CloseAsync(replay, report, ct);
                replay = await OpenAsync(row.Key, ct);
            }
            await replay.ApplyAsync(books.FactOf(row), booking, ct);
            report.Facts++;
        }
        await CloseAsync(replay, report, ct);
        return report;
    }

    private async Task CloseAsync(Replay? replay, Tally report, CancellationToken ct)
    {
        if (replay is not null) replay.Close(await CdrsAsync(replay.Key.Tenant, replay.Sessions, ct), report);
    }

    private async Task<Replay> OpenAsync(StationKey key, CancellationToken ct)
    {
        var station = new StationId(key.Station);
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        // Ordered here: SQLite would rather walk through the whole tenant's rows by their key than sort a few.
        var rows = await db.Sessions.AsNoTracking().Where(row => row.StationId == station).Select(row => new { row.Id, row.Station, row.State }).ToListAsync(ct);
        return new Replay(key, rows.MaxBy(row => row.Id.Value)?.Station ?? station.ToString(), rows.ToDictionary(row => row.Id, row => row.State), clock.GetInstant());
    }

    // By session: CDRs have no index by station, and a walk through all of them for each station would be the square of them.
    private async Task<Dictionary<string, byte[]>> CdrsAsync(TenantId tenant, IEnumerable<SessionId> sessions, CancellationToken ct)
    {
        var cdrs = new Dictionary<string, byte[]>();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        foreach (var some in sessions.Chunk(500))
            foreach (var row in await db.Cdrs.AsNoTracking().Where(row => some.Contains(row.SessionId)).Select(row => new { row.Id, row.Document }).ToListAsync(ct))
                cdrs.Add(row.Id.ToString(), row.Document);
        return cdrs;
    }

    /// <summary>Rows of stations that have no journal at all, and CDRs of no session.</summary>
    private async Task StrayAsync(Tally report, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var sessions = await db.Sessions.CountAsync(ct);
        var cdrs = await db.Cdrs.CountAsync(ct);
        if (sessions > report.Seen) report.Add($"{sessions - report.Seen} stored sessions have no station in the journal");
        if (cdrs > report.SeenCdrs) report.Add($"{cdrs - report.SeenCdrs} stored CDRs have no session in the journal or beside it");
    }

    private sealed class Tally
    {
        public long Facts;
        public int Sessions;
        public int Cdrs;
        public int Seen;
        public int SeenCdrs;
        public int Forgotten;
        public List<string> Differences { get; } = [];

        public void Add(Tally part)
        {
            (Facts, Sessions, Cdrs) = (Facts + part.Facts, Sessions + part.Sessions, Cdrs + part.Cdrs);
            (Seen, SeenCdrs, Forgotten) = (Seen + part.Seen, SeenCdrs + part.SeenCdrs, Forgotten + part.Forgotten);
            foreach (var difference in part.Differences) Add(difference);
        }

        public void Add(string difference)
        {
            if (Differences.Count < DifferencesShown) Differences.Add(difference);
        }
    }

    /// <summary>One station, told again.</summary>
    /// <param name="station">As its rows call it, for the report.</param>
    /// <param name="now">What was over so long before may have been taken (<see cref="SessionsSchema.OverKept"/>, <see cref="CdrRetention"/>).</param>
    private sealed class Replay(StationKey key, string station, Dictionary<SessionId, byte[]> stored, Instant now)
    {
        private readonly Dictionary<SessionId, Session> _sessions = [];
        private readonly Dictionary<SessionId, JournalPlace> _places = stored.ToDictionary(row => row.Key, row => SessionsJson.ReadSession(row.Value).Place);
        private readonly HashSet<SessionId> _same = [];
        private readonly Dictionary<string, (Instant End, byte[] Bytes)> _cdrs = [];
        private StationBook _book = StationBook.Empty;

        public StationKey Key => key;

        /// <summary>Those that were told, and those that are stored.</summary>
        public IEnumerable<SessionId> Sessions => _sessions.Keys.Union(stored.Keys);

        public async Task ApplyAsync(FactAt fact, Booking booking, CancellationToken ct)
        {
            var booked = await booking.ApplyAsync(_book, fact, key.Tenant, id => Task.FromResult(Older(id)), ct);
            _book = booked.Book;
            foreach (var id in booked.Changed)
            {
                if (_book.Find(id) is not { } session) continue;
                _sessions[id] = session;
                // A running session's row may be up to a second behind: it must equal the session as it was at its own place.
                if (_places.TryGetValue(id, out var place) && place == session.Place && stored[id].AsSpan().SequenceEqual(SessionsJson.Write(session))) _same.Add(id);
            }
            foreach (var (session, cdr) in booked.Cdrs) _cdrs[cdr.Id] = (session.EndedAt ?? session.StartedAt, cdr.ToBytes());
        }

        public void Close(Dictionary<string, byte[]> storedCdrs, Tally report)
        {
            foreach (var (id, session) in _sessions)
            {
                if (_same.Contains(id)) continue;
                if (!_places.ContainsKey(id) && session is { Phase: SessionPhase.Completed or SessionPhase.Failed, EndedAt: { } end } && IsForgotten(end, SessionsSchema.OverKept)) report.Forgotten++;
                else if (_places.ContainsKey(id)) report.Add($"session {id} of {station} differs");
                // A running session's first row is written with its start; only one that a crash cut off before the commit's rows can be missing.
                else report.Add($"session {id} of {station} is in the journal and not stored");
            }
            foreach (var id in stored.Keys.Where(id => !_sessions.ContainsKey(id))) report.Add($"session {id} of {station} is stored and not in the journal");
            foreach (var (id, (end, bytes)) in _cdrs)
            {
                if (!storedCdrs.TryGetValue(id, out var document) && IsForgotten(end, CdrRetention.Kept)) report.Forgotten++;
                else if (document is null) report.Add($"CDR {id} of {station} follows from the journal and is not stored");
                else if (!document.AsSpan().SequenceEqual(bytes)) report.Add($"CDR {id} of {station} differs");
            }
            foreach (var id in storedCdrs.Keys.Where(id => !_cdrs.ContainsKey(id))) report.Add($"CDR {id} of {station} is stored and does not follow from the journal");
            report.Sessions += _sessions.Count;
            report.Cdrs += _cdrs.Count;
            report.Seen += stored.Count;
            report.SeenCdrs += storedCdrs.Count;
        }

        private bool IsForgotten(Instant end, RetentionRule rule) => end < now - Duration.FromDays(rule.Least);

        private IReadOnlyList<Session> Older(string transactionId) =>
            [.. _sessions.Values.Where(session => session.TransactionId == transactionId).OrderByDescending(session => session.Id.Value).Take(Generations.Limit)];
    }
}
