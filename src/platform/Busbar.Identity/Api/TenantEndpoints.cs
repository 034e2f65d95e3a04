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
        tenants.MapGet("/{id}/four-eyes", FourEyesRequests).WithSummary("List what shall not take two people any more").Needs(Scope.TenantsRead);
        tenants.MapPost("/{id}/four-eyes/{request}/confirm", Confirm).WithSummary("Confirm that an act takes one person").Needs(Scope.TenantsWrite)
            .WithDescription("By another person than the one who took it out of the tenant's list, and within 7 days.");
        tenants.MapDelete("/{id}/four-eyes/{request}", Withdraw).WithSummary("Take back that an act should take one person").Needs(Scope.TenantsWrite);
        tenants.MapGet("/{id}/closing", Closing).WithSummary("Look at what closing a tenant would end").Needs(Scope.TenantsWrite);
        tenants.MapPost("/{id}/close", Close).WithSummary("Close a tenant").Needs(Scope.TenantsWrite)
            .WithDescription("For who may make tenants where it stands. Nobody of it comes in any more and no station of it, and nothing of it leaves; what it has stays, and those above read it as before.");
        tenants.MapPost("/{id}/reopen", Reopen).WithSummary("Open a closed tenant again").Needs(Scope.TenantsWrite);
        tenants.MapGet("/{id}/break-glass", Glasses).WithSummary("List who came into a tenant past what it shares").Needs(Scope.TenantsRead);
        tenants.MapPost("/{id}/break-glass", Break).WithSummary("Come into a tenant past what it shares").NeedsOperator(Scope.TenantsWrite)
            .WithDescription("For a person of a tenant above, for a while. The tenant's audit has it, its owners get a mail, and its console shows it.");
        tenants.MapDelete("/{id}/break-glass/{glass}", End).WithSummary("End somebody's time in a tenant").NeedsOperator();
    }

    private static async Task<Results<Made<TenantView>, ProblemHttpResult>> Create(Body<TenantInput> body, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var change && change is TenantChange.Done { Tenant: var made } ? Answers.Made($"tenants/{made.Id}", made, made.Version) : Refusal(change);

    private static async Task<Ok<Page<TenantView>>> List(PageRequest page, Named<TenantState>? state, Caller caller, TenantDesk desk, CancellationToken ct) =>
        TypedResults.Ok(page.Of(await desk.ListAsync(caller, state?.Value, page.AfterId<TenantId>(), page.Take, ct), view => view, view => view.Id.ToString()));

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Get(string id, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } found ? Answers.Found(found, found.Version) : Problems.NotFound();

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Change(string id, MergePatch<TenantInput> patch, IfMatch ifMatch, Caller caller, TenantDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) is var change && change is TenantChange.Done { Tenant: var now } ? Answers.Found(now, now.Version) : Refusal(change);

    private static async Task<Results<Ok<TenantClosingView>, ProblemHttpResult>> Closing(string id, Caller caller, ClosingDesk desk, CancellationToken ct)
    {
        var (view, refusal) = await desk.LookAsync(caller, id, ct);
        return refusal is null ? TypedResults.Ok(view!) : Refusal(refusal);
    }

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Close(string id, Caller caller, ClosingDesk desk, CancellationToken ct) => Answer(await desk.CloseAsync(caller, id, ct));

    private static async Task<Results<Versioned<TenantView>, ProblemHttpResult>> Reopen(string id, Caller caller, ClosingDesk desk, CancellationToken ct) => Answer(await desk.ReopenAsync(caller, id, ct));

    private static async Task<Results<Ok<Page<FourEyesRequestView>>, ProblemHttpResult>> FourEyesRequests(string id, Caller caller, TenantDesk tenants, FourEyesDesk desk, CancellationToken ct)
    {
        if (await tenants.FindAsync(caller, id, ct) is null) return Problems.NotFound();
        return await desk.ListAsync(caller, id, ct) is { } waiting ? TypedResults.Ok(new Page<FourEyesRequestView>(waiting, null)) : Unshared();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Confirm(string id, string request, Caller caller, FourEyesDesk desk, CancellationToken ct) => Answer(await desk.ConfirmAsync(caller, id, request, ct));

    private static async Task<Results<NoContent, ProblemHttpResult>> Withdraw(string id, string request, Caller caller, FourEyesDesk desk, CancellationToken ct) => Answer(await desk.WithdrawAsync(caller, id, request, ct));

    private static Results<NoContent, ProblemHttpResult> Answer(FourEyesAnswer answer) => answer switch
    {
        FourEyesAnswer.Done => TypedResults.NoContent(),
        FourEyesAnswer.Unshared => Unshared(),
        FourEyesAnswer.Lacks { Why: SecondLack.IsProgram } => Problems.Forbidden("A person confirms this: a program cannot look."),
        FourEyesAnswer.Lacks => Problems.Conflict("secondPersonNeeded", "Another person than the one who asked for it confirms this."),
        FourEyesAnswer.Stale => Problems.PreconditionFailed(),
        _ => Problems.NotFound(),
    };

    private static Results<Versioned<TenantView>, ProblemHttpResult> Answer(TenantClosing closing) =>
        closing is TenantClosing.Done { Tenant: var tenant } ? Answers.Found(tenant, tenant.Version) : Refusal(closing);

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
        TenantChange.Closed => Problems.TenantClosed(),
        _ => Problems.NotFound(),
    };

    private static ProblemHttpResult Refusal(TenantClosing closing) => closing switch
    {
        TenantClosing.Own => Problems.Conflict("ownTenant", "Nobody closes the tenant that they act in: it is done from one above it, and the first of all has none."),
        TenantClosing.Lacks => Problems.Lacks(Scope.TenantsWrite, anywhere: false),
        TenantClosing.OpenBelow { Slugs: var open } => Problems.Of(StatusCodes.Status409Conflict, "tenantsBelow", "Tenants below it are open: close those first.", new Dictionary<string, object?>
        {
            ["errors"] = new Dictionary<string, FieldError[]> { ["/openBelow"] = [.. open.Select(slug => new FieldError("open", slug))] },
        }),
        TenantClosing.AboveClosed => Problems.Conflict("aboveClosed", "A tenant above it is closed: that one is opened first."),
        TenantClosing.Stale => Problems.PreconditionFailed(),
        _ => Problems.NotFound(),
    };

    private static ProblemHttpResult Unshared() => Problems.Forbidden("The tenant does not share that with those above it.");
}
