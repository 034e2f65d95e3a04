using Busbar.Kernel;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// The tenant that somebody looks at in the console: their own, or one below it that they chose there. The page in front names it in a cookie, which opens nothing: who may look is asked every time.
/// The API takes no notice of it: a request there says its tenant itself.
/// </summary>
public static class ChosenTenant
{
    public const string Cookie = "busbar-tenant";

    /// <summary>Their own where what was chosen is no tenant of theirs, or is shut to them.</summary>
    internal static TenantId Of(HttpContext context, IdentityDirectory directory, TenantId home, Rights rights, OperatorId? person) =>
        !context.Request.Path.StartsWithSegments("/api") && context.Request.Cookies[Cookie] is { Length: > 0 } slug && directory.Find(slug) is { } chosen && chosen.Id != home
        && directory.IsAtOrBelow(chosen.Id, home) && directory.RightsIn(home, rights, person, chosen.Id) != Rights.None
            ? chosen.Id
            : home;
}
