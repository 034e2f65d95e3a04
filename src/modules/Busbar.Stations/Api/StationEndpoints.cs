using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>Provisioning: which stations there are and how they prove it. What they say and are told is in the rooms' other groups.</summary>
internal static class StationEndpoints
{
    private const int RowsPerScan = 500;

    public static void Map(RouteGroupBuilder api)
    {
        var stations = api.MapGroup("/stations").WithTags("Stations");
        stations.MapPost("", Create).Needs(Scope.StationsWrite);
        stations.MapPost("/import", StationImport.Run).Needs(Scope.StationsWrite);
        stations.MapGet("", List).Needs(Scope.StationsRead).WithinReach();
        stations.MapGet("/{stationId}", Get).Needs(Scope.StationsRead).WithinReach();
        stations.MapPatch("/{stationId}", Change).Needs(Scope.StationsWrite).WithinReach();
        stations.MapDelete("/{stationId}", Delete).Needs(Scope.StationsWrite);
    }

    private static async Task<Results<Made<NewStationView>, ProblemHttpResult>> Create(Body<StationInput> body, Caller caller, StationRegistry registry, CancellationToken ct) =>
        await registry.CreateAsync(caller, body.Value, ct) switch
        {
            Creation.Made made => Answers.Made($"stations/{Uri.EscapeDataString(made.Station.Record.Row.Identity)}",
                NewStationView.Of(StationView.Of(made.Station.Record, null, made.Station.Record.Row.CreatedAt), made.Station.GeneratedPassword), made.Station.Record.Row.Revision),
            Creation.Wrong wrong => wrong.Check.Problem!,
            _ => Problems.Conflict("stationExists", "A station with this stationId exists."),
        };

    /// <summary>Presence is in the memory of the process that holds the station and not in the table, so a filter on it is a scan, in the table's order and in bounded steps.</summary>
    private static async Task<Ok<Page<StationView>>> List(
        PageRequest page, Caller caller, Reach reach, RoomDbFactory<StationsDb> rooms, IStationPresence presence, ICurrentSessions sessions, TimeProvider clock, CancellationToken ct,
        bool? online = null, string? locationId = null, string? status = null)
    {
        var location = locationId is null ? (LocationId?)null : TypedId.TryParse<LocationId>(locationId, out var id) ? id : throw new ProblemException(
            Problems.BadRequest("invalidParameter", "locationId must be a location's id."));
        var step = online is null && status is null ? page.Take : RowsPerScan;
        var (found, after) = (new List<StationView>(), page.After);
        while (found.Count < page.Take)
        {
            var some = await ReadAsync(caller, reach, rooms, location, after, step, ct);
            var live = await presence.FindAsync(caller.Tenant, [.. some.Select(record => record.Row.Id)], ct);
            foreach (var record in some)
            {
                var view = StationView.Of(record, live.GetValueOrDefault(record.Row.Id), clock.GetInstant());
                if (found.Count < page.Take && (online is null || view.Online == online) && (status is null || view.HasConnector(status))) found.Add(view);
            }
            if (some.Count < step) break;
            after = some[^1].Row.Identity;
        }
        return TypedResults.Ok(page.Of(await StationView.WithSessionsAsync(found, sessions, caller.Tenant, ct), view => view, view => view.StationId));
    }

    private static async Task<IReadOnlyList<StationRecord>> ReadAsync(
        Caller caller, Reach reach, RoomDbFactory<StationsDb> rooms, LocationId? location, string? after, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Stations.AsNoTracking().Within(reach);
        if (location is not null) rows = rows.Where(row => row.LocationId == location);
        if (after is not null) rows = rows.Where(row => string.Compare(row.Identity, after) > 0);
        return await StationRecord.AllOfAsync(db, await rows.OrderBy(row => row.Identity).Take(count).ToListAsync(ct), ct);
    }

    private static async Task<Results<Versioned<StationView>, ProblemHttpResult>> Get(
        string stationId, Caller caller, Reach reach, RoomDbFactory<StationsDb> rooms, IStationPresence presence, ICurrentSessions sessions, TimeProvider clock, CancellationToken ct)
    {
        StationRecord? record;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) record = await StationRecord.FindAsync(db, stationId, ct);
        if (record is null || !reach.Covers(record.Row.LocationId, record.Row.Id)) return Problems.NotFound();
        return Answers.Found(await WithSessionsAsync(record, presence, sessions, clock.GetInstant(), ct), record.Row.Revision);
    }

    private static async Task<Results<Versioned<StationView>, ProblemHttpResult>> Change(
        string stationId, MergePatch<StationInput> patch, IfMatch ifMatch, Caller caller, Reach reach, StationRegistry registry, IStationPresence presence, ICurrentSessions sessions, TimeProvider clock,
        CancellationToken ct) =>
        await registry.ChangeAsync(caller, reach, stationId, ifMatch.Allows, patch.ApplyTo, patch.Change.TryGetProperty("evses", out _), ct) switch
        {
            StationChange.Done done => Answers.Found(await WithSessionsAsync(done.Record, presence, sessions, clock.GetInstant(), ct), done.Record.Row.Revision),
            StationChange.Wrong wrong => wrong.Check.Problem!,
            StationChange.Stale => Problems.PreconditionFailed(),
            _ => Problems.NotFound(),
        };

    private static async ValueTask<StationView> WithSessionsAsync(StationRecord record, IStationPresence presence, ICurrentSessions sessions, Instant now, CancellationToken ct)
    {
        var live = await presence.FindAsync(record.Row.TenantId, [record.Row.Id], ct);
        return (await StationView.WithSessionsAsync([StationView.Of(record, live.GetValueOrDefault(record.Row.Id), now)], sessions, record.Row.TenantId, ct))[0];
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string stationId, IfMatch ifMatch, Caller caller, RoomDbFactory<StationsDb> rooms, StationDirectory directory, StationActors actors, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await StationRecord.FindAsync(db, stationId, ct) is not { } record) return Problems.NotFound();
        if (!ifMatch.Allows(record.Row.Revision)) return Problems.PreconditionFailed();
        db.RemoveRange(record.Connectors);
        db.RemoveRange(record.Evses);
        db.Remove(record.Row);
        await db.CommitAsync(ct);
        directory.Forget(record.Row);
        actors.Dismiss(KeyOf(record.Row));
        return TypedResults.NoContent();
    }

    private static StationKey KeyOf(StationRow row) => new(row.TenantId, row.Id.Value);
}
