using Busbar.Identity;
using Busbar.Identity.Http;

namespace Busbar.Shell.People;

/// <summary>What the pages about people, roles and sessions say.</summary>
internal static class PeopleTexts
{
    private static readonly Texts All = new("Busbar.Shell.People.PeopleTexts", typeof(PeopleTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string NameOf(Role role) => role.Name ?? All.Say("role-" + role.Key);

    /// <summary>What a scope lets one do.</summary>
    public static string NameOf(string scope) => All.SayOr("scope-" + scope.Replace(':', '-'), scope);

    public static string WhereOf(GrantGroup grant) => grant.Where == PlaceKind.Tenant ? Say("where-tenant") : string.Join(", ", grant.Places.Select(place => place.Title));

    public static string WhereOf(Place where) => Say(where.Kind == PlaceKind.Tenant ? "where-tenant" : "where-there");

    /// <summary>Why something was not done; null: it was.</summary>
    public static string? Fault(PeopleChange change) => change switch
    {
        PeopleChange.Gone => Say("fault-gone"),
        PeopleChange.Stale => Say("fault-stale"),
        PeopleChange.Beyond beyond => Say("fault-beyond", NameOf(beyond.Missing.Scope), beyond.Missing.Scope, WhereOf(beyond.Missing.Where)),
        PeopleChange.LastOwner => Say("fault-last-owner"),
        PeopleChange.RoleInUse => Say("fault-role-in-use"),
        PeopleChange.Wrong wrong => Fault(wrong.Check),
        _ => null,
    };

    /// <summary>Why a second factor was not changed; null: it was.</summary>
    public static string? Fault(FactorChange change) => change switch
    {
        FactorChange.Done => null,
        FactorChange.Unconfirmed => FactorFault("confirmFirst"),
        FactorChange.WrongPassword => FactorFault("wrongPassword"),
        FactorChange.WrongCode => FactorFault("wrongCode"),
        FactorChange.Stale => FactorFault("stale"),
        FactorChange.Already => FactorFault("already"),
        FactorChange.Gone => FactorFault("notFound"),
        FactorChange.TooOften => FactorFault("tooManyRequests"),
        FactorChange.Busy => FactorFault("unavailable"),
        _ => FactorFault(""),
    };

    /// <summary>By a problem's code, or what the page's script found.</summary>
    public static string FactorFault(string code) => All.SayOr("factor-fault-" + code, Say("factor-fault-other"));

    private static string Fault(Check check) => string.Join(' ', check.Errors.Select(error => error.Pointer == "/email" && error.Error.Code == "invalidValue" ? Say("wrong-email")
        : error.Pointer == "/name" && error.Error.Code == "invalidLength" ? Say("wrong-name") : All.SayOr("wrong-" + error.Error.Code, error.Error.Detail)).Distinct());
}

internal static class PeopleLinks
{
    public const string People = ConsoleMap.Root + "/people";
    public const string Roles = ConsoleMap.Root + "/roles";
    public const string Profile = ConsoleMap.Root + "/profile";

    public static string To(OperatorId id) => $"{People}/{id}";
}
