using System.Runtime.CompilerServices;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <summary>What a list is narrowed to.</summary>
/// <param name="State">Of sessions: <c>now</c>, <c>held</c>, <c>done</c>; null: all.</param>
/// <param name="Search">A station, a token, a transaction or an id.</param>
/// <param name="From">When a session started, or a record's charging ended.</param>
/// <param name="To">Excluded.</param>
internal sealed record SessionFilter(string? State, string? Search, Instant? From = null, Instant? To = null)
{
    /// <summary>As it stands in an address: for the page, and for its file.</summary>
    public static SessionFilter Of(string? state, string? search, DateRange days, DateTimeZone zone) => new(state, search, days.Start(zone), days.End(zone));
}

/// <param name="Standing">Whether it still speaks for its session.</param>
internal sealed record CdrLine(CdrRow Row, CdrStanding Standing);

/// <summary>Reads the lists of this room: some rows for a page, all of them for a file.</summary>
internal sealed class SessionLists(RoomDbFactory<SessionsDb> rooms, LiveSessions live, SessionReach within, ITenants tenants, TimeProvider clock)
{
    private const int Step = 1_000;

    public async Task<GridRows<SessionRow>> ListAsync(Caller caller, Reach reach, SessionFilter filter, int from, int count, CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = Narrowed(db.Sessions.AsNoTracking().At(stations), filter);
        var total = await rows.CountAsync(ct);
        var found = await rows.OrderByDescending(row => row.StartedAt).ThenByDescending(row => row.Id).Skip(from).Take(count).ToListAsync(ct);
        return new GridRows<SessionRow>(await live.NowAsync(found, ct), total);
    }

    public async Task<GridRows<CdrLine>> CdrsAsync(Caller caller, Reach reach, SessionFilter filter, int from, int count, CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = Narrowed(db.Cdrs.AsNoTracking().At(stations), filter);
        var total = await rows.CountAsync(ct);
        return new GridRows<CdrLine>(await StandingAsync(db, await rows.OrderByDescending(row => row.EndedAt).ThenByDescending(row => row.Id).Skip(from).Take(count).ToListAsync(ct), ct), total);
    }

    private static async Task<IReadOnlyList<CdrLine>> StandingAsync(SessionsDb db, List<CdrRow> rows, CancellationToken ct)
    {
        var sessions = rows.ConvertAll(row => row.SessionId);
        var credited = (await db.Cdrs.AsNoTracking().Where(row => sessions.Contains(row.SessionId) && row.CreditOf != null).Select(row => row.CreditOf).ToListAsync(ct)).ToHashSet();
        return [.. rows.Select(row => new CdrLine(row, row.CreditOf is not null ? CdrStanding.Credit : credited.Contains(row.Id) ? CdrStanding.Credited : CdrStanding.Record))];
    }

    /// <summary>What an address narrows a list to, on the tenant's calendar.</summary>
    public SessionFilter FilterOf(FileRequest request)
    {
        var zone = ZoneOf(request.Caller.Tenant);
        return SessionFilter.Of(request["state"], request["q"], DateRange.Read(request["when"], request["from"], request["to"], clock.GetInstant().InZone(zone).Date), zone);
    }

    public DateTimeZone ZoneOf(TenantId tenant) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(tenants.Find(tenant)?.TimeZone ?? "") ?? DateTimeZone.Utc;

    public async Task<long> CountAsync(Caller caller, Reach reach, SessionFilter filter, CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await Narrowed(db.Sessions.AsNoTracking().At(stations), filter).LongCountAsync(ct);
    }

    public async Task<long> CountCdrsAsync(Caller caller, Reach reach, SessionFilter filter, CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await Narrowed(db.Cdrs.AsNoTracking().At(stations), filter).LongCountAsync(ct);
    }

    /// <summary>All of them, newest first. A step goes on after the last row of the one before: what begins meanwhile moves nothing.</summary>
    public async IAsyncEnumerable<SessionRow> AllAsync(Caller caller, Reach reach, SessionFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        SessionRow? last = null;
        List<SessionRow> some;
        do
        {
            await using (var db = await rooms.OpenAsync(caller.Rows, ct))
            {
                var rows = Narrowed(db.Sessions.AsNoTracking().At(stations), filter);
                if (last is { StartedAt: var at, Id: var id }) rows = rows.Where(row => row.StartedAt <= at && (row.StartedAt < at || row.Id < id));
                some = await rows.OrderByDescending(row => row.StartedAt).ThenByDescending(row => row.Id).Take(Step).ToListAsync(ct);
            }
            foreach (var row in some) yield return last = row;
        }
        while (some.Count == Step);
    }

    /// <inheritdoc cref="AllAsync" />
    public async IAsyncEnumerable<CdrLine> AllCdrsAsync(Caller caller, Reach reach, SessionFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        CdrRow? last = null;
        IReadOnlyList<CdrLine> some;
        do
        {
            await using (var db = await rooms.OpenAsync(caller.Rows, ct))
            {
                var rows = Narrowed(db.Cdrs.AsNoTracking().At(stations), filter);
                if (last is { EndedAt: var at, Id: var id }) rows = rows.Where(row => row.EndedAt <= at && (row.EndedAt < at || row.Id < id));
                some = await StandingAsync(db, await rows.OrderByDescending(row => row.EndedAt).ThenByDescending(row => row.Id).Take(Step).ToListAsync(ct), ct);
            }
            foreach (var line in some)
            {
                last = line.Row;
                yield return line;
            }
        }
        while (some.Count == Step);
    }

    private static IQueryable<SessionRow> Narrowed(IQueryable<SessionRow> rows, SessionFilter filter)
    {
        rows = filter.State switch
        {
            "now" => rows.Where(SessionsSchema.Unfinished).Where(SessionsSchema.GoesOn),
            "held" => rows.Where(SessionsSchema.Unfinished).Where(row => row.Status == SessionStatus.Held),
            "done" => rows.Where(row => row.Status == SessionStatus.Completed || row.Status == SessionStatus.Failed),
            _ => rows,
        };
        if (filter.Search is { } search)
        {
            // PostgreSQL has no U+0000 in text.
            if (search.Contains('\0', StringComparison.Ordinal)) return rows.Where(row => false);
            var (token, transaction) = (FoundBy.Token(search), FoundBy.Transaction(search));
            rows = TypedId.TryParse<SessionId>(search, out var id)
                ? rows.Where(row => row.Id == id)
                : rows.Where(row => row.Station == search || row.TokenKey == token || row.TransactionId == transaction);
        }
        if (filter.From is { } from) rows = rows.Where(row => row.StartedAt >= from);
        if (filter.To is { } to) rows = rows.Where(row => row.StartedAt < to);
        return rows;
    }

    private static IQueryable<CdrRow> Narrowed(IQueryable<CdrRow> rows, SessionFilter filter)
    {
        if (filter.Search is { } search)
        {
            if (search.Contains('\0', StringComparison.Ordinal)) return rows.Where(row => false);
            rows = TypedId.TryParse<CdrId>(search, out var id) ? rows.Where(row => row.Id == id)
                : TypedId.TryParse<SessionId>(search, out var session) ? rows.Where(row => row.SessionId == session)
                : rows.Where(row => row.Station == search);
        }
        if (filter.From is { } from) rows = rows.Where(row => row.EndedAt >= from);
        if (filter.To is { } to) rows = rows.Where(row => row.EndedAt < to);
        return rows;
    }
}
