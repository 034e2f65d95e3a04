using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Busbar.Identity.Http;

/// <summary>RFC 9457 problem details: a stable <c>code</c> for programs, a detail for people, and for validation <c>errors</c> by JSON pointer.</summary>
public static class Problems
{
    public static ProblemHttpResult Of(int status, string code, string detail, IReadOnlyDictionary<string, object?>? extensions = null)
    {
        var problem = new ProblemDetails { Status = status, Type = $"urn:busbar:problem:{code}", Detail = detail };
        problem.Extensions["code"] = code;
        foreach (var (name, value) in extensions ?? new Dictionary<string, object?>()) problem.Extensions[name] = value;
        return TypedResults.Problem(problem);
    }

    /// <summary>What the caller sent is wrong: 400.</summary>
    public static ProblemHttpResult BadRequest(string code, string detail) => Of(StatusCodes.Status400BadRequest, code, detail);

    public static ProblemHttpResult Unauthenticated() =>
        Of(StatusCodes.Status401Unauthorized, "unauthenticated", "Send a valid key (Authorization: Bearer <key>), or sign in.");

    public static ProblemHttpResult Forbidden(string detail) => Of(StatusCodes.Status403Forbidden, "forbidden", detail);

    /// <summary>Which scope is missing, and where it would have to be held.</summary>
    /// <param name="anywhere">At one place would do; false: in the whole tenant.</param>
    internal static ProblemHttpResult Lacks(string scope, bool anywhere) => Of(StatusCodes.Status403Forbidden, "forbidden",
        anywhere ? $"This needs the scope {scope}, in the tenant or at a place of it." : $"This needs the scope {scope} in the whole tenant.",
        new Dictionary<string, object?> { ["scope"] = scope, ["where"] = anywhere ? "anywhere" : "tenant" });

    /// <summary>A request with an operator's cookie that does not come from our own pages.</summary>
    internal static ProblemHttpResult ForeignOrigin() =>
        Of(StatusCodes.Status403Forbidden, "foreignOrigin", "With a session's cookie, send this from a page of this server: its Origin or Sec-Fetch-Site must say so.");

    /// <summary>A change in a tenant that is closed.</summary>
    internal static ProblemHttpResult TenantClosed() => Of(StatusCodes.Status409Conflict, "tenantClosed", "The tenant is closed: it can be read, and personal data erased, and nothing else until it is opened again.");

    /// <summary>Before anything else is shown.</summary>
    internal static ProblemHttpResult SecondFactorRequired() =>
        Of(StatusCodes.Status403Forbidden, "secondFactorRequired", "Your organisation asks for a second factor: set one up at /signin/protect first.");

    /// <summary>Also what another tenant's thing looks like.</summary>
    public static ProblemHttpResult NotFound(string detail = "There is no such thing.", string code = "notFound") => Of(StatusCodes.Status404NotFound, code, detail);

    public static ProblemHttpResult Conflict(string code, string detail) => Of(StatusCodes.Status409Conflict, code, detail);

    public static ProblemHttpResult PreconditionFailed() =>
        Of(StatusCodes.Status412PreconditionFailed, "preconditionFailed", "It was changed since you read it.");

    /// <summary>428: a change that must not overwrite another's came without <c>If-Match</c>.</summary>
    public static ProblemHttpResult PreconditionRequired(string detail) => Of(StatusCodes.Status428PreconditionRequired, "preconditionRequired", detail);

    /// <summary>503: nothing was done; it may be tried again.</summary>
    public static ProblemHttpResult Unavailable() => OfStatus(StatusCodes.Status503ServiceUnavailable);

    /// <summary>429, with <c>Retry-After</c>.</summary>
    public static ProblemHttpResult TooManyRequests(HttpContext context, TimeSpan wait)
    {
        RequestLimits.RetryAfter(context, wait);
        return OfStatus(StatusCodes.Status429TooManyRequests);
    }

    /// <summary>What a status says when nothing more is known.</summary>
    internal static ProblemHttpResult OfStatus(int status) => status switch
    {
        400 => Of(400, "badRequest", "The request cannot be read."),
        401 => Unauthenticated(),
        403 => Forbidden("You may not do this."),
        404 => NotFound("There is nothing at this address."),
        405 => Of(405, "methodNotAllowed", "This address does not know the method."),
        413 => Of(413, "tooLarge", "The request's body is too large."),
        415 => Of(415, "unsupportedMediaType", "Send application/json."),
        429 => Of(429, "tooManyRequests", "Slow down; Retry-After says for how long."),
        503 => Of(503, "unavailable", "Not now; try again."),
        >= 500 => Of(status, "internalError", "The server failed. The request's trace id finds it in the log."),
        _ => Of(status, "error", "The request failed."),
    };
}

/// <summary>Ends a request with a problem from where a result cannot be returned: while a body is bound.</summary>
public sealed class ProblemException(ProblemHttpResult problem) : Exception(problem.ProblemDetails.Detail)
{
    public ProblemHttpResult Problem { get; } = problem;
}
