using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Pricing.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Pricing.Api;

/// <summary>A tariff's versions: written once, never edited, one of them active. Their ETag is the tariff's.</summary>
internal static class VersionEndpoints
{
    public static void Map(RouteGroupBuilder versions)
    {
        versions.MapPost("", Create).Needs(Scope.TariffsWrite).RequiresIdempotencyKey();
        versions.MapGet("", List).Needs(Scope.TariffsRead);
        versions.MapGet("/{version:int}", Get).Needs(Scope.TariffsRead);
        versions.MapPatch("/{version:int}", Change).Needs(Scope.TariffsWrite).WithDescription(Required.ForState);
        versions.MapPut("/{version:int}", Replace).Needs(Scope.TariffsWrite).WithDescription("Only a draft is written anew; of anything else a successor is made (409 `versionInUse`).");
        versions.MapDelete("/{version:int}", Delete).Needs(Scope.TariffsWrite).WithDescription("Only a draft, and not the first (409 `versionInUse`).");
    }

    private static async Task<Results<Made<VersionView>, ProblemHttpResult>> Create(
        string id, Body<VersionInput> body, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.AddVersionAsync(caller, id, RevisionGuard.Of(ifMatch), body.Value, ct);
        if (outcome is not TariffOutcome.Done { Tariff: var tariff, Version: var row }) return Required.Problem(outcome);
        return Answers.Made(string.Create(CultureInfo.InvariantCulture, $"tariffs/{tariff.Id}/versions/{row.Version}"), VersionView.Of(row), tariff.Revision);
    }

    private static async Task<Results<Ok<Page<VersionItem>>, ProblemHttpResult>> List(string id, PageRequest page, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffDesk.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        var last = 0;
        if (page.After is { } after && !int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out last))
            return Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before.");
        var rows = await db.Versions.AsNoTracking().Where(row => row.TariffId == tariff.Id && row.Version > last).OrderBy(row => row.Version).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Of(rows, VersionItem.Of, row => row.Version.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Versioned<VersionView>, ProblemHttpResult>> Get(string id, int version, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffDesk.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        return await TariffDesk.FindAsync(db, tariff, version, ct) is { } row ? Answers.Found(VersionView.Of(row), tariff.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<VersionView>, ProblemHttpResult>> Change(
        string id, int version, MergePatch<VersionChange> patch, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.ChangeVersionAsync(caller, id, version, RevisionGuard.Of(ifMatch), patch.ApplyTo, ct);
        return outcome is TariffOutcome.Done done ? Answers.Found(VersionView.Of(done.Version), done.Tariff.Revision) : Required.Problem(outcome);
    }

    private static async Task<Results<Versioned<VersionView>, ProblemHttpResult>> Replace(
        string id, int version, Body<VersionInput> body, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.ReplaceDraftAsync(caller, id, version, RevisionGuard.Of(ifMatch), body.Value, ct);
        return outcome is TariffOutcome.Done done ? Answers.Found(VersionView.Of(done.Version), done.Tariff.Revision) : Required.Problem(outcome);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, int version, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.ReplaceDraftAsync(caller, id, version, RevisionGuard.Of(ifMatch), null, ct);
        return outcome is TariffOutcome.Done ? TypedResults.NoContent() : Required.Problem(outcome);
    }
}
