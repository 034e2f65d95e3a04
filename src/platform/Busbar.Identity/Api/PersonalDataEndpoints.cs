using Busbar.Identity.Http;
using Busbar.Identity.Personal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Api;

/// <summary>Whose data: exactly one of these.</summary>
internal sealed record SubjectInput
{
    /// <summary>A person who works here.</summary>
    public string? OperatorId { get; init; }

    /// <summary>A token's uid or a contract id (eMAID): its driver, with all their tokens. It need not be known here.</summary>
    public string? TokenUid { get; init; }

    /// <summary>A driver, as the tokens name them.</summary>
    public string? DriverId { get; init; }

    public SubjectWish? Examine(Check check)
    {
        if (!check.That(new[] { OperatorId, TokenUid, DriverId }.Count(part => part is not null) == 1, "", "invalidValue", "Send exactly one of operatorId, tokenUid, driverId.")) return null;
        check.OptionalText(TokenUid, "/tokenUid", 255);
        check.OptionalText(DriverId, "/driverId", 100);
        check.OptionalText(OperatorId, "/operatorId", 100);
        return new SubjectWish(OperatorId, TokenUid, DriverId);
    }
}

/// <param name="Subject"><c>operator</c> or <c>driver</c>.</param>
/// <param name="Tokens">The driver's: all of them go together.</param>
/// <param name="Records">What the rooms have.</param>
/// <param name="Refusal">Why it cannot be erased, as a problem's code; null: it can.</param>
internal sealed record PersonalDataView(string Subject, string? Email, string? Name, string? DriverId, IReadOnlyList<string> Tokens, IReadOnlyList<PersonalDataView.Part> Records, string? Refusal)
{
    internal sealed record Part(string Room, string Kind, long Count);
}

/// <summary>What is kept of one person: shown, given to them, and erased.</summary>
internal static class PersonalDataEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var data = api.MapGroup("/personal-data").WithTags("Personal data");
        data.MapPost("/find", Find).WithSummary("Find what is kept of a person").Needs(Scope.PersonalDataManage).WithDescription("Changes nothing. A POST, so that nobody's uid stands in an address.");
        data.MapPost("/export", Export).WithSummary("Export what is kept of a person").Needs(Scope.PersonalDataManage).WithDescription("One JSON document, room by room. Changes nothing.");
        data.MapPost("/erasures", Erase).WithSummary("Erase a person's data").Needs(Scope.PersonalDataManage)
            .WithDescription("What must be kept, such as the amounts of CDRs, names nobody afterwards; what is held for a while is told, with the reason and the end. Asked for again, it erases what has come since.");
        data.MapGet("/erasures", List).WithSummary("List erasures").Needs(Scope.PersonalDataManage);
        data.MapGet("/erasures/{id}", Get).WithSummary("Get an erasure").Needs(Scope.PersonalDataManage);
    }

    private static async Task<Results<Ok<PersonalDataView>, ProblemHttpResult>> Find(Body<SubjectInput> body, Caller caller, PersonalDataDesk desk, CancellationToken ct)
    {
        var check = new Check();
        if (body.Value.Examine(check) is not { } wish || check.Problem is not null) return check.Problem!;
        if (await desk.IdentifyAsync(caller, wish, ct) is not { } subject) return Problems.NotFound();
        var records = await desk.CountAsync(subject, ct);
        return TypedResults.Ok(new PersonalDataView(
            subject.Operator is null ? "driver" : "operator", subject.Email, subject.Name, subject.DriverId, subject.Uids, [.. records.Select(part => new PersonalDataView.Part(part.Room, part.Kind, part.Count))],
            await desk.RefusalAsync(caller, subject, ct)));
    }

    private static async Task<Results<PushStreamHttpResult, ProblemHttpResult>> Export(Body<SubjectInput> body, Caller caller, PersonalDataDesk desk, HttpContext http, CancellationToken ct)
    {
        var check = new Check();
        if (body.Value.Examine(check) is not { } wish || check.Problem is not null) return check.Problem!;
        if (await desk.IdentifyAsync(caller, wish, ct) is not { } subject) return Problems.NotFound();
        await desk.TellExportedAsync(caller, subject, ct);
        return TypedResults.Stream(_ => PersonalDataFile.WriteAsync(http.Response.BodyWriter, desk.ExportAsync(subject, ct), ct), "application/json", "personal-data.json");
    }

    private static async Task<Results<Made<Erasure>, ProblemHttpResult>> Erase(Body<SubjectInput> body, Caller caller, PersonalDataDesk desk, CancellationToken ct)
    {
        var check = new Check();
        if (body.Value.Examine(check) is not { } wish || check.Problem is not null) return check.Problem!;
        if (await desk.IdentifyAsync(caller, wish, ct) is not { } subject) return Problems.NotFound();
        return await desk.EraseAsync(caller, subject, ct) switch
        {
            ErasureOutcome.Done { Erasure: var erasure } => Answers.Made($"personal-data/erasures/{erasure.Id}", erasure, 1),
            ErasureOutcome.Refused { Code: "lastOwner" } => Problems.Conflict("lastOwner", "Nobody would be left who can do everything."),
            _ => Problems.Forbidden("This person holds rights that you do not."),
        };
    }

    private static async Task<Ok<Page<Erasure>>> List(PageRequest page, Caller caller, PersonalDataDesk desk, CancellationToken ct) =>
        TypedResults.Ok(page.Of(await desk.ListAsync(caller, page.AfterId<ErasureId>(), page.Take, ct), one => one, one => one.Id.ToString()));

    private static async Task<Results<Ok<Erasure>, ProblemHttpResult>> Get(string id, Caller caller, PersonalDataDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } erasure ? TypedResults.Ok(erasure) : Problems.NotFound();
}
