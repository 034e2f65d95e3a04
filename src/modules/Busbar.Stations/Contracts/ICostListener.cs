using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>The price so far of a session that goes on, or the last one of a session that ended.</summary>
/// <param name="Evse">Its number; 0 where it is not known.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="ExclTax">In the currency's units, not rounded to what is paid.</param>
/// <param name="InclTax">With all taxes.</param>
/// <param name="At">Until when it is priced, by the station's corrected clock.</param>
/// <param name="Energy">Delivered so far.</param>
/// <param name="Charging">The time in which the vehicle charged.</param>
/// <param name="Idle">The time in which it asked for nothing.</param>
/// <param name="Final">The session has ended and this is what it costs, until a correction says otherwise.</param>
/// <param name="Prices">Those that hold at <paramref name="At"/>; none of a session that ended.</param>
public sealed record CostSoFar(TenantId Tenant, StationId Station, int Evse, string TransactionId, string Currency, decimal ExclTax, decimal InclTax, Instant At, Energy Energy, Duration Charging, Duration Idle, bool Final, IReadOnlyList<PriceInForce> Prices)
{
    /// <summary>The version that prices it, as <see cref="DisplayPrice.TariffId"/> names it; null where it is not known.</summary>
    public string? Tariff { get; init; }
}

/// <summary>A price that holds now: what it counts (<c>energy</c> per kWh, <c>time</c> and <c>idle</c> per hour).</summary>
/// <param name="InclTax">With all taxes, in the currency's units, not rounded.</param>
public sealed record PriceInForce(string Kind, decimal InclTax);

/// <summary>Hears of prices after they are durable. Must return at once.</summary>
public interface ICostListener
{
    /// <summary>False: nothing of this station need be told, and no price made for it.</summary>
    bool Hears(TenantId tenant, StationId station);

    /// <summary>Of each session the prices come in their order; what a slow listener could not be told in time is left out for the newest.</summary>
    void Tell(CostSoFar cost);
}
