using Busbar.Kernel;

namespace Busbar.Storage;

/// <summary>
/// Whose rows a unit of work may see: one tenant's, or all (<see cref="System"/>: directories loaded at start, rebuild, job leasing; never a
/// request). On PostgreSQL the scope becomes the setting <c>busbar.tenants</c> that row-level security compares; on SQLite it is a query filter.
/// </summary>
public readonly record struct TenantScope
{
    private TenantScope(TenantId tenant, bool all) => (Tenant, All) = (tenant, all);

    public TenantId Tenant { get; }
    public bool All { get; }

    public static TenantScope System { get; } = new(default, all: true);

    public static TenantScope Of(TenantId tenant) => new(tenant, all: false);

    /// <summary>The value of <c>busbar.tenants</c>: a comma-separated list of uuids, or <c>*</c>.</summary>
    internal string Setting => All ? "*" : Tenant.Value.ToString();
}
