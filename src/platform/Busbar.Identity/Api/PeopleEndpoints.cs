using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Identity.Api;

/// <summary>What may be said of a person: what they are called, whether they may sign in, and what they may do where.</summary>
internal sealed record PersonInput
{
    public string? Name { get; init; }
    public required bool Enabled { get; init; }
    public required IReadOnlyList<GrantInput> Grants { get; init; }
}

internal sealed record InvitationInput
{
    public required string Email { get; init; }
    public required IReadOnlyList<GrantInput> Grants { get; init; }

    /// <summary>Of the mail: <c>en</c> or <c>de</c>.</summary>
    public string? Language { get; init; }
}

/// <param name="Role">A built-in role's name, or the id of one of the tenant's own.</param>
/// <param name="Where"><c>tenant</c>, <c>locations</c> or <c>stations</c>.</param>
/// <param name="Ids">Null of the tenant.</param>
internal sealed record GrantView(string Role, string Where, IReadOnlyList<string>? Ids)
{
    public static string NameOf(PlaceKind kind) => kind switch { PlaceKind.Tenant => "tenant", PlaceKind.Location => "locations", _ => "stations" };

    public static async Task<IReadOnlyList<GrantView>> AllAsync(GrantBook book, TenantId tenant, IReadOnlyList<Grant> grants, CancellationToken ct) =>
        [.. (await book.ShowAsync(tenant, grants, ct)).Select(group => new GrantView(group.Role.Key, NameOf(group.Where), group.Where == PlaceKind.Tenant ? null : [.. group.Places.Select(place => place.Name)]))];
}

internal sealed record PersonView(OperatorId Id, string Email, string? Name, bool Enabled, IReadOnlyList<GrantView> Grants, Instant CreatedAt, Instant? LastSignInAt)
{
    public static async Task<PersonView> OfAsync(GrantBook book, TenantId tenant, Person person, CancellationToken ct) =>
        new(person.Id, person.Email, person.Name, person.Enabled, await GrantView.AllAsync(book, tenant, person.Grants, ct), person.CreatedAt, person.LastSignInAt);
}

internal sealed record InvitationView(InvitationId Id, string Email, IReadOnlyList<GrantView> Grants, string GivenBy, Instant CreatedAt, Instant ExpiresAt);

/// <param name="Link">It is shown here and never again; it can be used once.</param>
/// <param name="Mail"><c>sent</c> to the address, <c>failed</c>, or <c>notConfigured</c>.</param>
internal sealed record LinkView(InvitationId Id, string Email, Uri Link, Instant ExpiresAt, LinkMailState Mail);

