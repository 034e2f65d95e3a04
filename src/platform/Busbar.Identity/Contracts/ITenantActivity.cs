using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>What goes on in a tenant at this moment, and ends when it is closed.</summary>
public enum TenantActivity
{
    /// <summary>Stations that are connected.</summary>
    StationsOnline,

    /// <summary>Sessions that have not ended.</summary>
    SessionsRunning,
}

/// <summary>Counts one kind of it; implemented by the room that knows.</summary>
public interface ITenantActivity
{
    TenantActivity Kind { get; }

    Task<long> CountAsync(TenantId tenant, CancellationToken ct);
}
