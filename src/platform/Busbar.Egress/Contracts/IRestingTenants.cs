using Busbar.Kernel;

namespace Busbar.Egress.Contracts;

/// <summary>Tenants of which nothing leaves now: what waits in their outbox goes on waiting. Implemented by Busbar.Identity; asked often, and answered from memory.</summary>
public interface IRestingTenants
{
    IReadOnlyCollection<TenantId> Resting { get; }
}
