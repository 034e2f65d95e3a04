using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>What prices and judges a session at an EVSE: where it stands and what it can deliver.</summary>
internal sealed class StationRatings(StationDirectory directory, RoomDbFactory<StationsDb> rooms, TimeProvider clock) : IStationFacts
{
    private const int Capacity = 100_000;

    // A rating is asked for at each start and changes when somebody edits the station.
    private readonly RowCache<(TenantId, StationId, int), Rating> _ratings = new(clock, TimeSpan.FromSeconds(5), Capacity);

    private sealed record Rating(Power? Power);

    public async ValueTask<StationFacts> FindAsync(TenantId tenant, StationId station, int evse, CancellationToken ct)
    {
        // A station that was deleted while it charged still ends its session, in UTC.
        if (await directory.FindAsync(tenant, station, ct) is not { } card) return new StationFacts("", null, "Etc/UTC", null);
        var rating = await _ratings.GetAsync((tenant, station, evse), LoadAsync, ct);
        return new StationFacts(card.Identity, card.Location?.Value, card.TimeZone, rating?.Power);
    }

    // The strongest connector: a reading is absurd only if none of them could have delivered it.
    private async Task<Rating?> LoadAsync((TenantId Tenant, StationId Station, int Evse) key, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        var milliwatts = await db.Connectors.Where(row => row.StationId == key.Station && row.Evse == key.Evse).Select(row => row.MaxPowerMw).ToListAsync(ct);
        return milliwatts.Count == 0 || milliwatts.Contains(null) ? null : new Rating(new Power(milliwatts.Max()!.Value));
    }
}
