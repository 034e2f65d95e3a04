using System.Diagnostics.Metrics;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>
/// What stations send that the standard does not allow and that was taken all the same, under the meter <c>Busbar.Stations</c>: by action and member, which the dialects
/// name, and never by what a station sent.
/// </summary>
internal sealed class ToleranceMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _deviations = meters.Create("Busbar.Stations")
        .CreateCounter<long>("busbar.stations.deviations", "{member}", "Members of charging messages that are not as the standard has them, by action and member.");

    /// <param name="action">One that the dialect has a route for.</param>
    public void Told(string action, ChargingFact? fact)
    {
        if (fact is ChargingFact.Unreadable) Count(action, "unreadable");
        if (fact is not { Deviations: { Count: > 0 } members }) return;
        foreach (var member in members) Count(action, member);
    }

    private void Count(string action, string member) =>
        _deviations.Add(1, new KeyValuePair<string, object?>("action", action), new KeyValuePair<string, object?>("member", member));
}
