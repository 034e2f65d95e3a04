using Busbar.Identity.Http;
using Busbar.Identity.Retention;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Api;

internal static class RetentionEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var retention = api.MapGroup("/retention").WithTags("Retention");
        retention.MapGet("", Get).Needs(Scope.TenantsRead).WithSummary("Say for how long what is kept")
            .WithDescription("Every kind of data that grows with traffic, for how many days the tenant keeps it, and what was taken last.");
        retention.MapPatch("", Change).Needs(Scope.TenantsWrite).WithSummary("Change for how long what is kept")
            .WithDescription("Days by the rule's name; null goes back to the default. What is too old by it is taken soon, and does not come back.");
    }

    private static async Task<Versioned<RetentionView>> Get(Caller caller, RetentionBook book, CancellationToken ct)
    {
        var view = await book.ViewAsync(caller, ct);
        return Answers.Found(view, view.Version);
    }

    private static async Task<Results<Versioned<RetentionView>, ProblemHttpResult>> Change(MergePatch<RetentionInput> patch, IfMatch ifMatch, Caller caller, RetentionBook book, CancellationToken ct) =>
        await book.ChangeAsync(caller, ifMatch.Allows, patch.ApplyTo, ct) switch
        {
            RetentionChange.Done { Now: var now } => Answers.Found(now, now.Version),
            RetentionChange.Wrong { Check.Problem: { } problem } => problem,
            _ => Problems.PreconditionFailed(),
        };
}
