using Busbar.Kernel;
using Busbar.Storage.Audit;

namespace Busbar.Storage;

/// <summary>
/// Whose rows a unit of work may see: one tenant's, or all (<see cref="System"/>: directories loaded at start, rebuild, job leasing; never a
/// request). On PostgreSQL the scope becomes the setting <c>busbar.tenants</c> that row-level security compares; on SQLite it is a query filter.
/// </summary>
public readonly record struct TenantScope
{
    private TenantScope(TenantId tenant, bool all, Author? author = null) => (Tenant, All, Author) = (tenant, all, author);

    public TenantId Tenant { get; }
    public bool All { get; }

    /// <summary>Who writes; null: a machine, of whose work the audit is not told.</summary>
    public Author? Author { get; }

    public static TenantScope System { get; } = new(default, all: true);

    public static TenantScope Of(TenantId tenant) => new(tenant, all: false);

    /// <summary>The same rows, for somebody whose changes the audit is told of.</summary>
    public TenantScope By(Author author) => new(Tenant, All, author);

    /// <summary>The value of <c>busbar.tenants</c>: a comma-separated list of uuids, or <c>*</c>.</summary>
    internal string Setting => All ? "*" : Tenant.Value.ToString();
}
