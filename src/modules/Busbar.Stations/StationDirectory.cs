using System.Linq.Expressions;
using Busbar.Identity;
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
/// Stations by identity and by id, loaded one by one when they are first asked for and kept in a bounded memory; "unknown" is kept too. A look-up
/// that is in memory costs no database. Changes here are seen at once, others' within <see cref="Database.BeliefAge"/>.
/// </summary>
internal sealed class StationDirectory(Database database, RoomDbFactory<StationsDb> rooms, ITenants tenants, StationKeys keys, TimeProvider clock) : IStationCatalog, IStationDoor
{
    private const int Capacity = 100_000;
    private const int MaximumIdentity = 48;

    private readonly RowCache<(TenantId, string), Known> _byIdentity = new(clock, database.BeliefAge, Capacity);
    private readonly RowCache<(TenantId, StationId), Known> _byId = new(clock, database.BeliefAge, Capacity);
    private readonly RowCache<(TenantId, StationId), StationRatings> _ratings = new(clock, database.BeliefAge, Capacity);
    private readonly RowCache<(TenantId, LocationId), LocationRow> _locations = new(clock, database.BeliefAge, Capacity / 10);

    /// <summary>A row, and what its location adds. The tenant's part is looked up anew each time: it is in memory anyway.</summary>
    private sealed record Known(StationRow Row, string? TimeZone, Currency? Currency);

