using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Identity.Api;

/// <summary>An OpenID provider of the tenant. Its secret is never shown.</summary>
internal sealed record IdentityProviderView
{
    public required IdentityProviderId Id { get; init; }
    public required string Name { get; init; }
    public required string Issuer { get; init; }
    public required string ClientId { get; init; }
    public required bool HasSecret { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Null: <c>groups</c> and <c>roles</c>.</summary>
    public required string? RoleClaim { get; init; }
    public required IReadOnlyList<RoleMappingInput> Mappings { get; init; }
    public required IReadOnlyList<string> Domains { get; init; }
    public required bool MakesPeople { get; init; }
    public required bool Enabled { get; init; }
    public required bool Required { get; init; }
    public required bool TrustsSecondFactor { get; init; }
    public required Instant CreatedAt { get; init; }

    public static IdentityProviderView Of(RegisteredProvider provider) => new()
    {
        Id = provider.Id, Name = provider.Name, Issuer = provider.Issuer, ClientId = provider.ClientId, HasSecret = provider.HasSecret, Scopes = provider.Scopes, RoleClaim = provider.RoleClaim,
        Mappings = provider.Mappings, Domains = provider.Domains, MakesPeople = provider.MakesPeople, Enabled = provider.Enabled, Required = provider.Required,
        TrustsSecondFactor = provider.TrustsSecondFactor, CreatedAt = provider.CreatedAt,
    };
}

/// <param name="Ok">It can be used as it is.</param>
/// <param name="Fault">Why not.</param>
/// <param name="Detail">What was found instead: a status, an issuer, the name of a member.</param>
/// <param name="Keys">How many keys it signs with.</param>
internal sealed record ProviderTestView(bool Ok, ProviderFault? Fault, string? Detail, int Keys);

/// <summary>Single sign-on: who says for the tenant who its people are.</summary>
internal static class ProviderEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var providers = api.MapGroup("/identity-providers").WithTags("People");
        providers.MapPost("", Create).Needs(Scope.PeopleWrite)
            .WithDescription("Who sets one up must hold all rights in the whole tenant: people of its domains come in as it says. Its redirect URI is /signin/callback below this server's address.");
        providers.MapGet("", List).Needs(Scope.PeopleRead);
        providers.MapGet("/{id}", Get).Needs(Scope.PeopleRead);
        providers.MapPatch("/{id}", Change).Needs(Scope.PeopleWrite);
        providers.MapDelete("/{id}", Remove).Needs(Scope.PeopleWrite).WithDescription("What its mappings gave is taken away, and sessions that came by it end.");
        providers.MapPost("/{id}/test", Test).WithSummary("Ask an identity provider what it says of itself").Needs(Scope.PeopleWrite);
    }

    private static async Task<Results<Made<IdentityProviderView>, ProblemHttpResult>> Create(Body<IdentityProviderInput> body, Caller caller, ProviderDesk desk, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var change && change is ProviderChange.Done { Provider: { } made }
            ? Answers.Made($"identity-providers/{made.Id}", IdentityProviderView.Of(made), made.Revision)
            : Problem(change);

    // A tenant has few: one page has them all.
    private static async Task<Ok<Page<IdentityProviderView>>> List(Caller caller, ProviderDesk desk, CancellationToken ct) =>
        TypedResults.Ok(new Page<IdentityProviderView>([.. (await desk.ListAsync(caller, ct)).Select(IdentityProviderView.Of)], null));

    private static async Task<Results<Versioned<IdentityProviderView>, ProblemHttpResult>> Get(string id, Caller caller, ProviderDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } found ? Answers.Found(IdentityProviderView.Of(found), found.Revision) : Problems.NotFound();

    private static async Task<Results<Versioned<IdentityProviderView>, ProblemHttpResult>> Change(
        string id, MergePatch<IdentityProviderInput> patch, IfMatch ifMatch, Caller caller, ProviderDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) is var change && change is ProviderChange.Done { Provider: { } now }
            ? Answers.Found(IdentityProviderView.Of(now), now.Revision)
            : Problem(change);

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, IfMatch ifMatch, Caller caller, ProviderDesk desk, CancellationToken ct) =>
        await desk.RemoveAsync(caller, id, ifMatch.Allows, ct) is var change and not ProviderChange.Done ? Problem(change) : TypedResults.NoContent();

    private static async Task<Results<Ok<ProviderTestView>, ProblemHttpResult>> Test(string id, Caller caller, ProviderDesk desk, CancellationToken ct) =>
        await desk.ProbeAsync(caller, id, ct) is { } probe ? TypedResults.Ok(new ProviderTestView(probe.Fault is null, probe.Fault, probe.Detail, probe.Keys)) : Problems.NotFound();

    private static ProblemHttpResult Problem(ProviderChange change) => change switch
    {
        ProviderChange.Gone => Problems.NotFound(),
        ProviderChange.Stale => Problems.PreconditionFailed(),
        ProviderChange.Wrong wrong => wrong.Check.Problem!,
        ProviderChange.Beyond beyond => PeopleProblems.Of(new PeopleChange.Beyond(beyond.Missing)),
        ProviderChange.LastOwner => PeopleProblems.Of(new PeopleChange.LastOwner()),
        _ => throw new InvalidOperationException($"{change.GetType().Name} is no refusal."),
    };
}
