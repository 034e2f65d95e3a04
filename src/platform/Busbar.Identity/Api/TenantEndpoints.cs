using System.Text.RegularExpressions;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Api;

/// <summary>What a caller says about a tenant. The slug cannot change: it is in stations' URLs.</summary>
internal sealed record TenantInput
{
    public required string Slug { get; init; }
    public required string Name { get; init; }
    public Currency? Currency { get; init; }
    public string? TimeZone { get; init; }
}

internal sealed record TenantView(TenantId Id, TenantId? Parent, string Slug, string Name, Currency Currency, string TimeZone, Instant CreatedAt);

/// <summary>Tenants at and below the caller's. Their rows are owned by themselves, so these handlers look with the system's eyes and check the tree.</summary>
internal static partial class TenantEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tenants = api.MapGroup("/tenants").WithTags("Tenants");
        tenants.MapPost("", Create).Needs(Scope.TenantsWrite);
        tenants.MapGet("", List).Needs(Scope.TenantsRead);
        tenants.MapGet("/{id}", Get).Needs(Scope.TenantsRead);
        tenants.MapPatch("/{id}", Change).Needs(Scope.TenantsWrite);
    }

    private static async Task<Results<Made<TenantView>, ProblemHttpResult>> Create(
        Body<TenantInput> body, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IdSource ids, TimeProvider clock, CancellationToken ct)
    {
        var input = body.Value;
        if (Examine(input).Problem is { } problem) return problem;
        var parent = directory.Find(caller.Tenant)!;
        var row = new TenantRow
        {
            TenantId = ids.New<TenantId>(), Parent = parent.Id, Slug = input.Slug, Name = input.Name, Currency = (input.Currency ?? parent.Currency).Code,
            TimeZone = input.TimeZone ?? parent.TimeZone, CreatedAt = clock.GetInstant(),
        };
        await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
        db.Add(row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return Problems.Conflict("tenantExists", "Another tenant has this slug."); }
        await directory.ReloadAsync(CancellationToken.None);
        return Answers.Made($"tenants/{row.TenantId}", View(row), row.Revision);
    }

    private static async Task<Ok<Page<TenantView>>> List(PageRequest page, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, CancellationToken ct)
    {
        var after = page.AfterId<TenantId>();
        // The tree is small and in memory; only a page of it is read.
        var visible = directory.All.Where(tenant => directory.IsAtOrBelow(tenant.Id, caller.Tenant)).Select(tenant => tenant.Id)
            .Where(id => after is not { } last || id.Value.CompareTo(last.Value) > 0).OrderBy(id => id.Value).Take(page.Take).ToList();
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var rows = await db.Tenants.AsNoTracking().Where(row => visible.Contains(row.TenantId)).OrderBy(row => row.TenantId).ToListAsync(ct);
        return TypedResults.Ok(page.Of(rows, View, row => row.TenantId.ToString()));
    }

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Get(
        string id, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, CancellationToken ct)
    {
        if (!TryVisible(id, caller, directory, out var tenant)) return Problems.NotFound();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var row = await db.Tenants.AsNoTracking().SingleAsync(row => row.TenantId == tenant, ct);
        return Answers.Found(View(row), row.Revision);
    }

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Change(
        string id, MergePatch<TenantInput> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, CancellationToken ct)
    {
        if (!TryVisible(id, caller, directory, out var tenant)) return Problems.NotFound();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var row = await db.Tenants.SingleAsync(row => row.TenantId == tenant, ct);
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(new TenantInput
        {
            Slug = row.Slug, Name = row.Name, Currency = Currency.Parse(row.Currency), TimeZone = row.TimeZone,
        });
        var check = Examine(input);
        check.That(input.Slug == row.Slug, "/slug", "immutable", "Cannot change.");
        check.That(input.Currency is not null, "/currency", "required", "Must not be null.");
        check.That(input.TimeZone is not null, "/timeZone", "required", "Must not be null.");
        if (check.Problem is { } problem) return problem;
        (row.Name, row.Currency, row.TimeZone) = (input.Name, input.Currency!.Code, input.TimeZone!);
        await db.CommitAsync(ct);
        await directory.ReloadAsync(CancellationToken.None);
        return Answers.Found(View(row), row.Revision);
    }

    private static bool TryVisible(string text, Caller caller, IdentityDirectory directory, out TenantId id) =>
        TypedId.TryParse(text, out id) && directory.Find(id) is not null && directory.IsAtOrBelow(id, caller.Tenant);

    private static Check Examine(TenantInput input)
    {
        var check = new Check();
        check.That(Slug().IsMatch(input.Slug), "/slug", "invalidValue", "Must have 1 to 48 lower-case letters, digits and hyphens, and begin with a letter or digit.");
        check.Text(input.Name, "/name", 200);
        check.That(input.TimeZone is null || Zones.TryFind(input.TimeZone, out _), "/timeZone", "invalidValue", "Must be an IANA time zone, such as Europe/Amsterdam.");
        return check;
    }

    private static TenantView View(TenantRow row) =>
        new(row.TenantId, row.Parent, row.Slug, row.Name, Currency.Parse(row.Currency), row.TimeZone, row.CreatedAt);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,47}\\z")]
    private static partial Regex Slug();
}
