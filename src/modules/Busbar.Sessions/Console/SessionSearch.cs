using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <summary>A session by its id; the newest of a token. Both by an index.</summary>
internal sealed class SessionSearch(RoomDbFactory<SessionsDb> rooms, SessionReach within, SessionLists lists) : IReachSearch
{
    public string Scope => Identity.Http.Scope.SessionsRead;

    public string Title => SessionTexts.Say("sessions");

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, Reach reach, string text, int most, CancellationToken ct)
    {
        var token = FoundBy.Token(text);
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Sessions.AsNoTracking().At(stations);
        rows = TypedId.TryParse<SessionId>(text, out var id) ? rows.Where(row => row.Id == id) : rows.Where(row => row.TokenKey == token);
        return [.. (await rows.OrderByDescending(row => row.StartedAt).Take(most).ToListAsync(ct)).Select(row => new SearchHit(Links.To(row.Id), row.Station, When(caller, row.StartedAt)))];
    }

    private string When(Caller caller, Instant at) => at.InZone(lists.ZoneOf(caller.Tenant)).ToString("d MMM uuuu, HH:mm", CultureInfo.CurrentCulture);
}

/// <summary>A CDR by its id, and those of a session by the session's.</summary>
internal sealed class CdrSearch(RoomDbFactory<SessionsDb> rooms, SessionReach within) : IReachSearch
{
    public string Scope => Identity.Http.Scope.CdrsRead;

    public string Title => SessionTexts.Say("cdrs");

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, Reach reach, string text, int most, CancellationToken ct)
    {
        var isCdr = TypedId.TryParse<CdrId>(text, out var id);
        if (!TypedId.TryParse<SessionId>(text, out var session) && !isCdr) return [];
        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Cdrs.AsNoTracking().At(stations);
        rows = isCdr ? rows.Where(row => row.Id == id) : rows.Where(row => row.SessionId == session);
        return [.. (await rows.OrderBy(row => row.Version).Take(most).ToListAsync(ct)).Select(row => new SearchHit(Links.To(row.Id), row.Station, SessionTexts.Cost(row.CostInclTax, row.Currency)))];
    }
}
