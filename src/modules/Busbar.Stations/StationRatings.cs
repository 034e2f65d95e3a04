using System.Collections.Frozen;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>What each EVSE of a station can deliver; one with a connector of unknown power is left out.</summary>
/// <param name="Currents">Of EVSEs of which it is known.</param>
internal sealed record StationRatings(FrozenDictionary<int, Power> ByEvse, FrozenDictionary<int, EvseCurrent> Currents)
{
    /// <summary>
    /// The strongest connector counts: a reading is absurd only if none of them could have delivered it. Where an operator has said what an EVSE has, a connector
    /// that its station adds to it says nothing: no station may take away the measure that it is judged by.
    /// </summary>
    public static StationRatings Of(IEnumerable<(int Evse, long? Milliwatts, bool Learnt, string? Standard)> connectors)
    {
        var evses = connectors.GroupBy(it => it.Evse).Select(evse => (Evse: evse.Key, Connectors: evse.Where(it => !it.Learnt).ToList())).Where(evse => evse.Connectors.Count > 0).ToList();
        return new StationRatings(
            evses.Where(evse => evse.Connectors.TrueForAll(it => it.Milliwatts is not null)).ToFrozenDictionary(evse => evse.Evse, evse => new Power(evse.Connectors.Max(it => it.Milliwatts)!.Value)),
            // One EVSE serves one vehicle at a time: of an AC and a DC connector nobody knows which one it will be.
            evses.Select(evse => (evse.Evse, Kinds: evse.Connectors.Select(it => ConnectorStandards.CurrentOf(it.Standard)).Distinct().ToList()))
                .Where(evse => evse.Kinds is [not null]).ToFrozenDictionary(evse => evse.Evse, evse => evse.Kinds[0]!.Value));
    }

    public Power? Of(int evse) => ByEvse.TryGetValue(evse, out var power) ? power : null;

    public EvseCurrent? CurrentOf(int evse) => Currents.TryGetValue(evse, out var current) ? current : null;
}

/// <summary>What prices and judges a session at an EVSE: where it stands and what it can deliver. Asked at each start, and answered from memory.</summary>
internal sealed class StationFactBook(StationDirectory directory) : IStationFacts
{
    public async ValueTask<StationFacts> FindAsync(TenantId tenant, StationId station, int evse, CancellationToken ct)
    {
        // A station that was deleted while it charged still ends its session, in UTC.
        if (await directory.FindAsync(tenant, station, ct) is not { } card) return new StationFacts(null, null, "Etc/UTC", null, null);
        var ratings = await directory.RatingsAsync(tenant, station, ct);
        return new StationFacts(card.Identity, card.Location?.Value, card.TimeZone, ratings?.Of(evse), card.CreatedAt, ratings?.CurrentOf(evse));
    }
}
