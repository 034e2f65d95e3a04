using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations;

/// <summary>What an operator must hear about how stations connect: a line in the log and a figure under the meter <c>Busbar.Stations</c>.</summary>
internal sealed class SecurityEvents(IMeterFactory meters, ILogger<SecurityEvents> log)
{
    private readonly Counter<long> _events = meters.Create("Busbar.Stations")
        .CreateCounter<long>("busbar.stations.security_events", "{event}", "Connections of stations that an operator should know of, by event.");

    /// <summary>Somebody came in without proving anything, in a station's name.</summary>
    public void CameInsecurely(string station, IPAddress from, Instant until)
    {
        _events.Add(1, new KeyValuePair<string, object?>("event", "insecureConnection"));
        Log.CameInsecurely(log, station, from, until);
    }

    /// <summary>A station showed so many tags that nobody knows that new ones are not looked up for a while.</summary>
    public void TagsTried(Guid station, int tags)
    {
        _events.Add(1, new KeyValuePair<string, object?>("event", "tagsTried"));
        Log.TagsTried(log, station, tags);
    }

    /// <summary>A station's connections keep replacing each other: two devices may know one password.</summary>
    public void TakenOver(string station, IPAddress before, IPAddress now)
    {
        _events.Add(1, new KeyValuePair<string, object?>("event", "takenOver"));
        Log.TakenOver(log, station, before, now);
    }
}
