using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>Curves of the market, which tariffs follow by name.</summary>
internal static class CurveEndpoints
{
    private static readonly Duration LongestRange = Duration.FromDays(62);

    public static void Map(RouteGroupBuilder api)
    {
        var curves = api.MapGroup("/price-curves").WithTags("Price curves");
        curves.MapPost("", Create).Needs(Scope.TariffsWrite);
        curves.MapGet("", List).Needs(Scope.TariffsRead);
        curves.MapGet("/{id}", Get).Needs(Scope.TariffsRead);
        curves.MapPatch("/{id}", Change).Needs(Scope.TariffsWrite);
        curves.MapDelete("/{id}", Delete).Needs(Scope.TariffsWrite);
        curves.MapPut("/{id}/prices", Publish).Needs(Scope.TariffsWrite).WithDescription("What is told again and differs is a correction: it is kept beside what was told before. Sessions keep what they were decided with.");
        curves.MapPost("/{id}/documents", Take).WithSummary("Take a document of prices").Needs(Scope.TariffsWrite).WithDescription("A day-ahead document of ENTSO-E (type A44), as it came; its prices are kept as those of `PUT …/prices` are.");
        curves.MapPost("/{id}/fetch", Fetch).Needs(Scope.TariffsWrite).WithDescription("Has its source asked within a minute; `fetch` of the curve tells what came of it.");
        curves.MapGet("/{id}/prices", Prices).Needs(Scope.TariffsRead);
    }

    private static async Task<Results<Made<CurveView>, ProblemHttpResult>> Create(Body<CurveInput> body, Caller caller, CurveDesk desk, CurveSources sources, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var outcome && outcome is CurveChanged.Done { Row: var row }
            ? Answers.Made($"price-curves/{row.Id}", CurveView.Of(row, sources.Of(row), caller), row.Revision)
            : Problem(outcome);

    private static async Task<Ok<Page<CurveView>>> List(PageRequest page, Caller caller, RoomDbFactory<PricingDb> rooms, CurveSources sources, CancellationToken ct, string? name = null)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Curves.AsNoTracking();
        if (name is not null) rows = rows.Where(row => row.Name == name);
        if (page.AfterId<CurveId>() is { } last) rows = rows.Where(row => row.Id.CompareTo(last) > 0);
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), row => CurveView.Of(row, sources.Of(row), caller), row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<CurveView>, ProblemHttpResult>> Get(string id, Caller caller, RoomDbFactory<PricingDb> rooms, CurveSources sources, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, id, ct) is { } row ? Answers.Found(CurveView.Of(row, sources.Of(row), caller), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<CurveView>, ProblemHttpResult>> Change(string id, MergePatch<CurveChange> patch, IfMatch ifMatch, Caller caller, CurveDesk desk, CurveSources sources, CancellationToken ct)
    {
        if (!TypedId.TryParse<CurveId>(id, out var curve)) return Problems.NotFound();
        var outcome = await desk.ChangeAsync(caller, curve, ifMatch.Allows, patch.ApplyTo, ct);
        return outcome is CurveChanged.Done { Row: var row } ? Answers.Found(CurveView.Of(row, sources.Of(row), caller), row.Revision) : Problem(outcome);
    }

    private static ProblemHttpResult Problem(CurveChanged outcome) => outcome switch
    {
        CurveChanged.Wrong { Check: var check } => check.Problem!,
        CurveChanged.NameTaken => Problems.Conflict("nameTaken", "Another curve has this name."),
        CurveChanged.TooMany { Most: var most } => Problems.Conflict("tooManyCurves", $"There are {most} curves, which is as many as there can be."),
        CurveChanged.Stale => Problems.PreconditionFailed(),
        _ => Problems.NotFound(),
    };

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, IfMatch ifMatch, Caller caller, RoomDbFactory<PricingDb> rooms, CurveBook book, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        if (await db.CurvePrices.AnyAsync(price => price.CurveId == row.Id, ct))
            return Problems.Conflict("curveInUse", "It has prices, which sessions may have been decided with. Leave it, and let tariffs follow another.");
        db.Remove(row);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<PublishedPrices>, ProblemHttpResult>> Publish(
        string id, ImportRows<CurvePriceInput> body, Caller caller, RoomDbFactory<PricingDb> rooms, CurveDesk desk, TimeProvider clock, CancellationToken ct)
    {
        CurveRow? curve;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) curve = await FindAsync(db, id, ct);
        if (curve is null) return Problems.NotFound();
        var check = new Check();
        var prices = CurvePriceInput.Take(body.Items, curve, clock.GetInstant(), check);
        if (check.Problem is { } problem) return problem;
        return Answer(await desk.PublishAsync(caller.Tenant, curve.Id, prices, ct, by: caller.Author));
    }

