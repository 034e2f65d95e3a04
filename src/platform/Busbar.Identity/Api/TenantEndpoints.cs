using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Identity.Api;

internal sealed record BreakGlassInput
{
    /// <summary>What for: the tenant's people are told.</summary>
    public required string Reason { get; init; }

    /// <summary>How long, from 5 to 240.</summary>
    public int Minutes { get; init; } = 60;
}

internal sealed record BreakGlassView(BreakGlassId Id, string Operator, string Home, string Reason, Instant BegunAt, Instant Until);

internal static class TenantEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tenants = api.MapGroup("/tenants").WithTags("Tenants");
        tenants.MapPost("", Create).Needs(Scope.TenantsWrite).WithDescription("Makes a tenant below the caller's.");
        tenants.MapGet("", List).Needs(Scope.TenantsRead).WithDescription("The caller's tenant and all below it.");
        tenants.MapGet("/{id}", Get).Needs(Scope.TenantsRead);
        tenants.MapPatch("/{id}", Change).Needs(Scope.TenantsWrite);
        tenants.MapGet("/{id}/break-glass", Glasses).WithSummary("List who came into a tenant past what it shares").Needs(Scope.TenantsRead);
        tenants.MapPost("/{id}/break-glass", Break).WithSummary("Come into a tenant past what it shares").NeedsOperator(Scope.TenantsWrite)
            .WithDescription("For a person of a tenant above, for a while. The tenant's audit has it, its owners get a mail, and its console shows it.");
        tenants.MapDelete("/{id}/break-glass/{glass}", End).WithSummary("End somebody's time in a tenant").NeedsOperator();
    }

    private static async Task<Results<Made<TenantView>, ProblemHttpResult>> Create(Body<TenantInput> body, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var change && change is TenantChange.Done { Tenant: var made } ? Answers.Made($"tenants/{made.Id}", made, made.Version) : Refusal(change);

    private static async Task<Ok<Page<TenantView>>> List(PageRequest page, Caller caller, TenantDesk desk, CancellationToken ct) =>
        TypedResults.Ok(page.Of(await desk.ListAsync(caller, page.AfterId<TenantId>(), page.Take, ct), view => view, view => view.Id.ToString()));

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Get(string id, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } found ? Answers.Found(found, found.Version) : Problems.NotFound();

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Change(string id, MergePatch<TenantInput> patch, IfMatch ifMatch, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) is var change && change is TenantChange.Done { Tenant: var now } ? Answers.Found(now, now.Version) : Refusal(change);

    private static async Task<Results<Ok<Page<BreakGlassView>>, ProblemHttpResult>> Glasses(string id, Caller caller, TenantDesk tenants, BreakGlassDesk desk, IdentityDirectory directory, CancellationToken ct)
    {
        if (await tenants.FindAsync(caller, id, ct) is not { } tenant) return Problems.NotFound();
        // Who may not look in sees nothing of it but that it is there.
        if (directory.Below(caller, tenant.Id).Within(Scope.TenantsRead).IsNowhere) return Unshared();
        return TypedResults.Ok(new Page<BreakGlassView>([.. (await desk.ListAsync(tenant.Id, 100, ct)).Select(View)], null));
    }

    private static async Task<Results<Made<BreakGlassView>, ProblemHttpResult>> Break(string id, Body<BreakGlassInput> body, Caller caller, BreakGlassDesk desk, CancellationToken ct) =>
        await desk.BreakAsync(caller, id, body.Value.Reason, body.Value.Minutes, ct) switch
        {
            GlassBroken.Done { Glass: var glass } => Answers.Made($"tenants/{glass.Tenant}/break-glass/{glass.Id}", View(glass), 1),
            GlassBroken.Wrong { Check.Problem: { } problem } => problem,
            GlassBroken.NotNeeded => Problems.Conflict("glassNotNeeded", "The tenant shares all already."),
            _ => Problems.NotFound(),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> End(string id, string glass, Caller caller, BreakGlassDesk desk, CancellationToken ct) =>
        await desk.EndAsync(caller, id, glass, ct) ? TypedResults.NoContent() : Problems.NotFound();

    private static BreakGlassView View(KnownBreakGlass glass) => new(glass.Id, glass.Name, glass.Home, glass.Reason, glass.BegunAt, glass.Until);

    private static ProblemHttpResult Refusal(TenantChange change) => change switch
    {
        TenantChange.Wrong { Check.Problem: { } problem } => problem,
        TenantChange.Stale => Problems.PreconditionFailed(),
        TenantChange.Taken => Problems.Conflict("tenantExists", "Another tenant has this slug."),
        TenantChange.Unshared => Unshared(),
        _ => Problems.NotFound(),
    };

    private static ProblemHttpResult Unshared() => Problems.Forbidden("The tenant does not share that with those above it.");
}
