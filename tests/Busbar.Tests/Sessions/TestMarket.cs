using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>One price for all quarter-hours from noon of 1 June 2026 on; null: nobody knows it.</summary>
internal sealed class TestMarket : ICurveBook
{
    public decimal? Price { get; set; }

    /// <summary>The first quarter-hour has none.</summary>
    public bool HasGap { get; set; }

    /// <summary>What it does with a gap.</summary>
    public bool Refuses { get; init; }

    public ValueTask<string?> RefusedAsync(TenantId tenant, Currency currency, IReadOnlyList<string> missing, CancellationToken ct) =>
        ValueTask.FromResult(Refuses && missing is [var first, ..] ? first : null);

    public ValueTask<IReadOnlyList<PriceCurve>> FindAsync(TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<PriceCurve>>(Price is { } price ? [new PriceCurve("spot", Instant.FromUtc(2026, 6, 1, 12, 0), 900, [.. Enumerable.Range(0, 96).Select(i => i == 0 && HasGap ? (decimal?)null : price)])] : []);
}

/// <summary>A kWh at the market's price, or at 1.00 where nobody knows it.</summary>
internal sealed class CurveTariff(params PriceComponent[] components) : ITariffBook
{
    private readonly Tariff _tariff = new() { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new TariffElement(components)] };

    public CurveTariff(CurveLock locked) : this(new PriceComponent(Dimension.Energy, 1m, 1, [], new CurvePricing("spot", locked)))
    {
    }

    private PinnedTariff Pinned => new(OneTariff.Pinned.Id, 1, "curve", _tariff);

    public ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct) => ValueTask.FromResult<PinnedTariff?>(Pinned);

    public ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct) => ValueTask.FromResult<PinnedTariff?>(Pinned);
}
