using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>
/// An operator on this installation. Tenants form a tree: who may act for one may act for those below it.
/// The time zone and the currency are those of a station without a location of its own.
/// </summary>
public sealed record Tenant(TenantId Id, TenantId? Parent, string Slug, string Name, Currency Currency, string TimeZone);

/// <summary>All tenants, in memory: a look-up costs no database. Another process's change is seen within seconds.</summary>
public interface ITenants
{
    Tenant? Find(TenantId id);

    /// <summary>By its name in URLs and in <c>Busbar-Tenant</c>; lower case.</summary>
    Tenant? Find(string slug);

    IReadOnlyCollection<Tenant> All { get; }
}
