using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Identity.Api;

/// <summary>A program that may call.</summary>
internal record ApiClientView
{
    public required ApiClientId Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Null: in the whole tenant.</summary>
    public required ClientPlaces? Where { get; init; }

    /// <summary>Null: from anywhere.</summary>
    public required IReadOnlyList<string>? AllowedAddresses { get; init; }
    public required Instant? ExpiresAt { get; init; }
    public required string? Description { get; init; }
    public required string? Contact { get; init; }
    public required Instant CreatedAt { get; init; }

    /// <summary>To about a minute.</summary>
    public required Instant? LastUsedAt { get; init; }

    /// <summary>The address that it last called from.</summary>
    public required string? LastUsedFrom { get; init; }

    /// <summary>While the key before the current one is good too.</summary>
    public required Instant? PreviousKeyUntil { get; init; }

    public static ApiClientView Of(RegisteredClient client)
    {
        var input = client.ToInput();
        return new ApiClientView
        {
            Id = client.Id, Name = client.Name, Scopes = client.Scopes, Where = input.Where, AllowedAddresses = client.AllowedAddresses, ExpiresAt = client.ExpiresAt, Description = client.Description,
            Contact = client.Contact, CreatedAt = client.CreatedAt, LastUsedAt = client.LastUsedAt, LastUsedFrom = client.LastUsedFrom, PreviousKeyUntil = client.PreviousKeyUntil,
        };
    }
}

/// <summary>The key is shown here and never again; the database has its keyed hash.</summary>
internal sealed record NewApiClientView : ApiClientView
{
    [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
    internal NewApiClientView(ApiClientView client, string key) : base(client) => Key = key;

    public required string Key { get; init; }
}

internal sealed record KeyRotation
{
    /// <summary>For how long the old key is good too: 0 to 604,800, by default 86,400 (a day).</summary>
    public int? OverlapSeconds { get; init; }
}

internal static class ApiClientEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var clients = api.MapGroup("/api-clients").WithTags("API clients");
        clients.MapPost("", Create).Needs(Scope.ClientsWrite);
        clients.MapGet("", List).Needs(Scope.ClientsRead);
        clients.MapGet("/{id}", Get).Needs(Scope.ClientsRead);
        clients.MapPatch("/{id}", Change).Needs(Scope.ClientsWrite);
        clients.MapPost("/{id}/rotate-key", Rotate).WithSummary("Make a new key for an API client").Needs(Scope.ClientsWrite).RunsOnce()
            .WithDescription("The old key, and tokens that were got with it, are good until the overlap ends. A key from before the last rotation is worth nothing at once.");
        clients.MapDelete("/{id}", Revoke).Needs(Scope.ClientsWrite);
    }

    private static async Task<Results<Made<NewApiClientView>, ProblemHttpResult>> Create(Body<ApiClientInput> body, Caller caller, ApiClientDesk desk, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var change && change is ClientChange.Done { Client: { } client, Key: { } key }
            ? Answers.Made($"api-clients/{client.Id}", new NewApiClientView(ApiClientView.Of(client), key), client.Revision)
            : Problem(change);

    private static async Task<Ok<Page<ApiClientView>>> List(PageRequest page, Caller caller, ApiClientDesk desk, CancellationToken ct) =>
        TypedResults.Ok(page.Of(await desk.ListAsync(caller, page.AfterId<ApiClientId>(), page.Take, ct), ApiClientView.Of, client => client.Id.ToString()));

    private static async Task<Results<Versioned<ApiClientView>, ProblemHttpResult>> Get(string id, Caller caller, ApiClientDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } client ? Answers.Found(ApiClientView.Of(client), client.Revision) : Problems.NotFound();

    private static async Task<Results<Versioned<ApiClientView>, ProblemHttpResult>> Change(
        string id, MergePatch<ApiClientInput> patch, IfMatch ifMatch, Caller caller, ApiClientDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) is var change && change is ClientChange.Done { Client: { } client }
            ? Answers.Found(ApiClientView.Of(client), client.Revision)
            : Problem(change);

    private static async Task<Results<Versioned<NewApiClientView>, ProblemHttpResult>> Rotate(
        string id, Body<KeyRotation> body, IfMatch ifMatch, Caller caller, ApiClientDesk desk, CancellationToken ct)
    {
        var overlap = body.Value.OverlapSeconds is { } seconds ? Duration.FromSeconds(seconds) : ApiClientDesk.UsualOverlap;
        return await desk.RotateAsync(caller, id, ifMatch.Allows, overlap, ct) is var change && change is ClientChange.Done { Client: { } client, Key: { } key }
            ? Answers.Found(new NewApiClientView(ApiClientView.Of(client), key), client.Revision)
            : Problem(change);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, IfMatch ifMatch, Caller caller, ApiClientDesk desk, CancellationToken ct) =>
        await desk.RevokeAsync(caller, id, ifMatch.Allows, ct) is var change and not ClientChange.Done ? Problem(change) : TypedResults.NoContent();

    private static ProblemHttpResult Problem(ClientChange change) => change switch
    {
        ClientChange.Gone => Problems.NotFound(),
        ClientChange.Stale => Problems.PreconditionFailed(),
        ClientChange.Wrong wrong => wrong.Check.Problem!,
        ClientChange.Beyond beyond => PeopleProblems.Of(new PeopleChange.Beyond(beyond.Missing)),
        ClientChange.Configured => Problems.Conflict("configuredClient", "This client comes from the configuration; change Busbar:AdminKey there."),
        _ => throw new InvalidOperationException($"{change.GetType().Name} is no refusal."),
    };
}
