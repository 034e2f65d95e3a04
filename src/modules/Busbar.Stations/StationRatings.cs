using System.Collections.Frozen;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>What each EVSE of a station can deliver; one with a connector of unknown power is left out.</summary>
/// <param name="Currents">Of EVSEs of which it is known.</param>
/// <param name="Common">What all of its EVSEs deliver; null: they differ, or not all are known.</param>
/// <param name="Strongest">Of all of its connectors.</param>
internal sealed record StationRatings(FrozenDictionary<int, Power> ByEvse, FrozenDictionary<int, EvseCurrent> Currents, EvseCurrent? Common, StrongestPower Strongest)
{
    /// <summary>
    /// The strongest connector counts: a reading is absurd only if none of them could have delivered it. Where an operator has said what an EVSE has, a connector
    /// that its station adds to it says nothing: no station may take away the measure that it is judged by.
    /// </summary>
    public static StationRatings Of(IEnumerable<(int Evse, long? Milliwatts, bool Learnt, string? Standard)> connectors)
    {
        var byEvse = connectors.GroupBy(it => it.Evse).ToList();
        var evses = byEvse.Select(evse => (Evse: evse.Key, Connectors: evse.Where(it => !it.Learnt).ToList())).Where(evse => evse.Connectors.Count > 0).ToList();
        // One EVSE serves one vehicle at a time: of an AC and a DC connector nobody knows which one it will be.
        var currents = evses.Select(evse => (evse.Evse, Kinds: evse.Connectors.Select(it => ConnectorStandards.CurrentOf(it.Standard)).Distinct().ToList()))
            .Where(evse => evse.Kinds is [not null]).ToFrozenDictionary(evse => evse.Evse, evse => evse.Kinds[0]!.Value);
        var powers = evses.Where(evse => evse.Connectors.TrueForAll(it => it.Milliwatts is not null)).ToFrozenDictionary(evse => evse.Evse, evse => new Power(evse.Connectors.Max(it => it.Milliwatts)!.Value));
        return new StationRatings(
            powers, currents, currents.Count == byEvse.Count && currents.Values.Distinct().ToList() is [var common] ? common : null,
            new StrongestPower(powers.Count == 0 ? null : powers.Values.MaxBy(power => power.Milliwatts), powers.Count == 0 || powers.Count < byEvse.Count));
    }

    public Power? Of(int evse) => ByEvse.TryGetValue(evse, out var power) ? power : null;

    /// <param name="evse">0: it was not told which.</param>
    public EvseCurrent? CurrentOf(int evse) => evse == 0 ? Common : Currents.TryGetValue(evse, out var current) ? current : null;
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
