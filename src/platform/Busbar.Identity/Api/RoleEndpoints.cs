using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Api;

/// <param name="Name">Null of a built-in one.</param>
internal sealed record RoleView(string Id, string? Name, bool BuiltIn, IReadOnlyList<string> Scopes)
{
    public static RoleView Of(Role role) => new(role.Key, role.Name, role.IsBuiltIn, role.Scopes);
}

/// <summary>Named sets of scopes: the built-in ones, which nobody changes, and the tenant's own.</summary>
internal static class RoleEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var roles = api.MapGroup("/roles").WithTags("People");
        roles.MapGet("", List).Needs(Scope.PeopleRead);
        roles.MapGet("/{id}", Get).Needs(Scope.PeopleRead);
        roles.MapPost("", Create).Needs(Scope.PeopleWrite);
        roles.MapPatch("/{id}", Change).Needs(Scope.PeopleWrite);
        roles.MapDelete("/{id}", Remove).Needs(Scope.PeopleWrite);
    }

    // They are few, and in memory: one page has them all.
    private static Ok<Page<RoleView>> List(Caller caller, RoleDesk desk) => TypedResults.Ok(new Page<RoleView>([.. desk.List(caller).Select(RoleView.Of)], null));

    private static Results<Versioned<RoleView>, ProblemHttpResult> Get(string id, Caller caller, RoleDesk desk) =>
        desk.Find(caller, id) is { } role ? Answers.Found(RoleView.Of(role), role.Revision) : Problems.NotFound();

    private static async Task<Results<Made<RoleView>, ProblemHttpResult>> Create(Body<RoleInput> body, Caller caller, RoleDesk desk, CancellationToken ct) =>
        await desk.CreateAsync(caller, body.Value, ct) is var change && change is PeopleChange.RoleDone { Role: { } role }
            ? Answers.Made($"roles/{role.Key}", RoleView.Of(role), role.Revision)
            : PeopleProblems.Of(change);

    private static async Task<Results<Versioned<RoleView>, ProblemHttpResult>> Change(string id, MergePatch<RoleInput> patch, IfMatch ifMatch, Caller caller, RoleDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(caller, id, ifMatch.Allows, patch.ApplyTo, ct) is var change && change is PeopleChange.RoleDone { Role: { } role }
            ? Answers.Found(RoleView.Of(role), role.Revision)
            : PeopleProblems.Of(change);

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, IfMatch ifMatch, Caller caller, RoleDesk desk, CancellationToken ct) =>
        await desk.RemoveAsync(caller, id, ifMatch.Allows, ct) is var change and not PeopleChange.RoleDone ? PeopleProblems.Of(change) : TypedResults.NoContent();
}
