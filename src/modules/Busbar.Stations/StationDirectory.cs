using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations;

/// <summary>What the door and the desk must know of a station, in memory.</summary>
internal sealed record StationCredential(
    TenantId Tenant, StationId Station, string Identity, byte[]? KeyHash, int SecurityProfile, Instant? InsecureUntil, LocationId? Location,
    string TimeZone, Currency Currency, Instant? BootedAt = null);

/// <summary>
/// Stations by identity and by id, loaded when they are first asked for, those of one moment together, and kept in a bounded memory; "unknown" is kept too. A look-up
/// that is in memory costs no database. Changes here are seen at once, others' within <see cref="Database.BeliefAge"/>.
/// </summary>
internal sealed class StationDirectory : IStationCatalog, IStationDoor
{
    private const int Capacity = 100_000;
    private const int MaximumIdentity = 48;

    private static readonly RowSource<KnownStation> Stations = new(
        "stations_stations", "tenant_id, id, identity, key_hash, security_profile, insecure_until, location_id, booted_at, created_at",
        row => new KnownStation(row.Id<TenantId>(0), row.Id<StationId>(1), row.Text(2), row.MaybeBytes(3), (int)row.Number(4), row.MaybeInstant(5), row.MaybeId<LocationId>(6),
            row.MaybeInstant(7), row.Instant(8)));

    private static readonly RowSource<KnownLocation> Locations = new(
        "stations_locations", "tenant_id, id, name, country, time_zone, currency",
        row => new KnownLocation(row.Id<TenantId>(0), row.Id<LocationId>(1), row.Text(2), row.Text(3), row.Text(4), row.MaybeText(5) is { } code ? Currency.Parse(code) : null));

    private static readonly RowSource<(StationId Station, int Evse, long? Milliwatts, bool Learnt, string? Standard)> Connectors = new(
        "stations_connectors", "station_id, evse, max_power_mw, learnt, standard", row => (row.Id<StationId>(0), (int)row.Number(1), row.MaybeNumber(2), row.Flag(3), row.MaybeText(4)));

    private readonly RowReader _reader;
    private readonly RoomDbFactory<StationsDb> _rooms;
    private readonly ITenants _tenants;
    private readonly StationKeys _keys;
    private readonly RowCache<(TenantId, string), Known> _byIdentity;
    private readonly RowCache<(TenantId, StationId), Known> _byId;
    private readonly RowCache<(TenantId, LocationId), KnownLocation> _locations;
    private readonly BatchLoader<string, Known> _loaderByIdentity;
    private readonly BatchLoader<StationId, Known> _loaderById;

    public StationDirectory(Database database, RowReader reader, RoomDbFactory<StationsDb> rooms, ITenants tenants, StationKeys keys, TimeProvider clock)
    {
        (_reader, _rooms, _tenants, _keys) = (reader, rooms, tenants, keys);
        _byIdentity = new(clock, database.BeliefAge, Capacity);
        _byId = new(clock, database.BeliefAge, Capacity);
        _locations = new(clock, database.BeliefAge, Capacity / 10);
        (_loaderByIdentity, _loaderById) = (new(ReadAsync), new(ReadAsync));
    }

    /// <summary>A row, what its location adds, and what its connectors can deliver. The tenant's part is looked up anew each time: it is in memory anyway.</summary>
    private sealed record Known(KnownStation Row, string? TimeZone, Currency? Currency, StationRatings Ratings, IReadOnlyList<int> Evses);

    private sealed record KnownStation(
        TenantId TenantId, StationId Id, string Identity, byte[]? KeyHash, int SecurityProfile, Instant? InsecureUntil, LocationId? LocationId, Instant? BootedAt, Instant CreatedAt);

    private sealed record KnownLocation(TenantId TenantId, LocationId Id, string Name, string Country, string TimeZone, Currency? Currency);

