using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>A book with one tariff: energy by day and by night, charging time, idle time, a start fee, and VAT.</summary>
internal sealed class OneTariff : ITariffBook
{
    private static readonly TaxRate[] Vat = [new TaxRate("VAT", 19m)];

    public static Tariff DayAndNight { get; } = new()
    {
        Currency = Currency.Eur,
        TaxMode = TaxMode.Exclusive,
        Elements =
        [
            new TariffElement([new PriceComponent(Dimension.Energy, 0.29m, 1, Vat)], new Restrictions { StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0) }),
            new TariffElement([new PriceComponent(Dimension.Energy, 0.49m, 1, Vat)]),
            new TariffElement([new PriceComponent(Dimension.Time, 1.20m, 1, Vat), new PriceComponent(Dimension.Idle, 6.00m, 1, Vat), new PriceComponent(Dimension.Flat, 0.50m, 1, Vat)]),
        ],
    };

    public static PinnedTariff Pinned { get; } = new(new TariffId(Guid.Parse("01890000-0000-7000-8000-00000000aaaa")), 1, TariffJson.Hash(DayAndNight), DayAndNight);

    public static TariffPin Pin { get; } = new(Pinned.Id.ToString(), Pinned.Version, Pinned.Hash);

    public ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct) => ValueTask.FromResult<PinnedTariff?>(Pinned);

    public ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct) => ValueTask.FromResult(hash == Pinned.Hash ? Pinned : null);
}

/// <summary>No prices of the market are known.</summary>
internal sealed class NoMarket : ICurveBook
{
    public ValueTask<string?> RefusedAsync(TenantId tenant, Currency currency, IReadOnlyList<string> missing, CancellationToken ct) => default;

    public ValueTask<IReadOnlyList<PriceCurve>> FindAsync(TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<PriceCurve>>([]);
}
