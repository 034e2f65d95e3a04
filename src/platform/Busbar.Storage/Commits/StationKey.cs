using Busbar.Kernel;

namespace Busbar.Storage.Commits;

/// <summary>A station in the journal and in the lease table.</summary>
public readonly record struct StationKey(TenantId Tenant, Guid Station)
{
    /// <summary>The order in which every transaction locks leases, so that no two wait for each other.</summary>
    public static IComparer<StationKey> LockOrder { get; } = Comparer<StationKey>.Create(static (a, b) =>
    {
        var tenants = a.Tenant.Value.CompareTo(b.Tenant.Value);
        return tenants != 0 ? tenants : a.Station.CompareTo(b.Station);
    });
}