/// <summary>The tenant's operators, and those who are invited.</summary>
internal static class PeopleEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var people = api.MapGroup("/people").WithTags("People");
        people.MapGet("", List).Needs(Scope.PeopleRead);
        people.MapGet("/{id}", Get).Needs(Scope.PeopleRead);
        people.MapPatch("/{id}", Change).Needs(Scope.PeopleWrite);
        people.MapDelete("/{id}", Remove).Needs(Scope.PeopleWrite);
        people.MapPost("/{id}/new-password", NewPassword).WithSummary("Make a link for a new password").Needs(Scope.PeopleWrite).RunsOnce().WithDescription("A link by which they set a password anew, good for a day. Until it is used the old one stays.");
        people.MapGet("/{id}/sign-ins", SignInsOf).Needs(Scope.PeopleRead);
        people.MapDelete("/{id}/sign-ins", EndAll).WithSummary("End the sessions of a person").Needs(Scope.PeopleWrite);
        people.MapDelete("/{id}/sign-ins/{signIn}", End).WithSummary("End a session of a person").Needs(Scope.PeopleWrite);

        var invitations = api.MapGroup("/invitations").WithTags("People");
        invitations.MapPost("", Invite).Needs(Scope.PeopleWrite).RunsOnce().WithDescription("A link by which they come in, good for seven days. An earlier one for the same address is worth nothing then.");
        invitations.MapGet("", Invitations).Needs(Scope.PeopleRead);
        invitations.MapDelete("/{id}", Revoke).Needs(Scope.PeopleWrite);
    }

    private static async Task<Ok<Page<PersonView>>> List(PageRequest page, Caller caller, PeopleDesk desk, GrantBook book, CancellationToken ct)
    {
        var some = await desk.ListAsync(caller, page.AfterId<OperatorId>(), page.Take, ct);
        var views = new List<PersonView>(some.Count);
        foreach (var person in some) views.Add(await PersonView.OfAsync(book, caller.Tenant, person, ct));
        return TypedResults.Ok(page.Of(views, view => view, view => view.Id.ToString()));
    }

    private static async Task<Results<Versioned<PersonView>, ProblemHttpResult>> Get(string id, Caller caller, PeopleDesk desk, GrantBook book, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } person ? Answers.Found(await PersonView.OfAsync(book, caller.Tenant, person, ct), person.Revision) : Problems.NotFound();

    private static async Task<Results<Versioned<PersonView>, ProblemHttpResult>> Change(
        string id, MergePatch<PersonInput> patch, IfMatch ifMatch, Caller caller, PeopleDesk desk, GrantBook book, CancellationToken ct)
    {
        if (await desk.FindAsync(caller, id, ct) is not { } before) return Problems.NotFound();
        var grants = await GrantView.AllAsync(book, caller.Tenant, before.Grants, ct);
        var input = patch.ApplyTo(new PersonInput
        {
            Name = before.Name, Enabled = before.Enabled, Grants = [.. grants.Select(grant => new GrantInput { Role = grant.Role, Where = grant.Where, Ids = grant.Ids })],
        });
        // What was read a moment ago is what is changed.
        var change = await desk.ChangeAsync(caller, id, revision => revision == before.Revision && ifMatch.Allows(revision), _ => new PersonWish(input.Name, input.Enabled, input.Grants), ct);
        return change is PeopleChange.Done { Person: { } person } ? Answers.Found(await PersonView.OfAsync(book, caller.Tenant, person, ct), person.Revision) : PeopleProblems.Of(change);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string id, IfMatch ifMatch, Caller caller, PeopleDesk desk, CancellationToken ct) =>
        await desk.RemoveAsync(caller, id, ifMatch.Allows, ct) is var change and not PeopleChange.Done ? PeopleProblems.Of(change) : TypedResults.NoContent();

    private static async Task<Results<Ok<LinkView>, ProblemHttpResult>> NewPassword(
        string id, HttpContext http, Caller caller, InvitationDesk desk, LinkMail mail, IdentityDirectory directory, CancellationToken ct) =>
        await desk.NewPasswordAsync(caller, id, ct) is var change && change is PeopleChange.Linked { Link: var link }
            ? TypedResults.Ok(await ViewAsync(link, http, caller, mail, directory, null, ct))
            : PeopleProblems.Of(change);

    private static async Task<Results<Ok<Page<SignInView>>, ProblemHttpResult>> SignInsOf(string id, Caller caller, PeopleDesk desk, SignIns signIns, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } person ? TypedResults.Ok(new Page<SignInView>(await signIns.ListAsync(caller.Tenant, person.Id, ct), null)) : Problems.NotFound();

    private static Task<Results<NoContent, ProblemHttpResult>> EndAll(string id, Caller caller, PeopleDesk desk, SignIns signIns, CancellationToken ct) =>
        EndAsync(id, caller, desk, async person =>
        {
            await signIns.EndAllAsync(caller.Tenant, person.Id, null, caller.Author, ct);
            return true;
        }, ct);

    private static Task<Results<NoContent, ProblemHttpResult>> End(string id, string signIn, Caller caller, PeopleDesk desk, SignIns signIns, CancellationToken ct) =>
        EndAsync(id, caller, desk, async person => TypedId.TryParse<SignInId>(signIn, out var known) && await signIns.EndAsync(caller.Tenant, person.Id, known, caller.Author, ct), ct);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(string id, Caller caller, PeopleDesk desk, Func<Person, Task<bool>> end, CancellationToken ct)
    {
        if (await desk.FindAsync(caller, id, ct) is not { } person) return Problems.NotFound();
        if (await desk.LacksAsync(caller, person, ct) is { } missing) return PeopleProblems.Of(new PeopleChange.Beyond(missing));
        return await end(person) ? TypedResults.NoContent() : Problems.NotFound();
    }

    private static async Task<Results<Ok<LinkView>, ProblemHttpResult>> Invite(
        Body<InvitationInput> body, HttpContext http, Caller caller, InvitationDesk desk, LinkMail mail, IdentityDirectory directory, CancellationToken ct)
    {
        var (input, check) = (body.Value, new Check());
        if (!check.That(input.Language is null or "en" or "de", "/language", "unknownValue", "One of en, de.")) return check.Problem!;
        var change = await desk.InviteAsync(caller, input.Email, input.Grants, ct);
        return change is PeopleChange.Linked { Link: var link } ? TypedResults.Ok(await ViewAsync(link, http, caller, mail, directory, input.Language, ct)) : PeopleProblems.Of(change);
    }

    private static async Task<Ok<Page<InvitationView>>> Invitations(PageRequest page, Caller caller, InvitationDesk desk, GrantBook book, CancellationToken ct)
    {
        var some = await desk.ListAsync(caller, page.AfterId<InvitationId>(), page.Take, ct);
        var views = new List<InvitationView>(some.Count);
        foreach (var one in some) views.Add(new InvitationView(one.Id, one.Email, await GrantView.AllAsync(book, caller.Tenant, one.Grants, ct), one.GivenBy, one.CreatedAt, one.ExpiresAt));
        return TypedResults.Ok(page.Of(views, view => view, view => view.Id.ToString()));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string id, Caller caller, InvitationDesk desk, CancellationToken ct) =>
        await desk.RevokeAsync(caller, id, ct) is var change and not PeopleChange.Done ? PeopleProblems.Of(change) : TypedResults.NoContent();

    private static async Task<LinkView> ViewAsync(PersonLink link, HttpContext http, Caller caller, LinkMail mail, IdentityDirectory directory, string? language, CancellationToken ct)
    {
        // As the caller reached us: a proxy's name is the one that others reach too.
        var address = new Uri($"{http.Request.Scheme}://{http.Request.Host}/{link.Path}");
        return new LinkView(link.Id, link.Email, address, link.ExpiresAt, await mail.SendAsync(link, address, directory.Find(caller.Tenant)!, language ?? DoorTexts.LanguageOf(http.Request), ct));
    }
}

