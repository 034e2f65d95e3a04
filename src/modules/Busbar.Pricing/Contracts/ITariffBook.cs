using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Contracts;

public readonly record struct TariffId(Guid Value) : ITypedId<TariffId>
{
    public static string Prefix => "tar";
    public static TariffId From(Guid value) => new(value);
    public int CompareTo(TariffId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A tariff version as a session is bound to it: for ever, by the hash of its canonical bytes.</summary>
public sealed record PinnedTariff(TariffId Id, int Version, string Hash, Tariff Tariff);

/// <summary>Where and for whom a price is asked.</summary>
/// <param name="At">When the session begins: windows and validities are read by it.</param>
/// <param name="AsOf">By what was published and assigned at that moment; null: by what is now.</param>
public sealed record TariffQuestion(TenantId Tenant, Guid? Location, StationId Station, int Evse, string? TokenGroup, Instant At, Instant? AsOf = null)
{
    /// <summary>The token's uid, or an id of the customer: whatever assignments call a driver. Several where it has several names.</summary>
    public IReadOnlyList<string> Driver { get; init; } = [];

    /// <summary>The contract, the subscription and the roaming partner, as assignments name them; null: there is none.</summary>
    public string? Contract { get; init; }
    public string? Subscription { get; init; }
    public string? Partner { get; init; }

    /// <summary>Paid on the spot, without a contract.</summary>
    public bool AdHoc { get; init; }

    /// <summary>The same for whoever shows a token.</summary>
    /// <param name="known">What is known of the token; null: nobody asked.</param>
    /// <param name="shown">Null: no token was shown.</param>
    public TariffQuestion For(TokenVerdict? known, PresentedToken? shown) => this with
    {
        TokenGroup = known?.GroupId, Driver = known?.DriverNames ?? (shown is null ? [] : [shown.Uid]), Contract = known?.Contract,
        AdHoc = known is { IsAdHoc: true } || shown?.IsDirectPayment() == true,
    };
}

/// <summary>What people call a tariff.</summary>
public interface ITariffNames
{
    /// <param name="tariff">As a document names it.</param>
    /// <returns>Null: the tenant has no such tariff.</returns>
    Task<string?> OfAsync(TenantId tenant, string tariff, CancellationToken ct);
}

/// <summary>Which tariff applies, from memory wherever it can.</summary>
public interface ITariffBook
{
    /// <summary>
    /// The tariff that applies there and then; null where none is assigned. Deterministic for one state of the book; one that was changed since is read from the database.
    /// </summary>
    ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct);

    /// <summary>A pinned version again, by its hash, whatever has become of the tariff since; null where it was lost or its bytes are damaged.</summary>
    ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct);
}
