using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Clients;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>Places that a client is bound to.</summary>
public sealed record ClientPlaces
{
    /// <summary>Ids of locations, with whatever stands there.</summary>
    public IReadOnlyList<string>? Locations { get; init; }

    /// <summary>Each a <c>stationId</c>.</summary>
    public IReadOnlyList<string>? Stations { get; init; }
}

/// <summary>A client as somebody asks for it.</summary>
public sealed record ApiClientInput
{
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Where the scopes hold; absent: in the whole tenant.</summary>
    public ClientPlaces? Where { get; init; }

    /// <summary>Networks such as <c>192.0.2.0/24</c> or <c>2001:db8::/32</c>, or single addresses; absent: it may call from anywhere.</summary>
    public IReadOnlyList<string>? AllowedAddresses { get; init; }

    /// <summary>From then on its keys and tokens are worth nothing; absent: it has no end.</summary>
    public Instant? ExpiresAt { get; init; }

    public string? Description { get; init; }

    /// <summary>Whom to ask about it.</summary>
    public string? Contact { get; init; }
}

/// <summary>A program that may call.</summary>
/// <param name="Where">Null: the whole tenant. A place that is there no more is left out.</param>
/// <param name="LastUsedAt">To about a minute.</param>
/// <param name="PreviousKeyUntil">While the key before the current one is good too.</param>
/// <param name="Configured">It comes from the configuration, and its key is changed there.</param>
public sealed record RegisteredClient(
    ApiClientId Id, string Name, string? Description, string? Contact, IReadOnlyList<string> Scopes, IReadOnlyList<PlaceCard>? Where, IReadOnlyList<string>? AllowedAddresses, Instant? ExpiresAt,
    Instant CreatedAt, Instant? LastUsedAt, string? LastUsedFrom, Instant? PreviousKeyUntil, bool Configured, long Revision)
{
    /// <summary>As it would be asked for.</summary>
    public ApiClientInput ToInput() => new()
    {
        Name = Name, Scopes = Scopes, Description = Description, Contact = Contact, AllowedAddresses = AllowedAddresses, ExpiresAt = ExpiresAt,
        Where = Where is null ? null : new ClientPlaces { Locations = NamesOf(PlaceKind.Location), Stations = NamesOf(PlaceKind.Station) },
    };

    private string[]? NamesOf(PlaceKind kind) => Where!.Where(place => place.Place.Kind == kind).Select(place => place.Name).ToArray() is { Length: > 0 } names ? names : null;
}

/// <summary>What came of changing a client.</summary>
public abstract record ClientChange
{
    private ClientChange()
    {
    }

    /// <param name="Client">As it is now; null: revoked.</param>
    /// <param name="Key">A new one, shown here and never again; null: the key stays.</param>
    public sealed record Done(RegisteredClient? Client, string? Key = null) : ClientChange;

    public sealed record Gone : ClientChange;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : ClientChange;

    public sealed record Wrong(Check Check) : ClientChange;

    /// <summary>Who asks does not hold what they would give, take, or have in their hands with its key.</summary>
    public sealed record Beyond(MissingRight Missing) : ClientChange;

    /// <summary>It comes from the configuration.</summary>
    public sealed record Configured : ClientChange;
}

/// <summary>The tenant's API clients: read and changed, for the API and the console by one way.</summary>
public sealed class ApiClientDesk
{
    /// <summary>For how long the old key is good after a rotation, where nobody says otherwise.</summary>
    public static readonly Duration UsualOverlap = Duration.FromHours(24);

    /// <summary>The longest that two keys of a client are good at once.</summary>
    public static readonly Duration LongestOverlap = Duration.FromDays(7);

    private const int KeyBytes = 32;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly IPlaces _places;
    private readonly KeyedHash _hash;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;

