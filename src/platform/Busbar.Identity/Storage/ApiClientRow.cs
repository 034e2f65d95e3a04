using Busbar.Identity.Clients;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Identity.Storage;

[Audited("apiClient", nameof(ApiClientRow.Id), Name = nameof(ApiClientRow.Name))]
internal sealed class ApiClientRow : ITenantOwned, IRevised
{
    public static RowSource<(KnownClient Client, Instant? RevokedAt)> Known { get; } = new(
        "identity_api_clients", "id, tenant_id, name, scopes, places, key_hash, previous_key_hash, previous_key_until, configured, expires_at, addresses, revoked_at",
        row => (new KnownClient
        {
            Id = row.Id<ApiClientId>(0), Tenant = row.Id<TenantId>(1), Name = row.Text(2), Rights = RightsOf(row.Text(3), row.MaybeText(4)), KeyHash = row.Bytes(5),
            PreviousKey = row.MaybeBytes(6) is { } hash && row.MaybeInstant(7) is { } until ? (hash, until) : null,
            Configured = row.Flag(8), ExpiresAt = row.MaybeInstant(9), Addresses = AddressList.Of(row.MaybeText(10)),
        }, row.MaybeInstant(11)));

    public required TenantId TenantId { get; init; }
    public required ApiClientId Id { get; init; }
    public required string Name { get; set; }
    public string? Description { get; set; }

    /// <summary>Whom to ask about it.</summary>
    [Personal]
    public string? Contact { get; set; }

    public required byte[] KeyHash { get; set; }

    /// <summary>The actor who was shown the key; null: nobody, it is configured.</summary>
    public string? HandedTo { get; set; }

    /// <summary>Of the key before, until its overlap ends.</summary>
    public byte[]? PreviousKeyHash { get; set; }
    public Instant? PreviousKeyUntil { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Scopes { get; set; }

    /// <summary>Where its scopes hold, as <see cref="PlaceText"/> writes it; null: in the whole tenant.</summary>
    public string? Places { get; set; }

    /// <summary>As <see cref="AddressList"/> writes them, separated by spaces; null: it may call from anywhere.</summary>
    public string? Addresses { get; set; }

    /// <summary>Made from <c>Busbar:AdminKey</c>: a new key there replaces this one's, and a start without one revokes it.</summary>
    public bool Configured { get; init; }

    public Instant CreatedAt { get; init; }
    public Instant? ExpiresAt { get; set; }
    [AuditSilent]
    public Instant? LastUsedAt { get; set; }
    [AuditSilent]
    public string? LastUsedFrom { get; set; }
    public Instant? RevokedAt { get; set; }
    public long Revision { get; set; } = 1;

    private static Rights RightsOf(string scopes, string? places)
    {
        var where = places is null ? Reach.Whole : PlaceText.Read(places).Aggregate(Reach.Nowhere, (sum, place) => sum.And(Reach.At(place)));
        return Rights.Of(scopes.Split(' ').Select(scope => (scope, where)));
    }
}

/// <summary>A place as one line: its kind and its id.</summary>
internal static class PlaceText
{
    public static string Write(IEnumerable<Place> places) => string.Join('\n', places.Select(place => $"{place.Kind} {place.Id:N}"));

    public static IReadOnlyList<Place> Read(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Select(part => new Place(Enum.Parse<PlaceKind>(part[0]), Guid.ParseExact(part[1], "N"))),
    ];
}
