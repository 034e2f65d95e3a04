using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>A tariff as an OCPP 2.1 station calculates with it, and what that leaves out.</summary>
internal sealed record StationTariff(TariffType Tariff, IReadOnlyList<TariffLoss> Lost)
{
    /// <summary>A station that calculates with it comes to the price that we come to.</summary>
    public bool IsExact => Lost.All(loss => loss.IsRounding);
}

/// <summary>
/// Our tariff in OCPP 2.1's words (part 2, I 1.2 and 2.111 TariffType). There each dimension has a list of prices without tax of which the first that applies holds, and taxes
/// of its own; time has a price per minute, and conditions are in Wh and W. A price whose condition cannot be said is left out: never is it said without its condition.
/// </summary>
internal static class Tariffs
{
    public const int IdLength = 60;
    private const int MostTexts = 10;
    private const int TextLength = 1024;
    private const int Digits = 8;
    private const decimal MinutesOfHour = 60;

    public static StationTariff Write(Tariff tariff, string tariffId, IReadOnlyDictionary<string, string>? text = null, Instant? validFrom = null)
    {
        var lost = new List<TariffLoss>();
        if (tariffId.Length is 0 or > IdLength) throw new ArgumentOutOfRangeException(nameof(tariffId), tariffId, "1 to 60 characters.");
        if (tariff.WaiveBelow is { } waiver && waiver != new Waiver()) Lose(lost, "waiver", "/waiveBelow", "A station charges small sessions too.");
        if (tariff.Idle?.Cap is not null) Lose(lost, "idleCap", "/idle/cap", "A station does not cap the price of idle time.");
        if (tariff.Idle is { Grace: not null, RestartAbove: not null }) Lose(lost, "idleGrace", "/idle/restartAboveWh", "A station grants the grace once in a session.");
        var prices = new Lists();
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            for (var j = 0; j < tariff.Elements[i].Components.Count; j++) Add(tariff, tariff.Elements[i], tariff.Elements[i].Components[j], $"/elements/{i}/components/{j}", $"/elements/{i}/when", prices, lost);
        }
        return new StationTariff(new TariffType
        {
            TariffId = tariffId,
            Currency = tariff.Currency.Code,
            Description = Texts(text),
            ValidFrom = validFrom is { } from ? new WireTime(from) : null,
            Energy = prices.Energy.Of<TariffEnergyType>(taxes => new TariffEnergyType
            {
                Prices = [.. prices.Energy.Prices.Select(price => new TariffEnergyPriceType { PriceKwh = price.Amount, Conditions = price.When is { } when ? TariffConditions.Write(when) : null })], TaxRates = taxes,
            }),
            ChargingTime = prices.Time.OfTime(),
            IdleTime = prices.Idle.OfTime(),
            FixedFee = prices.Fixed.OfFixed(),
            ReservationTime = prices.ReservedTime.OfTime(),
            ReservationFixed = prices.ReservedFixed.OfFixed(),
            MinCost = Bound(tariff.Min),
            MaxCost = Bound(tariff.Max),
        }, lost);
    }

    /// <summary>Of the dimension that has the most (2.12.12 MaxElements).</summary>
    public static int MostPrices(TariffType tariff) => new[]
    {
        tariff.Energy?.Prices.Count, tariff.ChargingTime?.Prices.Count, tariff.IdleTime?.Prices.Count, tariff.FixedFee?.Prices.Count, tariff.ReservationTime?.Prices.Count,
        tariff.ReservationFixed?.Prices.Count,
    }.Max() ?? 0;

    public static bool HasConditions(TariffType tariff) =>
        tariff.Energy?.Prices.Any(price => price.Conditions is not null) == true
        || new[] { tariff.ChargingTime, tariff.IdleTime, tariff.ReservationTime }.Any(time => time?.Prices.Any(price => price.Conditions is not null) == true)
        || new[] { tariff.FixedFee, tariff.ReservationFixed }.Any(fee => fee?.Prices.Any(price => price.Conditions is not null) == true);

    private static void Add(Tariff tariff, TariffElement element, PriceComponent component, string at, string whenAt, Lists prices, List<TariffLoss> lost)
    {
        var isReservation = element.When?.Reservation is not null;
        var list = (component.Dimension, element.When?.Reservation) switch
        {
            (Dimension.Energy, null) => prices.Energy,
            (Dimension.Time, null) => prices.Time,
            (Dimension.Idle, null) => prices.Idle,
            (Dimension.Flat, null) => prices.Fixed,
            (Dimension.Time, ReservationKind.Reserved) => prices.ReservedTime,
            (Dimension.Flat, ReservationKind.Reserved) => prices.ReservedFixed,
            _ => null,
        };
        if (list is null)
        {
            // I12.FR.06: a reservation is priced once, when its transaction starts; one that nobody used never is. Other dimensions of a reservation cost nothing with us.
            if (component.Dimension == Dimension.Export) Lose(lost, "export", at, "A station has no price for energy that the vehicle gives back.");
            else if (element.When?.Reservation == ReservationKind.Expired) Lose(lost, "expiredReservation", at, "A station has no price for a reservation that nobody used.");
            return;
        }
        if (element.When?.Weekdays == Weekdays.None) return;
        if (component.Curve is not null)
        {
            Lose(lost, "curve", at + "/curve", "A station cannot follow a price curve; this price is left out.");
            return;
        }
        if (component.Taxes.Any(tax => tax.From is not null || tax.Until is not null))
        {
            Lose(lost, "datedTax", at + "/taxes", "A station knows no tax whose rate changes on a day; this price is left out.");
            return;
        }
        if (component.StepSize > 1) Lose(lost, "step", at + "/stepSize", "A station bills every unit, and not in steps.");
        var when = (element.When ?? new Restrictions()) with { Reservation = null };
        if (component.Dimension == Dimension.Idle && tariff.Idle is { Grace: { } grace })
        {
            // What lies within the grace is free: idle time has a price once it has lasted longer (2.97 minIdleTime).
            if (!(when.MinIdleTime >= grace)) when = when with { MinIdleTime = grace };
        }
        var isOnce = component.Dimension == Dimension.Flat;
        if (TariffConditions.Unsayable(when, isOnce || isReservation, isOnce) is { } member)
        {
            Lose(lost, "condition", $"{whenAt}/{member}", "A station cannot tell whether this condition holds; the price is left out, and the prices below it stand in its place.");
            return;
        }
        if (isOnce && TariffConditions.ChangesInTime(when))
            Lose(lost, "atStart", whenAt, "A station looks once, at the start, whether a fixed price is due (I 1.2); a price that would come due later is not charged.");
        var taxes = tariff.TaxMode == TaxMode.NotApplicable ? [] : component.Taxes.OrderBy(tax => tax.Stack).ToList();
        if (list.Taxes is { } others && !others.SequenceEqual(taxes))
        {
            Lose(lost, "taxes", at + "/taxes", "A station has one list of taxes for all prices of a dimension; this price is left out.");
            return;
        }
        list.Taxes = taxes;
        list.Prices.Add(new Price(Net(tariff, component, taxes, at, lost), when == new Restrictions() ? null : when));
    }

    private static decimal Net(Tariff tariff, PriceComponent component, List<TaxRate> taxes, string at, List<TariffLoss> lost)
    {
        var isTime = component.Dimension is Dimension.Time or Dimension.Idle;
        var factor = tariff.TaxMode == TaxMode.Inclusive ? Factor(taxes) : 1;
        var net = decimal.Round(component.Price / factor / (isTime ? MinutesOfHour : 1), Digits, MidpointRounding.AwayFromZero);
        if (net * factor * (isTime ? MinutesOfHour : 1) != component.Price)
            Lose(lost, TariffLoss.Rounded, at + "/price", "A station's prices are without tax, and per minute; this one is rounded to 8 decimals.");
        return net / 1.0000000000000000000000000000m;
    }

    // 2.114: taxes of one stack are taken on the net and the taxes of lower stacks (I12.FR.13).
    private static decimal Factor(IEnumerable<TaxRate> taxes) =>
        taxes.GroupBy(tax => tax.Stack).OrderBy(stack => stack.Key).Aggregate(1m, (upTo, stack) => upTo + upTo * stack.Sum(tax => tax.Percent) / 100);

    private static PriceType? Bound(PriceBound? bound) =>
        bound is { BeforeTax: null, AfterTax: null } or null ? null : new PriceType { ExclTax = bound.BeforeTax, InclTax = bound.AfterTax };

    private static List<MessageContentType>? Texts(IReadOnlyDictionary<string, string>? text) => text is null or { Count: 0 }
        ? null
        : [.. text.Take(MostTexts).Select(one => new MessageContentType { Format = MessageFormatEnum.UTF8, Language = one.Key, Content = DisplayText.Cut(one.Value, TextLength) })];

    private static void Lose(List<TariffLoss> lost, string code, string pointer, string detail) => lost.Add(new TariffLoss(code, pointer, detail));

    private sealed record Price(decimal Amount, Restrictions? When);

    private sealed class PriceList
    {
        public List<Price> Prices { get; } = [];
        public List<TaxRate>? Taxes { get; set; }

        public T? Of<T>(Func<List<TaxRateType>?, T> make) where T : class => Prices.Count == 0 ? null
            : make(Taxes is { Count: > 0 } some ? [.. some.Select(tax => new TaxRateType { Type = DisplayText.Cut(tax.Name, 20), Tax = tax.Percent, Stack = tax.Stack == 0 ? null : tax.Stack })] : null);

        public TariffTimeType? OfTime() => Of(taxes => new TariffTimeType
        {
            Prices = [.. Prices.Select(price => new TariffTimePriceType { PriceMinute = price.Amount, Conditions = price.When is { } when ? TariffConditions.Write(when) : null })], TaxRates = taxes,
        });

        public TariffFixedType? OfFixed() => Of(taxes => new TariffFixedType
        {
            Prices = [.. Prices.Select(price => new TariffFixedPriceType { PriceFixed = price.Amount, Conditions = price.When is { } when ? TariffConditions.WriteFixed(when) : null })], TaxRates = taxes,
        });
    }

    private sealed class Lists
    {
        public PriceList Energy { get; } = new();
        public PriceList Time { get; } = new();
        public PriceList Idle { get; } = new();
        public PriceList Fixed { get; } = new();
        public PriceList ReservedTime { get; } = new();
        public PriceList ReservedFixed { get; } = new();
    }
}
