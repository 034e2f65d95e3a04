using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Api;

internal static class LocationEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var locations = api.MapGroup("/locations").WithTags("Locations");
        locations.MapPost("", Create).Needs(Scope.LocationsWrite);
        locations.MapGet("", List).Needs(Scope.LocationsRead).WithinReach();
        locations.MapGet("/{id}", Get).Needs(Scope.LocationsRead).WithinReach();
        locations.MapPatch("/{id}", Change).Needs(Scope.LocationsWrite);
        locations.MapDelete("/{id}", Delete).Needs(Scope.LocationsWrite);
    }

    private static async Task<Results<Made<LocationView>, ProblemHttpResult>> Create(Body<LocationInput> body, Caller caller, LocationRegistry registry, CancellationToken ct) =>
        await registry.CreateAsync(caller, body.Value, ct) switch
        {
            LocationChange.Done done => Answers.Made($"locations/{done.Row.Id}", LocationView.Of(done.Row), done.Row.Revision),
            LocationChange.Wrong wrong => wrong.Check.Problem!,
            var other => throw new InvalidOperationException($"A new location cannot be {other.GetType().Name}."),
        };

    private static async Task<Ok<Page<LocationView>>> List(
        PageRequest page, Caller caller, Reach reach, RoomDbFactory<StationsDb> rooms, CancellationToken ct, string? name = null, string? city = null, string? country = null)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Locations.AsNoTracking().Within(reach);
        if (name is not null) rows = rows.Where(row => row.Name == name);
        if (city is not null) rows = rows.Where(row => row.City == city);
        if (country is not null) rows = rows.Where(row => row.Country == country);
        if (page.AfterId<LocationId>() is { } after) rows = rows.Where(row => row.Id.CompareTo(after) > 0);
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), LocationView.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<LocationView>, ProblemHttpResult>> Get(string id, Caller caller, Reach reach, RoomDbFactory<StationsDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await LocationRegistry.FindAsync(db, id, ct) is { } row && reach.CoversLocation(row.Id.Value) ? Answers.Found(LocationView.Of(row), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<LocationView>, ProblemHttpResult>> Change(
        string id, MergePatch<LocationInput> patch, IfMatch ifMatch, Caller caller, LocationRegistry registry, CancellationToken ct) =>
        await registry.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) switch
        {
            LocationChange.Done done => Answers.Found(LocationView.Of(done.Row), done.Row.Revision),
            LocationChange.Wrong wrong => wrong.Check.Problem!,
            LocationChange.Stale => Problems.PreconditionFailed(),
            _ => Problems.NotFound(),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, IfMatch ifMatch, Caller caller, RoomDbFactory<StationsDb> rooms, StationDirectory directory, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await LocationRegistry.FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        if (await db.Stations.AnyAsync(station => station.LocationId == row.Id, ct)) return Problems.Conflict("locationInUse", "Stations stand here; move or delete them first.");
        db.Remove(row);
        await db.CommitAsync(ct);
        directory.ForgetAll();
        return TypedResults.NoContent();
    }
}
