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
    private const int MaximumName = 200;

    public static void Map(RouteGroupBuilder api)
    {
        var tariffs = api.MapGroup("/tariffs").WithTags("Tariffs");
        tariffs.MapPost("", Create).Needs(Scope.TariffsWrite);
        tariffs.MapGet("", List).Needs(Scope.TariffsRead);
        tariffs.MapGet("/{id}", Get).Needs(Scope.TariffsRead);
        tariffs.MapPatch("/{id}", Change).Needs(Scope.TariffsWrite).WithDescription(Required.ForState);
        VersionEndpoints.Map(tariffs.MapGroup("/{id}/versions"));
        AssignmentEndpoints.Map(tariffs.MapGroup("/{id}/assignments"));
    }

    // Nothing is published here: a tariff without assignments applies nowhere. So neither header is required.
    private static async Task<Results<Made<TariffView>, ProblemHttpResult>> Create(
        Body<TariffInput> body, Caller caller, RoomDbFactory<PricingDb> rooms, IdSource ids, TimeProvider clock, CancellationToken ct)
    {
        var input = body.Value;
        var check = new Check();
        check.Text(input.Name, "/name", MaximumName);
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, input.Currency, check);
        if (check.Problem is { } problem) return problem;
        var now = clock.GetInstant();
        var row = new TariffRow
        {
            TenantId = caller.Tenant, Id = ids.New<TariffId>(), Name = input.Name, Currency = input.Currency.Code, State = VersionState.Draft,
            LatestVersion = 1, CreatedAt = now, ChangedAt = now,
        };
        var version = document!.ToRow(caller.Tenant, row.Id, row.LatestVersion, VersionState.Draft, now);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.Add(row);
        db.Add(version);
        if (!input.Draft) Publishing.Begin(db, row, version, now);
        await db.CommitAsync(ct);
        return Answers.Made($"tariffs/{row.Id}", TariffView.Of(row, version), row.Revision);
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
        return await FindAsync(db, id, ct) is { } row ? Answers.Found(TariffView.Of(row, await ShownAsync(db, row, ct)), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<TariffView>, ProblemHttpResult>> Change(
        string id, MergePatch<TariffChange> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<PricingDb> rooms, TariffBook book, TimeProvider clock, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(new TariffChange { Name = row.Name, State = row.State });
        var check = new Check();
        check.Text(input.Name, "/name", MaximumName);
        check.That(input.State == row.State || input.State != VersionState.Draft, "/state", "immutable", "Cannot become a draft again.");
        if (check.Problem is { } problem) return problem;
        if (input.State != row.State)
        {
            if (Required.IfMatch(ifMatch) is { } missing) return missing;
            if (input.State == VersionState.Retired) await Publishing.RetireAsync(db, row, clock.GetInstant(), ct);
            else if (await Publishing.ActivateAsync(db, row, await ShownAsync(db, row, ct), clock.GetInstant(), ct) is { } refusal) return refusal;
        }
        row.Name = input.Name;
        var shown = await ShownAsync(db, row, ct);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant);
        return Answers.Found(TariffView.Of(row, shown), row.Revision);
    }

    public static Task<TariffRow?> FindAsync(PricingDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<TariffId>(text, out var id) ? db.Tariffs.SingleOrDefaultAsync(row => row.Id == id, ct) : Task.FromResult<TariffRow?>(null);

    /// <summary>The active version; the newest where none is active.</summary>
    private static Task<VersionRow> ShownAsync(PricingDb db, TariffRow row, CancellationToken ct)
    {
        var number = row.ActiveVersion ?? row.LatestVersion;
        return db.Versions.SingleAsync(version => version.TariffId == row.Id && version.Version == number, ct);
    }
}
