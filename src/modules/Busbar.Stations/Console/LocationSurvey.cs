using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Console;

/// <summary>How many stations stand at a location, and how they are.</summary>
/// <param name="Offline">Which were here once.</param>
/// <param name="New">Which never were.</param>
internal sealed record StationsThere(int All, int Offline, int Faulted, int New)
{
    public static StationsThere None { get; } = new(0, 0, 0, 0);

    public static StationsThere Of(IReadOnlyCollection<StationAtAGlance> stations) =>
        new(stations.Count, stations.Count(station => station is { Online: false, LastSeen: not null }), stations.Count(station => station.Faulted), stations.Count(station => station is { Online: false, LastSeen: null }));

    public Tone Tone => Faulted > 0 ? Tone.Bad : Offline > 0 ? Tone.Warning : All > New ? Tone.Good : Tone.Neutral;

    public string Say() => All == 0 ? StationTexts.Say("place-empty")
        : string.Join(", ", new[]
        {
            StationTexts.Say(All == 1 ? "count-1" : "count", Spoken.Count(All)), Faulted > 0 ? StationTexts.Say("place-faulted", Spoken.Count(Faulted)) : null,
            Offline > 0 ? StationTexts.Say("place-offline", Spoken.Count(Offline)) : null, New > 0 ? StationTexts.Say("place-not-yet", Spoken.Count(New)) : null,
        }.OfType<string>());
}

/// <summary>A location with how its stations are.</summary>
/// <param name="Stations">Null: who asks may not see stations.</param>
internal sealed record LocationAtAGlance(LocationId Id, string Name, string Address, string City, string Country, decimal? Latitude, decimal? Longitude, StationsThere? Stations)
{
    public bool Fits(string search) => new[] { Name, City, Address, Country }.Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase));

    public bool Is(string? state) => state switch
    {
        "faulted" => Stations?.Faulted > 0,
        "offline" => Stations?.Offline > 0,
        _ => true,
    };

    /// <summary>Where it is, and how its stations are where that may be seen.</summary>
    public string Under() => Stations is null ? City : $"{City} · {Stations.Say()}";

    public static MapPoint? PointOf(LocationAtAGlance place) => place is { Latitude: { } latitude, Longitude: { } longitude }
        ? new MapPoint(place.Id.ToString(), place.Name, (double)latitude, (double)longitude, place.Stations?.Tone ?? Tone.Neutral, place.Stations?.Say() ?? place.City, Links.ToLocation(place.Id))
        : null;
}

/// <summary>All locations of a tenant at one moment, by name; once for all who look.</summary>
internal sealed class LocationSurvey
{
    private const decimal E7 = 10_000_000m;

    private readonly RoomDbFactory<StationsDb> _rooms;
    private readonly StationSurvey _stations;
    private readonly SharedLook<Places> _shared;

    public LocationSurvey(RoomDbFactory<StationsDb> rooms, StationSurvey stations, TimeProvider clock) =>
        (_rooms, _stations, _shared) = (rooms, stations, new SharedLook<Places>(clock, LookAsync));

    internal sealed record Places(IReadOnlyList<LocationAtAGlance> All);

    /// <summary>As this caller may see them, within the reach of <c>locations:read</c>: how stations are is nothing that a location's reader is told.</summary>
    public async Task<IReadOnlyList<LocationAtAGlance>> ForAsync(Caller caller, Reach reach, CancellationToken ct)
    {
        var all = (await _shared.OfAsync(caller.Tenant, ct)).All;
        var stations = caller.Within(Scope.StationsRead);
        return reach.IsWhole && stations.IsWhole ? all
            // Some of its stations are not all of them: then how they are is not told either.
            : [.. all.Where(place => reach.CoversLocation(place.Id.Value)).Select(place => stations.CoversLocation(place.Id.Value) ? place : place with { Stations = null })];
    }

    private async Task<Places> LookAsync(TenantId tenant, CancellationToken ct)
    {
        var byPlace = (await _stations.OfAsync(tenant, ct)).Stations.Where(station => station.Location is not null).ToLookup(station => station.Location!.Value);
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var rows = await db.Locations.AsNoTracking().Where(row => row.TenantId == tenant).OrderBy(row => row.Name).ThenBy(row => row.Id)
            .Select(row => new { row.Id, row.Name, row.Address, row.City, row.Country, row.LatitudeE7, row.LongitudeE7 }).ToListAsync(ct);
        return new([.. rows.Select(row => new LocationAtAGlance(row.Id, row.Name, row.Address, row.City, row.Country, row.LatitudeE7 / E7, row.LongitudeE7 / E7,
            StationsThere.Of([.. byPlace[row.Id]])))]);
    }
}
