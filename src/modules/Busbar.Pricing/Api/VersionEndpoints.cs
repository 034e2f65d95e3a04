using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Pricing.Api;

/// <summary>A tariff's versions: written once, never edited, one of them active. Their ETag is the tariff's.</summary>
internal static class VersionEndpoints
{
    public static void Map(RouteGroupBuilder versions)
    {
        versions.MapPost("", Create).Needs(Scope.TariffsWrite).WithDescription("`Idempotency-Key` is required (400) unless it is a draft.");
        versions.MapGet("", List).Needs(Scope.TariffsRead);
        versions.MapGet("/{version:int}", Get).Needs(Scope.TariffsRead);
        versions.MapPatch("/{version:int}", Change).Needs(Scope.TariffsWrite).WithDescription(Required.ForState);
    }

    private static async Task<Results<Made<VersionView>, ProblemHttpResult>> Create(
        string id, Body<VersionInput> body, IfMatch ifMatch, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, Caller caller,
        RoomDbFactory<PricingDb> rooms, TariffBook book, TimeProvider clock, CancellationToken ct)
    {
        var input = body.Value;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        if (!input.Draft && Required.IdempotencyKey(idempotencyKey) is { } missing) return missing;
        if (!ifMatch.Allows(tariff.Revision)) return Problems.PreconditionFailed();
        var check = new Check();
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, Currency.Parse(tariff.Currency), check);
        if (check.Problem is { } problem) return problem;
        var row = document!.ToRow(caller.Tenant, tariff.Id, ++tariff.LatestVersion, VersionState.Draft, clock.GetInstant());
        db.Add(row);
        if (!input.Draft && await Publishing.ActivateAsync(db, tariff, row, row.CreatedAt, ct) is { } refusal) return refusal;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return Problems.Conflict("changedMeanwhile", "Someone else added a version at the same moment; read it again."); }
        book.Forget(caller.Tenant);
        return Answers.Made(string.Create(CultureInfo.InvariantCulture, $"tariffs/{tariff.Id}/versions/{row.Version}"), VersionView.Of(row), tariff.Revision);
    }

    private static async Task<Results<Ok<Page<VersionItem>>, ProblemHttpResult>> List(string id, PageRequest page, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        var last = 0;
        if (page.After is { } after && !int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out last))
            return Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before.");
        var rows = await db.Versions.AsNoTracking().Where(row => row.TariffId == tariff.Id && row.Version > last).OrderBy(row => row.Version).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Of(rows, VersionItem.Of, row => row.Version.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Versioned<VersionView>, ProblemHttpResult>> Get(string id, int version, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        return await FindAsync(db, tariff, version, ct) is { } row ? Answers.Found(VersionView.Of(row), tariff.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<VersionView>, ProblemHttpResult>> Change(
        string id, int version, MergePatch<VersionChange> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<PricingDb> rooms, TariffBook book, TimeProvider clock, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        if (await FindAsync(db, tariff, version, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(tariff.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(new VersionChange { State = row.State });
        if (input.State == row.State) return Answers.Found(VersionView.Of(row), tariff.Revision);
        var check = new Check();
        check.That(input.State != VersionState.Draft, "/state", "immutable", "Cannot become a draft again.");
        if (check.Problem is { } problem) return problem;
        if (Required.IfMatch(ifMatch) is { } missing) return missing;
        if (input.State == VersionState.Active)
        {
            if (await Publishing.ActivateAsync(db, tariff, row, clock.GetInstant(), ct) is { } refusal) return refusal;
        }
        else if (row.State == VersionState.Active) await Publishing.RetireAsync(db, tariff, clock.GetInstant(), ct);
        else row.State = VersionState.Retired;
        Publishing.Touch(db, tariff);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant);
        return Answers.Found(VersionView.Of(row), tariff.Revision);
    }

    private static Task<VersionRow?> FindAsync(PricingDb db, TariffRow tariff, int version, CancellationToken ct) =>
        db.Versions.SingleOrDefaultAsync(row => row.TariffId == tariff.Id && row.Version == version, ct);
}
