using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Contracts;

/// <summary>Prices of the market, by the names that tariffs call them.</summary>
public interface ICurveBook
{
    /// <summary>What is known of these curves between the two instants, in the tariff's currency; a curve that nobody knows is left out. Intervals without a price are null in it.</summary>
    ValueTask<IReadOnlyList<PriceCurve>> FindAsync(TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct);

    /// <param name="missing">Curves that have no price where one is needed.</param>
    /// <returns>The first of them that is to refuse then; null: none.</returns>
    ValueTask<string?> RefusedAsync(TenantId tenant, Currency currency, IReadOnlyList<string> missing, CancellationToken ct);
}
