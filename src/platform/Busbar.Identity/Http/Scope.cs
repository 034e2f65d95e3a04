using System.Collections.Frozen;

namespace Busbar.Identity.Http;

/// <summary>The rights that a client or a person may hold. <see cref="All"/> holds every one, of today and of later.</summary>
public static class Scope
{
    public const string All = "*";
    public const string TenantsRead = "tenants:read";
    public const string TenantsWrite = "tenants:write";
    public const string ClientsRead = "clients:read";
    public const string ClientsWrite = "clients:write";
    public const string PeopleRead = "people:read";
    public const string PeopleWrite = "people:write";
    public const string LocationsRead = "locations:read";
    public const string LocationsWrite = "locations:write";
    public const string StationsRead = "stations:read";
    public const string StationsWrite = "stations:write";
    public const string StationsCommand = "stations:command";
    public const string TokensRead = "tokens:read";
    public const string TokensWrite = "tokens:write";

    /// <summary>Sees uids whole, wherever they stand; all others see their ends.</summary>
    public const string TokensReveal = "tokens:reveal";
    public const string TariffsRead = "tariffs:read";
    public const string TariffsWrite = "tariffs:write";
    public const string SessionsRead = "sessions:read";
    public const string SessionsReview = "sessions:review";
    public const string CdrsRead = "cdrs:read";
    public const string AlertsRead = "alerts:read";
    public const string AlertsWrite = "alerts:write";
    public const string NotificationsRead = "notifications:read";
    public const string NotificationsWrite = "notifications:write";
    public const string MetricsRead = "metrics:read";
    public const string AuditRead = "audit:read";

    /// <summary>Sees all that is kept of a person, and erases it.</summary>
    public const string PersonalDataManage = "personalData:manage";

    public static FrozenSet<string> Known { get; } = FrozenSet.Create(
        All, TenantsRead, TenantsWrite, ClientsRead, ClientsWrite, PeopleRead, PeopleWrite, LocationsRead, LocationsWrite, StationsRead, StationsWrite, StationsCommand,
        TokensRead, TokensWrite, TokensReveal, TariffsRead, TariffsWrite, SessionsRead, SessionsReview, CdrsRead, AlertsRead, AlertsWrite, NotificationsRead, NotificationsWrite,
        MetricsRead, AuditRead, PersonalDataManage);
}
