using System.Collections.Frozen;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>What each EVSE of a station can deliver; one with a connector of unknown power is left out.</summary>
internal sealed record StationRatings(FrozenDictionary<int, Power> ByEvse)
{
    /// <summary>
    /// The strongest connector counts: a reading is absurd only if none of them could have delivered it. Where an operator has said what an EVSE has, a connector
    /// that its station adds to it says nothing: no station may take away the measure that it is judged by.
    /// </summary>
    public static StationRatings Of(IEnumerable<(int Evse, long? Milliwatts, bool Learnt)> connectors) => new(connectors.GroupBy(it => it.Evse)
        .Select(evse => (Evse: evse.Key, Powers: evse.Any(it => !it.Learnt) ? evse.Where(it => !it.Learnt).Select(it => it.Milliwatts).ToList() : [null]))
        .Where(evse => !evse.Powers.Contains(null)).ToFrozenDictionary(evse => evse.Evse, evse => new Power(evse.Powers.Max()!.Value)));

    public Power? Of(int evse) => ByEvse.TryGetValue(evse, out var power) ? power : null;
}

/// <summary>What prices and judges a session at an EVSE: where it stands and what it can deliver. Asked at each start, and answered from memory.</summary>
internal sealed class StationFactBook(StationDirectory directory) : IStationFacts
{
    public async ValueTask<StationFacts> FindAsync(TenantId tenant, StationId station, int evse, CancellationToken ct)
    {
        // A station that was deleted while it charged still ends its session, in UTC.
        if (await directory.FindAsync(tenant, station, ct) is not { } card) return new StationFacts(null, null, "Etc/UTC", null, null);
        return new StationFacts(card.Identity, card.Location?.Value, card.TimeZone, (await directory.RatingsAsync(tenant, station, ct))?.Of(evse), card.CreatedAt);
    }
}
