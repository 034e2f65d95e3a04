using Busbar.Kernel;
using NodaTime;

namespace Busbar.Pricing.Contracts;

/// <summary>A curve that somebody counts on: it has a source, or a tariff in force follows it.</summary>
/// <param name="Zone">Whose days its market counts.</param>
/// <param name="Today">Where the market's day began.</param>
/// <param name="HasToday">Every interval of today was told a price.</param>
/// <param name="HasTomorrow">And of tomorrow.</param>
public sealed record WatchedCurve(CurveId Id, string Name, DateTimeZone Zone, Instant Today, bool HasToday, bool HasTomorrow);

/// <summary>Which prices of the market are there, for whoever tells that they are missing.</summary>
public interface ICurveWatch
{
    /// <summary>The tenant's curves that somebody counts on, as they are at this moment.</summary>
    ValueTask<IReadOnlyList<WatchedCurve>> ReadAsync(TenantId tenant, Instant now, CancellationToken ct);
}