    /// <summary>1 to 48 printable characters without <c>:</c> (it ends the user name of Basic authentication) and <c>/</c> (it ends the URL's segment).</summary>
    public static bool IsIdentity(string text) =>
        text.Length is > 0 and <= MaximumIdentity && text.AsSpan().IndexOfAny(':', '/') < 0 && !text.Any(char.IsControl) && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]);

    /// <param name="slug">The tenant in the station's URL; <c>default</c> where it has none.</param>
    public ValueTask<StationCredential?> FindAsync(string slug, string identity, CancellationToken ct) =>
        tenants.Find(slug) is { } tenant && IsIdentity(identity)
            ? Map(_byIdentity.GetAsync((tenant.Id, identity), LoadAsync, ct), CredentialOf)
            : ValueTask.FromResult<StationCredential?>(null);

    /// <summary>Does the password open the door? An unknown station takes as long as a wrong password.</summary>
    public bool Accepts(StationCredential? credential, ReadOnlySpan<byte> password) => keys.Accepts(credential?.KeyHash, password);

    public ValueTask<StationCard?> FindAsync(TenantId tenant, string stationId, CancellationToken ct) =>
        IsIdentity(stationId) ? Map(_byIdentity.GetAsync((tenant, stationId), LoadAsync, ct), CardOf) : ValueTask.FromResult<StationCard?>(null);

    public ValueTask<StationCard?> FindAsync(TenantId tenant, StationId id, CancellationToken ct) => Map(_byId.GetAsync((tenant, id), LoadAsync, ct), CardOf);

    public ValueTask<LocationCard?> FindAsync(TenantId tenant, LocationId id, CancellationToken ct) =>
        Map(_locations.GetAsync((tenant, id), LoadAsync, ct), row => new LocationCard(row.TenantId, row.Id, row.Name, row.Country, row.TimeZone, CurrencyOf(row) ?? OwnerOf(row.TenantId).Currency));

    /// <summary>What its connectors can deliver.</summary>
    public ValueTask<StationRatings?> RatingsAsync(TenantId tenant, StationId id, CancellationToken ct) => _ratings.GetAsync((tenant, id), LoadRatingsAsync, ct);

    /// <summary>Whether the EVSE is known to have this connector and no other; asked for a command, so from the database.</summary>
    public async ValueTask<bool> IsOnlyConnectorAsync(TenantId tenant, StationId id, int evse, int connector, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Connectors.Where(row => row.StationId == id && row.Evse == evse).Select(row => row.Number).ToListAsync(ct) is [var only] && only == connector;
    }

    public void Forget(StationRow row)
    {
        _byIdentity.Forget((row.TenantId, row.Identity));
        _byId.Forget((row.TenantId, row.Id));
        ForgetRatings(row.TenantId, row.Id);
    }

    /// <summary>A connector came that nobody had provisioned.</summary>
    public void ForgetRatings(TenantId tenant, StationId id) => _ratings.Forget((tenant, id));

    /// <summary>After an import, or a change to a location: its stations carry its zone and currency.</summary>
    public void ForgetAll()
    {
        _byIdentity.ForgetAll();
        _byId.ForgetAll();
        _ratings.ForgetAll();
        _locations.ForgetAll();
    }

    private StationCredential CredentialOf(Known known) => new(
        known.Row.TenantId, known.Row.Id, known.Row.Identity, known.Row.KeyHash, known.Row.SecurityProfile, known.Row.InsecureUntil, known.Row.LocationId,
        known.TimeZone ?? OwnerOf(known.Row.TenantId).TimeZone, known.Currency ?? OwnerOf(known.Row.TenantId).Currency, known.Row.BootedAt);

    private StationCard CardOf(Known known) => new(
        known.Row.TenantId, known.Row.Id, known.Row.Identity, known.Row.LocationId,
        known.TimeZone ?? OwnerOf(known.Row.TenantId).TimeZone, known.Currency ?? OwnerOf(known.Row.TenantId).Currency, known.Row.CreatedAt);

    private Tenant OwnerOf(TenantId id) => tenants.Find(id) ?? throw new InvalidOperationException($"The tenant {id} owns rows and is not there.");

    private static Currency? CurrencyOf(LocationRow row) => row.Currency is { } code ? Currency.Parse(code) : null;

    private static ValueTask<TOut?> Map<TIn, TOut>(ValueTask<TIn?> found, Func<TIn, TOut> map) where TIn : class where TOut : class
    {
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(found.Result is { } value ? map(value) : null) : Slow(found, map);

        static async ValueTask<TOut?> Slow(ValueTask<TIn?> found, Func<TIn, TOut> map) => await found is { } value ? map(value) : null;
    }

    private Task<Known?> LoadAsync((TenantId Tenant, string Identity) key, CancellationToken ct) => LoadAsync(key.Tenant, row => row.Identity == key.Identity, ct);

    private Task<Known?> LoadAsync((TenantId Tenant, StationId Id) key, CancellationToken ct) => LoadAsync(key.Tenant, row => row.Id == key.Id, ct);

    // A station that connects is asked for by its identity, then by its id, then for its ratings: one unit of work reads for all three.
    private async Task<Known?> LoadAsync(TenantId tenant, Expression<Func<StationRow, bool>> which, CancellationToken ct)
    {
        var (identities, ids, ratings) = (_byIdentity.Mark(), _byId.Mark(), _ratings.Mark());
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        if (await db.Stations.AsNoTracking().SingleOrDefaultAsync(which, ct) is not { } station) return null;
        var location = station.LocationId is { } id ? await db.Locations.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct) : null;
        var known = new Known(station, location?.TimeZone, location is null ? null : CurrencyOf(location));
        _byIdentity.Keep((tenant, station.Identity), known, identities);
        _byId.Keep((tenant, station.Id), known, ids);
        _ratings.Keep((tenant, station.Id), await RatingsAsync(db, station.Id, ct), ratings);
        return known;
    }

    private async Task<LocationRow?> LoadAsync((TenantId Tenant, LocationId Id) key, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        return await db.Locations.AsNoTracking().SingleOrDefaultAsync(row => row.Id == key.Id, ct);
    }

    private async Task<StationRatings?> LoadRatingsAsync((TenantId Tenant, StationId Id) key, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(key.Tenant), ct);
        return await RatingsAsync(db, key.Id, ct);
    }

    private static async Task<StationRatings> RatingsAsync(StationsDb db, StationId id, CancellationToken ct)
    {
        var connectors = await db.Connectors.Where(row => row.StationId == id).Select(row => new { row.Evse, row.MaxPowerMw, row.Learnt }).ToListAsync(ct);
        return StationRatings.Of(connectors.Select(row => (row.Evse, row.MaxPowerMw, row.Learnt)));
    }
}
