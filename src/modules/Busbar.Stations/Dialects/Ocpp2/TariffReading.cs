using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Rating;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>An OCPP 2.1 tariff as ours: the other half of <see cref="Tariffs"/>.</summary>
internal static class TariffReading
{
    private const decimal MinutesOfHour = 60;
    private const decimal MostPrice = 1_000_000;

    /// <summary>Null: nobody can price with it; the losses say why. A price whose condition cannot be read is left out.</summary>
    public static (Tariff? Tariff, IReadOnlyList<TariffLoss> Lost) Read(TariffType from)
    {
        var lost = new List<TariffLoss>();
        if (!Currency.TryParse(from.Currency, out var currency))
        {
            lost.Add(new TariffLoss("currency", "/currency", "This is no currency of ISO 4217."));
            return (null, lost);
        }
        var elements = new List<TariffElement>();
        var isTaxed = false;
        Take("energy", Dimension.Energy, null, from.Energy?.TaxRates, from.Energy?.Prices.Select(price => (price.PriceKwh, Read(price.Conditions))));
        TakeTime("chargingTime", Dimension.Time, null, from.ChargingTime);
        TakeTime("idleTime", Dimension.Idle, null, from.IdleTime);
        TakeFixed("fixedFee", null, from.FixedFee);
        TakeTime("reservationTime", Dimension.Time, ReservationKind.Reserved, from.ReservationTime);
        TakeFixed("reservationFixed", ReservationKind.Reserved, from.ReservationFixed);
        if (elements.Count == 0)
        {
            lost.Add(new TariffLoss("empty", "", "There is no price in it that can be read."));
            return (null, lost);
        }
        return (new Tariff
        {
            Currency = currency, TaxMode = isTaxed ? TaxMode.Exclusive : TaxMode.NotApplicable, Elements = elements, Min = Bound(from.MinCost), Max = Bound(from.MaxCost),
        }, lost);

        void TakeTime(string field, Dimension dimension, ReservationKind? reservation, TariffTimeType? list) =>
            Take(field, dimension, reservation, list?.TaxRates, list?.Prices.Select(price => (price.PriceMinute, Read(price.Conditions))));

        void TakeFixed(string field, ReservationKind? reservation, TariffFixedType? list) =>
            Take(field, Dimension.Flat, reservation, list?.TaxRates, list?.Prices.Select(price => (price.PriceFixed, Read(price.Conditions))));

        void Take(string field, Dimension dimension, ReservationKind? reservation, IReadOnlyList<TaxRateType>? taxes, IEnumerable<(decimal Price, (Restrictions When, string? Fault) Conditions)>? prices)
        {
            var rates = (taxes ?? []).OfType<TaxRateType>().Select(tax => new TaxRate(tax.Type, tax.Tax, tax.Stack ?? 0)).ToList();
            isTaxed |= rates.Count > 0;
            var i = -1;
            foreach (var (price, (told, fault)) in prices ?? [])
            {
                i++;
                if (price is > MostPrice or < -MostPrice)
                    lost.Add(new TariffLoss("price", $"/{field}/prices/{i}", "Nobody can pay this price; it is left out."));
                else if (fault is not null)
                    lost.Add(new TariffLoss("condition", $"/{field}/prices/{i}/conditions/{fault}", "This condition cannot be read; the price is left out."));
                else
                {
                    var when = told with { Reservation = reservation };
                    elements.Add(new TariffElement([new PriceComponent(dimension, dimension is Dimension.Time or Dimension.Idle ? price * MinutesOfHour : price, 1, rates)], when == new Restrictions() ? null : when));
                }
            }
        }
    }

    private static (Restrictions When, string? Fault) Read(TariffConditionsType? conditions) =>
        conditions is null ? (new Restrictions(), null) : (TariffConditions.Read(conditions, out var when), when) is var (fault, read) ? (read, fault) : default;

    private static (Restrictions When, string? Fault) Read(TariffConditionsFixedType? conditions) =>
        conditions is null ? (new Restrictions(), null) : (TariffConditions.Read(conditions, out var when), when) is var (fault, read) ? (read, fault) : default;

    private static PriceBound? Bound(PriceType? price) => price is null or { ExclTax: null, InclTax: null } ? null : new PriceBound(price.ExclTax, price.InclTax);
}

/// <summary>The projection that the API lists.</summary>
internal sealed class Ocpp21TariffProjection : ITariffProjection
{
    public string Format => "ocpp-2.1";

    public string Title => "OCPP 2.1";

    public ProjectedTariff Project(Tariff tariff, string tariffId)
    {
        var said = Tariffs.Write(tariff, tariffId);
        return new ProjectedTariff(Ocpp2Json.Write(said.Tariff, OcppVersion.V21), said.Lost);
    }

    public ReadTariff Read(ReadOnlyMemory<byte> json)
    {
        if (!Ocpp2Json.TryRead<TariffType>(json.Span, out var from, out var error)) return new ReadTariff(null, null, null, [new TariffLoss("malformed", JsonPaths.ToPointer(error.Path), error.Detail)]);
        var (tariff, lost) = TariffReading.Read(from);
        if (from.ValidFrom is { Instant: null }) lost = [.. lost, new TariffLoss("validFrom", "/validFrom", "This time cannot be read.")];
        return new ReadTariff(tariff, from.TariffId, from.ValidFrom?.Instant, lost);
    }
}
