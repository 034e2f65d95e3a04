using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Operations.Api;

/// <summary>What a person may change of an alert.</summary>
internal sealed record AlertInput
{
    public string? Note { get; init; }
}

internal static class AlertEndpoints
{
    private const int LongestNote = 2_000;

    public static void Map(RouteGroupBuilder api)
    {
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("", List).Needs(Scope.AlertsRead).WithinReach();
        alerts.MapGet("/{id}", Get).Needs(Scope.AlertsRead).WithinReach();
        alerts.MapPatch("/{id}", Change).Needs(Scope.AlertsWrite).WithinReach();
        alerts.MapPost("/{id}/acknowledge", Acknowledge).Needs(Scope.AlertsWrite).WithinReach();
    }

    /// <summary>Newest first.</summary>
    private static async Task<Ok<Page<AlertView>>> List(
        PageRequest page, Caller caller, Reach reach, AlertReach within, RoomDbFactory<OperationsDb> rooms, TimeProvider clock, CancellationToken ct,
        Named<AlertState>? state = null, Named<AlertRule>? rule = null, string? stationId = null)
    {
        var now = clock.GetInstant();
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = places.Of(db.Alerts.AsNoTracking());
        if (state is { Value: var wanted }) rows = rows.Where(row => row.State == wanted);
        if (rule is { Value: var only }) rows = rows.Where(row => row.Rule == only);
        if (stationId is not null) rows = rows.Where(row => row.Station == stationId);
        if (page.AfterId<AlertId>() is { } after) rows = rows.Where(row => row.Id < after);
        return TypedResults.Ok(page.Of(await rows.OrderByDescending(row => row.Id).Take(page.Take).ToListAsync(ct), row => AlertView.Of(row, now), row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<AlertView>, ProblemHttpResult>> Get(
        string id, Caller caller, Reach reach, AlertReach within, RoomDbFactory<OperationsDb> rooms, TimeProvider clock, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, places, id, ct) is { } row ? Answers.Found(AlertView.Of(row, clock.GetInstant()), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<AlertView>, ProblemHttpResult>> Change(
        string id, MergePatch<AlertInput> patch, IfMatch ifMatch, Caller caller, Reach reach, AlertReach within, RoomDbFactory<OperationsDb> rooms, TimeProvider clock, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, places, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(new AlertInput { Note = row.Note });
        var check = new Check();
        check.OptionalText(input.Note, "/note", LongestNote);
        if (check.Problem is { } problem) return problem;
        row.Note = input.Note;
        return await SaveAsync(db, row, clock, ct);
    }

    /// <summary>Somebody takes it up. One that is taken up, or over, stays as it is.</summary>
    private static async Task<Results<Versioned<AlertView>, ProblemHttpResult>> Acknowledge(
        string id, IfMatch ifMatch, Caller caller, Reach reach, AlertReach within, RoomDbFactory<OperationsDb> rooms, TimeProvider clock, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, places, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        if (!row.TryAcknowledge(caller.Actor, clock.GetInstant())) return Answers.Found(AlertView.Of(row, clock.GetInstant()), row.Revision);
        db.TellAs("acknowledged", row);
        return await SaveAsync(db, row, clock, ct);
    }

    private static async Task<Results<Versioned<AlertView>, ProblemHttpResult>> SaveAsync(OperationsDb db, AlertRow row, TimeProvider clock, CancellationToken ct)
    {
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return Problems.PreconditionFailed(); }
        return Answers.Found(AlertView.Of(row, clock.GetInstant()), row.Revision);
    }

    private static async Task<AlertRow?> FindAsync(OperationsDb db, AlertPlaces places, string text, CancellationToken ct) =>
        TypedId.TryParse<AlertId>(text, out var id) && await db.Alerts.SingleOrDefaultAsync(row => row.Id == id, ct) is { } row && places.Covers(row) ? row : null;
}
