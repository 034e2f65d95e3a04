using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Presence;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Stations;

/// <summary>
/// Counts the tags that nobody knows, per station and in this process: whoever has one station must not find out by it which tags are valid. Twenty within ten minutes are
/// no queue of drivers with wrong cards; the operator is told once in that time. The same tag again counts once.
/// </summary>
internal sealed class TagGuard(SecurityEvents events, PresenceBook presence) : ITagGuard
{
    public const int Most = 20;
    public const int MostLate = 200;
    public static readonly Duration Window = Duration.FromMinutes(10);

    // No token is longer, and of what is none its beginning says enough: a message may be full of it.
    private const int LongestTag = 255;

    // Stations that showed a wrong card lately; past this the windows that are over are thrown away.
    private const int Remembered = 10_000;

    private readonly ConcurrentDictionary<StationKey, Shown> _stations = new();

    private sealed record Shown(Instant Since)
    {
        public HashSet<string> Tags { get; } = [];
        public bool IsOver(Instant now) => now - Since >= Window;
    }

    public bool IsClosed(StationSeat seat, Instant now, bool late)
    {
        if (!_stations.TryGetValue(KeyOf(seat), out var shown) || shown.IsOver(now)) return false;
        lock (shown) return shown.Tags.Count >= (late ? MostLate : Most);
    }

    public void Unknown(StationSeat seat, PresentedToken token, Instant now)
    {
        if (_stations.Count >= Remembered) Tidy(now);
        var key = KeyOf(seat);
        var shown = _stations.AddOrUpdate(key, static (_, now) => new Shown(now), static (_, before, now) => before.IsOver(now) ? new Shown(now) : before, now);
        lock (shown)
        {
            if (shown.Tags.Count >= MostLate || !shown.Tags.Add(token.Folded is { Length: > LongestTag } tag ? tag[..LongestTag] : token.Folded) || shown.Tags.Count != Most) return;
        }
        presence.Entry(key).TagsTried(now);
        events.TagsTried(key.Station, Most);
    }

    private void Tidy(Instant now)
    {
        foreach (var (key, shown) in _stations)
            if (shown.IsOver(now)) _stations.TryRemove(KeyValuePair.Create(key, shown));
    }

    private static StationKey KeyOf(StationSeat seat) => new(seat.Tenant, seat.Station.Value);
}
