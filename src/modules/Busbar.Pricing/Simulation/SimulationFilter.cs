using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>Which past sessions a simulation prices again: those that began from <paramref name="From"/> to before <paramref name="To"/>.</summary>
/// <param name="Location">Where the station stands now; null: anywhere.</param>
/// <param name="Tariff">What the session was pinned to (<c>tar…</c>); null: anything.</param>
internal sealed record SimulationFilter(Instant From, Instant To, LocationId? Location, StationId? Station, int? Evse, string? Tariff)
{
    public static SimulationFilter Of(SimulationRow row) => new(
        row.FromAt, row.ToAt, row.Location, row.Station, row.Evse, row.OfTariff);

    public ArchiveQuestion Question(TenantId tenant, ArchivePlace? after) => new(tenant, From, To, Station, Evse, after);
}