    /// <summary>1 to 48 printable characters without <c>:</c> (it ends the user name of Basic authentication) and <c>/</c> (it ends the URL's segment).</summary>
    public static bool IsIdentity(string text) =>
        text.Length is > 0 and <= MaximumIdentity && text.AsSpan().IndexOfAny(':', '/') < 0 && !text.Any(char.IsControl) && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]);

    /// <param name="slug">The tenant in the station's URL; <c>default</c> where it has none.</param>
    public ValueTask<StationCredential?> FindAsync(string slug, string identity, CancellationToken ct) =>
        _tenants.Find(slug) is { IsClosed: false } tenant && IsIdentity(identity)
            ? Map(_byIdentity.GetAsync((tenant.Id, identity), LoadAsync, ct), CredentialOf)
            : ValueTask.FromResult<StationCredential?>(null);

    /// <summary>Does the password open the door? An unknown station takes as long as a wrong password.</summary>
    public bool Accepts(StationCredential? credential, ReadOnlySpan<byte> password) => _keys.Accepts(credential?.KeyHash, password);

    public ValueTask<StationCard?> FindAsync(TenantId tenant, string stationId, CancellationToken ct) =>
        IsIdentity(stationId) ? Map(_byIdentity.GetAsync((tenant, stationId), LoadAsync, ct), CardOf) : ValueTask.FromResult<StationCard?>(null);

    public ValueTask<StationCard?> FindAsync(TenantId tenant, StationId id, CancellationToken ct) => Map(_byId.GetAsync((tenant, id), LoadAsync, ct), CardOf);

    public ValueTask<LocationCard?> FindAsync(TenantId tenant, LocationId id, CancellationToken ct) =>
        Map(_locations.GetAsync((tenant, id), LoadAsync, ct), row => new LocationCard(row.TenantId, row.Id, row.Name, row.Country, row.TimeZone, row.Currency ?? OwnerOf(row.TenantId).Currency));

    public async Task<IReadOnlyList<StationId>> WithinAsync(TenantId tenant, Reach reach, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Stations.AsNoTracking().Within(reach).Select(row => row.Id).ToListAsync(ct);
    }

    public async Task<IReadOnlyList<CountryCard>> CountriesAsync(TenantId tenant, LocationId? only, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var sites = await db.Locations.AsNoTracking().Where(row => only == null || row.Id == only).Select(row => new { row.Id, row.Country }).ToListAsync(ct);
        // As StationRatings judges: a station of which no connector is known counts as one of which nobody said its power, and where an operator has said what an EVSE has, a connector
        // that its station adds to it says nothing.
        var powers = await (
            from station in db.Stations
            where station.LocationId != null && (only == null || station.LocationId == only)
            join connector in db.Connectors.Where(it => !it.Learnt || !db.Connectors.Any(other => other.StationId == it.StationId && other.Evse == it.Evse && !other.Learnt))
                on station.Id equals connector.StationId into connectors
            from connector in connectors.DefaultIfEmpty()
            group connector.Learnt ? null : (long?)connector.MaxPowerMw by station.LocationId into site
            select new { Site = site.Key, Most = site.Max(), Unknown = site.Count(power => power == null) })
            .ToDictionaryAsync(site => site.Site!.Value, site => new StrongestPower(site.Most is { } most ? new Power(most) : null, site.Unknown > 0), ct);
        return [.. sites.GroupBy(site => site.Country, StringComparer.Ordinal).Select(country => new CountryCard(country.Key, StrongestPower.Of(
            country.Where(site => powers.ContainsKey(site.Id)).Select(site => powers[site.Id]))))];
    }

    /// <summary>What its connectors can deliver; null without the station.</summary>
    public ValueTask<StationRatings?> RatingsAsync(TenantId tenant, StationId id, CancellationToken ct) => Map(_byId.GetAsync((tenant, id), LoadAsync, ct), known => known.Ratings);

    /// <summary>Whether the EVSE is known to have this connector and no other; asked for a command, so from the database.</summary>
    public async ValueTask<bool> IsOnlyConnectorAsync(TenantId tenant, StationId id, int evse, int connector, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Connectors.Where(row => row.StationId == id && row.Evse == evse).Select(row => row.Number).ToListAsync(ct) is [var only] && only == connector;
    }

    public void Forget(StationRow row)
    {
        _byIdentity.Forget((row.TenantId, row.Identity));
        ForgetRatings(row.TenantId, row.Id);
    }

    /// <summary>A connector came that nobody had provisioned. Ratings are asked for by id only.</summary>
    public void ForgetRatings(TenantId tenant, StationId id) => _byId.Forget((tenant, id));

    /// <summary>After an import, or a change to a location: its stations carry its zone and currency.</summary>
    public void ForgetAll()
    {
        _byIdentity.ForgetAll();
        _byId.ForgetAll();
        _locations.ForgetAll();
    }

    private StationCredential CredentialOf(Known known) => new(
        known.Row.TenantId, known.Row.Id, known.Row.Identity, known.Row.KeyHash, known.Row.SecurityProfile, known.Row.InsecureUntil, known.Row.LocationId,
        known.TimeZone ?? OwnerOf(known.Row.TenantId).TimeZone, known.Currency ?? OwnerOf(known.Row.TenantId).Currency, known.Row.BootedAt);

    private StationCard CardOf(Known known) => new(
        known.Row.TenantId, known.Row.Id, known.Row.Identity, known.Row.LocationId,
        known.TimeZone ?? OwnerOf(known.Row.TenantId).TimeZone, known.Currency ?? OwnerOf(known.Row.TenantId).Currency, known.Row.CreatedAt)
    {
        Evses = known.Evses, Strongest = known.Ratings.Strongest,
    };

    private Tenant OwnerOf(TenantId id) => _tenants.Find(id) ?? throw new InvalidOperationException($"The tenant {id} owns rows and is not there.");

    private static ValueTask<TOut?> Map<TIn, TOut>(ValueTask<TIn?> found, Func<TIn, TOut> map) where TIn : class where TOut : class
    {
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(found.Result is { } value ? map(value) : null) : Slow(found, map);

        static async ValueTask<TOut?> Slow(ValueTask<TIn?> found, Func<TIn, TOut> map) => await found is { } value ? map(value) : null;
    }

    private Task<Known?> LoadAsync((TenantId Tenant, string Identity) key, CancellationToken ct) => _loaderByIdentity.LoadAsync(key.Tenant, key.Identity, ct);

    private Task<Known?> LoadAsync((TenantId Tenant, StationId Id) key, CancellationToken ct) => _loaderById.LoadAsync(key.Tenant, key.Id, ct);

    private async Task<IReadOnlyDictionary<string, Known>> ReadAsync(TenantId tenant, string[] identities, CancellationToken ct) =>
        (await ReadAsync(tenant, RowMatch.Texts("identity", identities), ct)).ToDictionary(known => known.Row.Identity);

    private async Task<IReadOnlyDictionary<StationId, Known>> ReadAsync(TenantId tenant, StationId[] ids, CancellationToken ct) =>
        (await ReadAsync(tenant, RowMatch.Ids("id", ids), ct)).ToDictionary(known => known.Row.Id);

    // A station that connects is asked for by its identity, then by its id: what is read for one answer is kept for both.
    private async Task<List<Known>> ReadAsync(TenantId tenant, RowMatch which, CancellationToken ct)
    {
        var (identities, ids) = (_byIdentity.Mark(), _byId.Mark());
        var scope = TenantScope.Of(tenant);
        var stations = await _reader.ReadAsync(scope, Stations, ct, which);
        var sites = stations.Where(row => row.LocationId is not null).Select(row => row.LocationId!.Value).Distinct();
        var locations = (await _reader.ReadAsync(scope, Locations, ct, RowMatch.Ids("id", sites))).ToDictionary(row => row.Id);
        var connectors = (await _reader.ReadAsync(scope, Connectors, ct, RowMatch.Ids("station_id", stations.Select(row => row.Id)))).ToLookup(row => row.Station);
        var all = new List<Known>(stations.Count);
        foreach (var station in stations)
        {
            var location = station.LocationId is { } id ? locations.GetValueOrDefault(id) : null;
            // One without connectors is rated by nothing.
            var ratings = StationRatings.Of(connectors[station.Id].Select(row => (row.Evse, row.Milliwatts, row.Learnt, row.Standard)));
            var known = new Known(station, location?.TimeZone, location?.Currency, ratings, [.. connectors[station.Id].Select(row => row.Evse).Distinct().Order()]);
            _byIdentity.Keep((tenant, station.Identity), known, identities);
            _byId.Keep((tenant, station.Id), known, ids);
            all.Add(known);
        }
        return all;
    }

    private async Task<KnownLocation?> LoadAsync((TenantId Tenant, LocationId Id) key, CancellationToken ct) =>
        (await _reader.ReadAsync(TenantScope.Of(key.Tenant), Locations, ct, RowMatch.Ids("id", [key.Id]))).SingleOrDefault();
}