    internal ApiClientDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IPlaces places, KeyedHash hash, IdSource ids, TimeProvider clock) =>
        (_rooms, _directory, _places, _hash, _ids, _clock) = (rooms, directory, places, hash, ids, clock);

    /// <summary>By id, those after <paramref name="after"/>; revoked ones are there no more.</summary>
    public async Task<IReadOnlyList<RegisteredClient>> ListAsync(Caller caller, ApiClientId? after, int count, CancellationToken ct)
    {
        List<ApiClientRow> some;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            var rows = db.ApiClients.AsNoTracking().Where(row => row.RevokedAt == null);
            if (after is { } last) rows = rows.Where(row => row.Id.CompareTo(last) > 0);
            some = await rows.OrderBy(row => row.Id).Take(count).ToListAsync(ct);
        }
        var cards = await CardsAsync(caller.Tenant, some.SelectMany(ClientRules.PlacesOf), ct);
        return some.ConvertAll(row => Of(row, cards));
    }

    /// <summary>Null: the tenant has no such client.</summary>
    public async Task<RegisteredClient?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        ApiClientRow? row;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct)) row = await FindAsync(db, id, ct);
        return row is null ? null : Of(row, await CardsAsync(caller.Tenant, ClientRules.PlacesOf(row), ct));
    }

    /// <summary>The right that the caller would need to change this client, or to have its key; null: none is missing.</summary>
    public Task<MissingRight?> LacksAsync(Caller caller, RegisteredClient client, CancellationToken ct) =>
        LacksAsync(caller, client.Scopes, client.Where is null ? [Place.Tenant] : [.. client.Where.Select(place => place.Place)], ct);

    public async Task<ClientChange> CreateAsync(Caller caller, ApiClientInput input, CancellationToken ct)
    {
        var check = ClientRules.Examine(input, null, _clock.GetInstant(), out var addresses);
        var places = await ReadAsync(caller.Tenant, input.Where, check, ct);
        if (!check.Ok) return new ClientChange.Wrong(check);
        if (await LacksAsync(caller, input.Scopes, places ?? [Place.Tenant], ct) is { } missing) return new ClientChange.Beyond(missing);
        var key = NewKey();
        var row = new ApiClientRow { TenantId = caller.Tenant, Id = _ids.New<ApiClientId>(), Name = "", Scopes = "", KeyHash = HashOf(key), HandedTo = caller.Actor, CreatedAt = _clock.GetInstant() };
        Take(row, input, places, addresses);
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            db.Add(row);
            await db.CommitAsync(ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new ClientChange.Done(Of(row, await CardsAsync(caller.Tenant, places ?? [], ct)), key);
    }

    /// <param name="allows">Whether a revision may be changed.</param>
    /// <param name="wish">What it becomes of what it is.</param>
    public async Task<ClientChange> ChangeAsync(Caller caller, string id, Func<long, bool> allows, Func<ApiClientInput, ApiClientInput> wish, CancellationToken ct)
    {
        var (before, refusal) = await ReachAsync(caller, id, allows, ct);
        if (refusal is not null) return refusal;
        var input = wish(before!.ToInput());
        var check = ClientRules.Examine(input, before.ExpiresAt, _clock.GetInstant(), out var addresses);
        var places = await ReadAsync(caller.Tenant, input.Where, check, ct);
        if (!check.Ok) return new ClientChange.Wrong(check);
        if (before.Configured && (places is not null || addresses is not null || input.ExpiresAt is not null || !input.Scopes.SequenceEqual(before.Scopes))) return new ClientChange.Configured();
        if (await LacksAsync(caller, input.Scopes, places ?? [Place.Tenant], ct) is { } missing) return new ClientChange.Beyond(missing);
        return await WriteAsync(caller, before, (_, row) => Take(row, input, places, addresses), null, ct);
    }

    /// <summary>A new key. The one before is good until the overlap ends; one before that is so no more.</summary>
    public async Task<ClientChange> RotateAsync(Caller caller, string id, Func<long, bool> allows, Duration overlap, CancellationToken ct)
    {
        var check = new Check();
        check.That(overlap >= Duration.Zero && overlap <= LongestOverlap, "/overlapSeconds", "outOfRange", $"0 to {LongestOverlap.TotalSeconds}.");
        if (!check.Ok) return new ClientChange.Wrong(check);
        var (before, refusal) = await ReachAsync(caller, id, allows, ct);
        if (refusal is not null) return refusal;
        if (before!.Configured) return new ClientChange.Configured();
        var key = NewKey();
        return await WriteAsync(caller, before, (db, row) =>
        {
            var isKept = overlap > Duration.Zero;
            (row.PreviousKeyHash, row.PreviousKeyUntil) = (isKept ? row.KeyHash : null, isKept ? _clock.GetInstant() + overlap : null);
            row.KeyHash = HashOf(key);
            // A program that renews its own key is in the same hands as before.
            if (caller.Actor != row.Id.ToString()) row.HandedTo = caller.Actor;
            db.TellAs("keyRotated", row);
        }, key, ct);
    }

    public async Task<ClientChange> RevokeAsync(Caller caller, string id, Func<long, bool> allows, CancellationToken ct)
    {
        var (before, refusal) = await ReachAsync(caller, id, allows, ct);
        if (refusal is not null) return refusal;
        if (before!.Configured) return new ClientChange.Configured();
        return await WriteAsync(caller, before, (db, row) =>
        {
            row.RevokedAt = _clock.GetInstant();
            db.TellAs("revoked", row);
        }, null, ct);
    }

    /// <summary>The client as it is, or why it may not be changed.</summary>
    private async Task<(RegisteredClient? Client, ClientChange? Refusal)> ReachAsync(Caller caller, string id, Func<long, bool> allows, CancellationToken ct) =>
        await FindAsync(caller, id, ct) is not { } client ? (null, new ClientChange.Gone())
        : !allows(client.Revision) ? (client, new ClientChange.Stale())
        : await LacksAsync(caller, client, ct) is { } missing ? (client, new ClientChange.Beyond(missing))
        : (client, null);

    private async Task<ClientChange> WriteAsync(Caller caller, RegisteredClient before, Action<IdentityDb, ApiClientRow> change, string? key, CancellationToken ct)
    {
        ApiClientRow? row;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            row = await FindAsync(db, before.Id.ToString(), ct);
            if (row is null) return new ClientChange.Gone();
            // Its rights were judged as they were a moment ago.
            if (row.Revision != before.Revision) return new ClientChange.Stale();
            change(db, row);
            try { await db.CommitAsync(ct); }
            catch (DbUpdateConcurrencyException) { return new ClientChange.Stale(); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return row.RevokedAt is null ? new ClientChange.Done(Of(row, await CardsAsync(caller.Tenant, ClientRules.PlacesOf(row), ct)), key) : new ClientChange.Done(null);
    }

    private static void Take(ApiClientRow row, ApiClientInput input, IReadOnlyList<Place>? places, string? addresses)
    {
        (row.Name, row.Description, row.Contact) = (input.Name.Trim(), input.Description?.Trim(), input.Contact?.Trim());
        (row.Scopes, row.Places) = (string.Join(' ', input.Scopes.Distinct()), places is null ? null : PlaceText.Write(places));
        (row.Addresses, row.ExpiresAt) = (addresses, input.ExpiresAt);
    }

    /// <summary>Null: the whole tenant.</summary>
    private async Task<IReadOnlyList<Place>?> ReadAsync(TenantId tenant, ClientPlaces? where, Check check, CancellationToken ct)
    {
        if (where is null) return null;
        var places = new List<Place>();
        // What was not said is not everything.
        check.That(where.Locations is { Count: > 0 } || where.Stations is { Count: > 0 }, "/where", "required", "Name at least one place, or leave it out: that is the whole tenant.");
        foreach (var (kind, names, pointer) in new[] { (PlaceKind.Location, where.Locations, "/where/locations"), (PlaceKind.Station, where.Stations, "/where/stations") })
        {
            if (names is null or [] || !check.That(names.Count <= ClientRules.MostPlaces, pointer, "invalidLength", $"At most {ClientRules.MostPlaces}.")) continue;
            var found = (await _places.FindAsync(tenant, kind, [.. names], ct)).ToDictionary(card => card.Name);
            for (var i = 0; i < names.Count; i++)
                if (check.That(found.ContainsKey(names[i]), $"{pointer}/{i}", "unknownPlace", "There is no such place.")) places.Add(found[names[i]].Place);
        }
        return [.. places.Distinct()];
    }

    private async Task<MissingRight?> LacksAsync(Caller caller, IReadOnlyList<string> scopes, IReadOnlyList<Place> places, CancellationToken ct)
    {
        var cards = await CardsAsync(caller.Tenant, places, ct);
        return GrantRules.Lacks(caller.Rights, from scope in scopes from place in places select (scope, place), place => cards.GetValueOrDefault(place)?.StandsAt);
    }

    private async Task<IReadOnlyDictionary<Place, PlaceCard>> CardsAsync(TenantId tenant, IEnumerable<Place> places, CancellationToken ct)
    {
        Place[] bound = [.. places.Where(place => place.Kind != PlaceKind.Tenant).Distinct()];
        return bound.Length == 0 ? new Dictionary<Place, PlaceCard>() : await _places.ReadAsync(tenant, bound, ct);
    }

    private RegisteredClient Of(ApiClientRow row, IReadOnlyDictionary<Place, PlaceCard> cards) => new(
        row.Id, row.Name, row.Description, row.Contact, row.Scopes.Split(' '),
        row.Places is null ? null : [.. ClientRules.PlacesOf(row).Select(place => cards.GetValueOrDefault(place)).OfType<PlaceCard>().OrderBy(card => card.Title, StringComparer.CurrentCultureIgnoreCase)],
        row.Addresses?.Split(' '), row.ExpiresAt, row.CreatedAt, row.LastUsedAt, row.LastUsedFrom, row.PreviousKeyUntil > _clock.GetInstant() ? row.PreviousKeyUntil : null, row.Configured, row.Revision);

    private static async Task<ApiClientRow?> FindAsync(IdentityDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<ApiClientId>(text, out var id) ? await db.ApiClients.SingleOrDefaultAsync(row => row.Id == id && row.RevokedAt == null, ct) : null;

    private static string NewKey() => "busbar_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));

    private byte[] HashOf(string key) => _hash.Hash(IdentityDirectory.KeyPurpose, Encoding.UTF8.GetBytes(key));
}
