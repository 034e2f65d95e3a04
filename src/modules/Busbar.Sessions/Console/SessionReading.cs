using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Api;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <summary>All that a session's page shows.</summary>
/// <param name="Lines">Of the CDR that speaks for it, or so far.</param>
/// <param name="Total">Of these lines; null where there is no price.</param>
/// <param name="Why">For each period of the price, which conditions held; only while the tariff is known.</param>
/// <param name="Facts">What it was told by; null: nobody asked.</param>
internal sealed record SessionSheet(
    SessionRow Row, Session Session, TimelineView Timeline, IReadOnlyList<PriceLine> Lines, PriceTotal? Total, IReadOnlyList<TraceEntry> Why, IReadOnlyList<Cdr> Cdrs,
    IReadOnlyList<FactView>? Facts)
{
    /// <summary>Lines, prices and their reasons are the CDR's to tell, as through the API.</summary>
    public bool TellsPrices { get; init; }

    public CdrStanding StandingOf(Cdr cdr) =>
        cdr.CreditOf is not null ? CdrStanding.Credit : Cdrs.Any(other => other.CreditOf == cdr.Id) ? CdrStanding.Credited : CdrStanding.Record;
}

/// <summary>What is going on, and what waits for a person.</summary>
internal sealed record SessionsNow(int Open, Energy Today, int StartedToday, IReadOnlyList<SessionRow> Held, int HeldInAll);

/// <summary>Reads the pages of this room.</summary>
internal sealed class SessionReading
{
    private const int HeldShown = 5;

    private readonly RoomDbFactory<SessionsDb> _rooms;
    private readonly SessionReach _within;
    private readonly LiveSessions _live;
    private readonly ITariffBook _tariffs;
    private readonly SessionFacts _facts;
    private readonly Market _market;
    private readonly ITenants _tenants;
    private readonly TimeProvider _clock;
    private readonly SharedLook<SessionsNow> _now;

    public SessionReading(RoomDbFactory<SessionsDb> rooms, SessionReach within, LiveSessions live, ITariffBook tariffs, SessionFacts facts, Market market, ITenants tenants, TimeProvider clock)
    {
        (_rooms, _within, _live, _tariffs, _facts, _market, _tenants, _clock) = (rooms, within, live, tariffs, facts, market, tenants, clock);
        _now = new SharedLook<SessionsNow>(clock, (tenant, ct) => LookAsync(tenant, null, ct));
    }

    /// <param name="withFacts">Its messages too: they are read from the journal.</param>
    /// <returns>Null: there is no such session within the reach.</returns>
    public async Task<SessionSheet?> ReadAsync(Caller caller, Reach reach, string id, bool withFacts, CancellationToken ct)
    {
        if (!TypedId.TryParse<SessionId>(id, out var session)) return null;
        SessionRow? row;
        List<CdrRow> cdrs;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            row = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == session, ct);
            cdrs = !caller.Within(Scope.CdrsRead).IsNowhere ? await db.Cdrs.AsNoTracking().Where(candidate => candidate.SessionId == session).OrderBy(candidate => candidate.Version).ToListAsync(ct) : [];
        }
        if (row is null || !await _within.CoversAsync(row.TenantId, reach, row.StationId, ct)) return null;
        var tellsPrices = await _within.CoversAsync(row.TenantId, caller.Within(Scope.CdrsRead), row.StationId, ct);
        if (!tellsPrices) cdrs = [];
        row = await _live.NowAsync(row, ct);
        var state = SessionsJson.ReadSession(row.State);
        var documents = cdrs.ConvertAll(cdr => Cdr.Read(cdr.Document));
        var priced = tellsPrices ? await PriceAsync(row.TenantId, state, ct) : null;
        var speaking = state.Cdr is { } current ? documents.Find(cdr => cdr.Id == current.Id.ToString() && cdr.CreditOf is null) : null;
        var sheet = speaking is null && priced is not null ? PriceSheet.Of(priced) : null;
        return new SessionSheet(row, state, TimelineView.Of(state), speaking?.Lines ?? sheet?.Lines ?? [], speaking is null ? sheet?.TotalCost : speaking.TotalCost, priced?.Trace ?? [], documents,
            withFacts ? await _facts.OfAsync(row, caller, ct) : null)
        {
            TellsPrices = tellsPrices,
        };
    }

    public async Task<IReadOnlyList<SessionRow>> AtAsync(Caller caller, StationId station, int count, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        return await _live.NowAsync(await db.Sessions.AsNoTracking().Where(row => row.StationId == station).OrderByDescending(row => row.Id).Take(count).ToListAsync(ct), ct);
    }

    /// <summary>Those that were begun with a token, newest first.</summary>
    public async Task<IReadOnlyList<SessionRow>> WithAsync(Caller caller, string uid, int count, CancellationToken ct)
    {
        var key = FoundBy.Token(uid);
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        return await _live.NowAsync(await db.Sessions.AsNoTracking().Where(row => row.TokenKey == key).OrderByDescending(row => row.StartedAt).Take(count).ToListAsync(ct), ct);
    }

    /// <summary>Who looks at the whole tenant shares it with all others.</summary>
    public async Task<SessionsNow> NowAsync(TenantId tenant, Reach reach, CancellationToken ct) =>
        await _within.StationsAsync(tenant, reach, ct) is { } stations ? await LookAsync(tenant, stations, ct) : await _now.OfAsync(tenant, ct);

    /// <param name="stations">Null: of all stations.</param>
    private async Task<SessionsNow> LookAsync(TenantId tenant, IReadOnlyList<StationId>? stations, CancellationToken ct)
    {
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(_tenants.Find(tenant)?.TimeZone ?? "") ?? DateTimeZone.Utc;
        var today = zone.AtStartOfDay(_clock.GetInstant().InZone(zone).Date).ToInstant();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var rows = db.Sessions.AsNoTracking().At(stations);
        var unfinished = rows.Where(SessionsSchema.Unfinished);
        var open = await unfinished.CountAsync(SessionsSchema.GoesOn, ct);
        var energies = await rows.Where(row => row.StartedAt >= today).Select(row => row.Energy).ToListAsync(ct);
        var held = unfinished.Where(row => row.Status == SessionStatus.Held);
        return new SessionsNow(open, energies.Aggregate(Energy.Zero, (sum, energy) => sum + energy), energies.Count,
            await held.OrderByDescending(row => row.Id).Take(HeldShown).ToListAsync(ct), await held.CountAsync(ct));
    }

    // A page must not fail where a price cannot be computed: the session says so itself.
    private async Task<PricedSession?> PriceAsync(TenantId tenant, Session session, CancellationToken ct)
    {
        if (session.Tariff is not { } pin || await _tariffs.PinnedAsync(tenant, pin.Hash, ct) is not { } pinned) return null;
        var until = RatingTimeline.EndOf(session);
        var market = await _market.SoFarAsync(tenant, session, pinned.Tariff, until, ct);
        try { return Biller.Price(session, pinned.Tariff, until, MeterJudge.Judge(session), market); }
        catch (Exception error) when (error is ArithmeticException or ArgumentException or InvalidOperationException) { return null; }
    }
}
