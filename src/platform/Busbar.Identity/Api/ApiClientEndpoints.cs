using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Api;

internal sealed record ApiClientInput
{
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
}

internal sealed record ApiClientView(ApiClientId Id, string Name, IReadOnlyList<string> Scopes, Instant CreatedAt, Instant? LastUsedAt);

/// <summary>The key is shown here and never again; the database has its keyed hash.</summary>
internal sealed record NewApiClientView(ApiClientId Id, string Name, IReadOnlyList<string> Scopes, Instant CreatedAt, string Key);

internal static class ApiClientEndpoints
{
    private const int KeyBytes = 32;

    public static void Map(RouteGroupBuilder api)
    {
        var clients = api.MapGroup("/api-clients").WithTags("API clients");
        clients.MapPost("", Create).Needs(Scope.ClientsWrite);
        clients.MapGet("", List).Needs(Scope.ClientsRead);
        clients.MapGet("/{id}", Get).Needs(Scope.ClientsRead);
        clients.MapPatch("/{id}", Change).Needs(Scope.ClientsWrite);
        clients.MapDelete("/{id}", Revoke).Needs(Scope.ClientsWrite);
    }

    private static async Task<Results<Made<NewApiClientView>, ProblemHttpResult>> Create(
        Body<ApiClientInput> body, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, KeyedHash hash, IdSource ids, TimeProvider clock, CancellationToken ct)
    {
        var input = body.Value;
        if (Examine(input).Problem is { } problem) return problem;
        if (Beyond(input, caller) is { } refusal) return refusal;
        var key = "busbar_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        var row = new ApiClientRow
        {
            TenantId = caller.Tenant, Id = ids.New<ApiClientId>(), Name = input.Name, Scopes = string.Join(' ', input.Scopes.Distinct()),
            KeyHash = hash.Hash(IdentityDirectory.KeyPurpose, Encoding.UTF8.GetBytes(key)), CreatedAt = clock.GetInstant(),
        };
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.Add(row);
        await db.CommitAsync(ct);
        await directory.ReloadAsync(CancellationToken.None);
        return Answers.Made($"api-clients/{row.Id}", new NewApiClientView(row.Id, row.Name, row.Scopes.Split(' '), row.CreatedAt, key), row.Revision);
    }

    private static async Task<Ok<Page<ApiClientView>>> List(PageRequest page, Caller caller, RoomDbFactory<IdentityDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.ApiClients.AsNoTracking().Where(row => row.RevokedAt == null);
        if (page.AfterId<ApiClientId>() is { } after) rows = rows.Where(row => row.Id.CompareTo(after) > 0);
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), View, row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<ApiClientView>, ProblemHttpResult>> Get(string id, Caller caller, RoomDbFactory<IdentityDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, id, ct) is { } row ? Answers.Found(View(row), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<ApiClientView>, ProblemHttpResult>> Change(
        string id, MergePatch<ApiClientInput> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(new ApiClientInput { Name = row.Name, Scopes = row.Scopes.Split(' ') });
        if (Examine(input).Problem is { } problem) return problem;
        if (Beyond(input, caller) is { } refusal) return refusal;
        (row.Name, row.Scopes) = (input.Name, string.Join(' ', input.Scopes.Distinct()));
        await db.CommitAsync(ct);
        await directory.ReloadAsync(CancellationToken.None);
        return Answers.Found(View(row), row.Revision);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        string id, IfMatch ifMatch, Caller caller, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, TimeProvider clock, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        if (row.Configured) return Problems.Conflict("configuredClient", "This client comes from the configuration; change Busbar:AdminKey there.");
        row.RevokedAt = clock.GetInstant();
        await db.CommitAsync(ct);
        await directory.ReloadAsync(CancellationToken.None);
        return TypedResults.NoContent();
    }

    private static async Task<ApiClientRow?> FindAsync(IdentityDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<ApiClientId>(text, out var id) ? await db.ApiClients.SingleOrDefaultAsync(row => row.Id == id && row.RevokedAt == null, ct) : null;

    private static Check Examine(ApiClientInput input)
    {
        var check = new Check();
        check.Text(input.Name, "/name", 200);
        check.That(input.Scopes.Count > 0, "/scopes", "invalidLength", "Must have at least one scope.");
        for (var i = 0; i < input.Scopes.Count; i++) check.That(Scope.Known.Contains(input.Scopes[i]), $"/scopes/{i}", "invalidValue", "Is not a scope.");
        return check;
    }

    /// <summary>Nobody gives away a right that is not theirs.</summary>
    private static ProblemHttpResult? Beyond(ApiClientInput input, Caller caller) =>
        input.Scopes.FirstOrDefault(scope => !caller.May(scope)) is { } scope ? Problems.Forbidden($"You do not hold the scope {scope} yourself.") : null;

    private static ApiClientView View(ApiClientRow row) => new(row.Id, row.Name, row.Scopes.Split(' '), row.CreatedAt, row.LastUsedAt);
}