    private static Results<Ok<PublishedPrices>, ProblemHttpResult> Answer(CurveOutcome outcome) => outcome switch
    {
        CurveOutcome.Written written => TypedResults.Ok(new PublishedPrices(written.Count)),
        CurveOutcome.Stale => Problems.Conflict("changedMeanwhile", "Someone else told prices of this curve at the same moment; send yours again."),
        _ => Problems.NotFound(),
    };

    private static async Task<Results<Ok<PublishedPrices>, ProblemHttpResult>> Take(
        string id, Body<CurveDocument> body, Caller caller, RoomDbFactory<PricingDb> rooms, CurveDesk desk, TimeProvider clock, CancellationToken ct)
    {
        CurveRow? curve;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) curve = await FindAsync(db, id, ct);
        if (curve is null) return Problems.NotFound();
        var (input, check) = (body.Value, new Check());
        check.That(input.Format == "entsoe", "/format", "invalidValue", "Must be entsoe.");
        using var bytes = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input.Document));
        var read = EntsoeDocument.Read(bytes, curve.StepSeconds);
        CurvePriceInput.Examine(read, curve, clock.GetInstant(), "/document", check);
        if (check.Problem is { } problem) return problem;
        var told = (CurveRead.Told)read;
        return Answer(await desk.PublishAsync(caller.Tenant, curve.Id, told.Prices, ct, by: caller.Author));
    }

    private static async Task<Results<Versioned<CurveView>, ProblemHttpResult>> Fetch(string id, Caller caller, RoomDbFactory<PricingDb> rooms, CurveDesk desk, CurveSources sources, CancellationToken ct)
    {
        CurveRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) row = await FindAsync(db, id, ct);
        if (row is null) return Problems.NotFound();
        return await desk.AskSoonAsync(caller, row.Id, ct) is { } asked ? Answers.Found(CurveView.Of(asked, sources.Of(asked), caller), asked.Revision) : Problems.Conflict("noSource", "This curve has no source that could be asked.");
    }

    private static async Task<Results<Ok<Page<CurvePriceView>>, ProblemHttpResult>> Prices(
        string id, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct, string? from = null, string? to = null)
    {
        var check = new Check();
        check.That(from is not null, "/from", "required", "Is missing.");
        check.That(to is not null, "/to", "required", "Is missing.");
        var (start, end) = (Asked.Time(from, "/from", check), Asked.Time(to, "/to", check));
        check.That(start is null || end is null || (end > start && end <= start + LongestRange), "/to", "invalidValue", $"Must lie after from, by at most {(int)LongestRange.TotalDays} days.");
        if (check.Problem is { } problem) return problem;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } curve) return Problems.NotFound();
        var rows = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve.Id && row.At >= start && row.At < end).OrderBy(row => row.At).ThenBy(row => row.Number).ToListAsync(ct);
        return TypedResults.Ok(new Page<CurvePriceView>([.. rows.GroupBy(row => row.At).Select(told => told.Last()).Select(row => new CurvePriceView(row.At, CurveView.Text(row.PriceNano), row.PublishedAt, row.Number - 1))], null));
    }

    private static Task<CurveRow?> FindAsync(PricingDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<CurveId>(text, out var id) ? db.Curves.SingleOrDefaultAsync(row => row.Id == id, ct) : Task.FromResult<CurveRow?>(null);
}

/// <param name="Written">How many prices are new or differ from what was told before.</param>
internal sealed record PublishedPrices(int Written);
