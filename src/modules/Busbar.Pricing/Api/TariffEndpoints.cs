using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Pricing.Api;

internal static class TariffEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tariffs = api.MapGroup("/tariffs").WithTags("Tariffs");
        tariffs.MapPost("", Create).Needs(Scope.TariffsWrite).WithDescription(TariffInput.Form);
        tariffs.MapGet("", List).Needs(Scope.TariffsRead);
        WhyEndpoints.Map(tariffs);
        LintEndpoints.Map(tariffs);
        tariffs.MapGet("/{id}", Get).Needs(Scope.TariffsRead);
        tariffs.MapPatch("/{id}", Change).Needs(Scope.TariffsWrite).WithDescription(Required.ForState);
        tariffs.MapDelete("/{id}", Delete).Needs(Scope.TariffsWrite).WithDescription("Only while it is assigned nowhere and was never published (409 `tariffInUse`).");
        VersionEndpoints.Map(tariffs.MapGroup("/{id}/versions"));
        AssignmentEndpoints.Map(tariffs.MapGroup("/{id}/assignments"));
        ProjectionEndpoints.Map(tariffs.MapGroup("/{id}/projections"));
    }

    // Nothing is published here: a tariff without assignments applies nowhere. So neither header is required.
    private static async Task<Results<Made<TariffView>, ProblemHttpResult>> Create(Body<TariffInput> body, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.CreateAsync(caller, body.Value, ct);
        return outcome is TariffOutcome.Done done ? Answers.Made($"tariffs/{done.Tariff.Id}", TariffView.Of(done.Tariff, done.Version), done.Tariff.Revision) : Required.Problem(outcome);
    }

    private static async Task<Ok<Page<TariffItem>>> List(
        PageRequest page, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct, Named<VersionState>? state = null, string? currency = null, string? name = null)
    {
        var after = page.AfterId<TariffId>();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Tariffs.AsNoTracking();
        if (state is { Value: var wanted }) rows = rows.Where(row => row.State == wanted);
        if (currency is not null) rows = rows.Where(row => row.Currency == currency);
        if (name is not null) rows = rows.Where(row => row.Name == name);
        if (after is { } last) rows = rows.Where(row => row.Id.CompareTo(last) > 0);
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), TariffItem.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<TariffView>, ProblemHttpResult>> Get(string id, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await TariffDesk.FindAsync(db, id, ct) is { } row ? Answers.Found(TariffView.Of(row, await TariffDesk.ShownAsync(db, row, ct)), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<TariffView>, ProblemHttpResult>> Change(
        string id, MergePatch<TariffChange> patch, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.ChangeAsync(caller, id, RevisionGuard.Of(ifMatch), patch.ApplyTo, ct);
        return outcome is TariffOutcome.Done done ? Answers.Found(TariffView.Of(done.Tariff, done.Version), done.Tariff.Revision) : Required.Problem(outcome);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct) =>
        await desk.DeleteAsync(caller, id, RevisionGuard.Of(ifMatch), ct) is { } refusal ? Required.Problem(refusal) : TypedResults.NoContent();
}