/// <summary>What could not be done with people and roles, as the API says it.</summary>
internal static class PeopleProblems
{
    public static ProblemHttpResult Of(PeopleChange change) => change switch
    {
        PeopleChange.Gone => Problems.NotFound(),
        PeopleChange.Stale => Problems.PreconditionFailed(),
        PeopleChange.Wrong wrong => wrong.Check.Problem!,
        PeopleChange.Beyond beyond => Beyond(beyond.Missing),
        PeopleChange.LastOwner => Problems.Conflict("lastOwner", "Nobody would be left who can do everything here: make somebody else an owner first."),
        PeopleChange.RoleInUse => Problems.Conflict("roleInUse", "Somebody holds this role, or is invited to."),
        _ => throw new InvalidOperationException($"{change.GetType().Name} is no refusal."),
    };

    private static ProblemHttpResult Beyond(MissingRight missing) => Problems.Of(StatusCodes.Status403Forbidden, "beyondYourRights",
        missing.Where.Kind == PlaceKind.Tenant ? $"You do not hold the scope {missing.Scope} in the whole tenant yourself." : $"You do not hold the scope {missing.Scope} at that place yourself.",
        new Dictionary<string, object?> { ["scope"] = missing.Scope, ["where"] = GrantView.NameOf(missing.Where.Kind) });
}
