using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>One <c>energyPrice</c>.</summary>
/// <param name="Type">Of PriceTypeEnum.</param>
/// <param name="TaxRate">Per cent, in the value; null: no tax.</param>
/// <param name="Says">By language.</param>
/// <param name="Windows">Wall clock, as xs:time.</param>
/// <param name="IsOfTheDay">It holds on the moment's day; of other days nothing is said.</param>
internal sealed record Datex2Price(
    Dimension Dimension, string Type, decimal Value, decimal? Cap, decimal? TaxRate, IReadOnlyList<(string Language, string Text)> Says,
    IReadOnlyList<(string Start, string End)> Windows, Weekdays? Weekdays, Band Minutes, Band KilowattHours, bool IsOfTheDay);

/// <summary>Whole units, from the first up to the second.</summary>
internal readonly record struct Band(decimal? From, decimal? To);

/// <summary>
/// Prices of a DATEX II rate. They add up wherever they apply (EnergyPrice: "AND", not "OR"), while of a tariff's elements the first one wins: a price is said only
/// where it does not meet one of the same kind before it.
/// </summary>
internal static class Datex2Prices
{
    public static List<Datex2Price> Of(Tariff tariff, ProjectionMoment moment, List<Loss> losses)
    {
        var prices = new List<Datex2Price>();
        var said = new List<(Dimension Dimension, Restrictions When)>();
        if (tariff.Idle?.Grace is not null) losses.Add(new Loss("/idle/graceSeconds", "graceNotSaid", "DATEX II has no idle time that is free at first.", LossEffect.More));
        if (tariff.WaiveBelow is not null) losses.Add(new Loss("/waiveBelow", "waiverNotSaid", "DATEX II has no sessions that are too small to be charged.", LossEffect.More));
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            var element = tariff.Elements[i];
            var when = element.When ?? new Restrictions();
            var ofTheDay = OfTheDay(when) is not null;
            if (OfTheDay(when) is { } dated)
            {
                losses.Add(new Loss($"/elements/{i}/when/{dated}", "onlyTheDay", "What depends on the date is said for the day alone.", LossEffect.Unknown));
                // On another day it wins nothing today.
                if (!moment.IsOfTheDay(tariff, when with { Weekdays = null })) continue;
                when = when with { StartDate = null, EndDate = null, SpecialDays = null, ExceptSpecialDays = null };
            }
            if (Unsaid(when) is { } condition)
            {
                losses.Add(new Loss($"/elements/{i}/when/{condition}", "conditionNotSaid", "DATEX II has no such condition. The element is left out, since without it its prices would hold always.", LossEffect.Unknown));
                // What it would have won stays its own.
                foreach (var component in element.Components) said.Add((component.Dimension, when));
                continue;
            }
            for (var j = 0; j < element.Components.Count; j++)
            {
                var (component, at) = (element.Components[j], $"/elements/{i}/components/{j}");
                if (component.Dimension == Dimension.Export)
                {
                    losses.Add(new Loss(at, "exportNotSaid", "DATEX II has no price for energy given back.", component.Price < 0 ? LossEffect.More : LossEffect.Less));
                    continue;
                }
                var rest = said.Where(before => before.Dimension == component.Dimension).Aggregate((Restrictions?)when, (left, before) => left is null ? null : Without(left, before.When));
                said.Add((component.Dimension, when));
                if (rest is null)
                {
                    losses.Add(new Loss(at, "overlaps", "Prices of a rate add up, and this one holds where one before it does: it is left out.", LossEffect.Unknown));
                    continue;
                }
                if (Price(tariff, element, component, rest, at, moment, losses) is { } price) prices.Add(price with { IsOfTheDay = ofTheDay });
            }
        }
        return prices;
    }

    /// <summary>Says so where an amount has more decimals than DATEX II.</summary>
    public static void Cents(decimal amount, string at, List<Loss> losses)
    {
        var rounded = decimal.Round(amount, 2, MidpointRounding.AwayFromZero);
        if (rounded != amount) losses.Add(new Loss(at, "twoDecimals", "An amount in DATEX II has two decimals.", rounded > amount ? LossEffect.More : LossEffect.Less));
    }

    private static Datex2Price? Price(Tariff tariff, TariffElement element, PriceComponent component, Restrictions when, string at, ProjectionMoment moment, List<Loss> losses)
    {
        var minutes = Whole(when.MinDuration is { } from ? (decimal)from.TotalMilliseconds / 60_000 : null, when.MaxDuration is { } to ? (decimal)to.TotalMilliseconds / 60_000 : null, at, losses);
        var energy = Whole(when.MinEnergy?.KilowattHours, when.MaxEnergy?.KilowattHours, at, losses);
        if (minutes is null || energy is null) return null;
        var now = moment.CanHold(tariff, element.When) ? moment.PriceOf(component) : null;
        if (component.Curve is not null)
            losses.Add(new Loss(at + "/curve", "curveNotSaid", now is null ? "DATEX II has no price that follows a curve: the one that stands in for it is written." : "DATEX II has no price that follows a curve: that of the moment is written.", LossEffect.Unknown));
        if (component.StepSize > 1 && component.Dimension != Dimension.Flat) losses.Add(new Loss(at + "/stepSize", "stepNotSaid", "DATEX II has no steps in which a quantity is counted.", LossEffect.Less));
        var taxes = component.Taxes.Where(tax => ProjectionMoment.Holds(tax, moment.Day)).ToList();
        if (taxes.Count != component.Taxes.Count) losses.Add(new Loss(at + "/taxes", "datedTaxes", "Only the tax of the day is said.", LossEffect.Unknown));
        else if (taxes.Count > 1) losses.Add(new Loss(at + "/taxes", "oneTaxRate", "One rate that comes to the same as all of these is written.", LossEffect.None));
        var gross = tariff.TaxMode == TaxMode.Exclusive ? (now ?? component.Price) * OcpiWriting.Factor(taxes) : now ?? component.Price;
        var value = component.Dimension is Dimension.Time or Dimension.Idle ? gross / 60 : gross;
        Cents(value, at + "/price", losses);
        decimal? cap = null;
        if (component.Dimension == Dimension.Idle)
        {
            losses.Add(new Loss(at, "occupancyHasNoType", "DATEX II has no type for a fee for standing: it is 'other', with a text.", LossEffect.Less));
            cap = tariff.Idle?.Cap is { } most ? most.AfterTax ?? (tariff.TaxMode == TaxMode.NotApplicable ? most.BeforeTax : null) : null;
            if (tariff.Idle?.Cap is not null && cap is null) losses.Add(new Loss("/idle/cap", "boundBeforeTaxAlone", "A cap in DATEX II is the one with taxes, and this one is before them.", LossEffect.More));
        }
        return new Datex2Price(
            component.Dimension,
            component.Dimension switch
            {
                Dimension.Energy => "pricePerKWh",
                Dimension.Time => "pricePerMinute",
                Dimension.Flat => component.Price == 0 && tariff.Elements.All(one => one.Components.All(other => other.Price == 0 && other.Curve is null)) ? "free"
                    : tariff.Elements.Sum(one => one.Components.Count) == 1 ? "flatRate" : "basePrice",
                _ => "other",
            },
            value, cap, tariff.TaxMode == TaxMode.NotApplicable || taxes.Count == 0 ? null : (OcpiWriting.Factor(taxes) - 1) * 100,
            component.Dimension == Dimension.Idle ? [.. DisplayText.Languages.Select(language => (language, DisplayText.Of(tariff with { Elements = [element with { Components = [component] }], Min = null, Max = null, WaiveBelow = null }, language, null, moment.Day).Text))] : [],
            [.. Windows(when)], when.Weekdays, minutes.Value, energy.Value, IsOfTheDay: false);
    }

    /// <summary>The first condition that is about the date; null: none is.</summary>
    private static string? OfTheDay(Restrictions when) =>
        when.StartDate is not null ? "startDate" : when.EndDate is not null ? "endDate" : when.SpecialDays is not null ? "specialDays" : when.ExceptSpecialDays is not null ? "exceptSpecialDays" : null;

    private static string? Unsaid(Restrictions when)
    {
        (bool Set, string Name)[] all =
        [
            (when.MinCurrentA is not null, "minCurrentA"), (when.MaxCurrentA is not null, "maxCurrentA"),
            (when.MinPower is not null, "minPowerW"), (when.MaxPower is not null, "maxPowerW"), (when.Reservation is not null, "reservation"),
            (when.MinChargingTime is not null, "minChargingTimeSeconds"), (when.MaxChargingTime is not null, "maxChargingTimeSeconds"),
            (when.MinIdleTime is not null, "minIdleTimeSeconds"), (when.MaxIdleTime is not null, "maxIdleTimeSeconds"),
            (when.EvseKind is not null, "evseKind"), (when.PaymentBrand is not null, "paymentBrand"), (when.PaymentRecognition is not null, "paymentRecognition"),
        ];
        return all.FirstOrDefault(condition => condition.Set).Name;
    }

    /// <summary>What of the one is left without the other; null: it cannot be said in one piece.</summary>
    private static Restrictions? Without(Restrictions left, Restrictions other)
    {
        if (other.Reservation is not null || Apart(left, other)) return left;
        // All below a bound is taken: what is left begins there.
        if (other == new Restrictions { MaxEnergy = other.MaxEnergy } && other.MaxEnergy is { } energy) return left.MinEnergy >= energy ? left : left.MaxEnergy <= energy ? null : left with { MinEnergy = energy };
        if (other == new Restrictions { MaxDuration = other.MaxDuration } && other.MaxDuration is { } time) return left.MinDuration >= time ? left : left.MaxDuration <= time ? null : left with { MinDuration = time };
        return null;
    }

    private static bool Apart(Restrictions one, Restrictions other) =>
        (one.Weekdays is { } days && other.Weekdays is { } others && (days & others) == 0)
        || one.MaxEnergy <= other.MinEnergy || other.MaxEnergy <= one.MinEnergy || one.MaxDuration <= other.MinDuration || other.MaxDuration <= one.MinDuration
        || (HasWindow(one) && HasWindow(other) && !Spans(one).Any(a => Spans(other).Any(b => a.Start < b.End && b.Start < a.End)));

    private static bool HasWindow(Restrictions when) => when.StartTime is not null || when.EndTime is not null;

    /// <summary>The windows of a day in minutes since midnight.</summary>
    public static IEnumerable<(int Start, int End)> Spans(Restrictions when)
    {
        var (start, end) = (Minute(when.StartTime), Minute(when.EndTime));
        if (end > start) return [(start, end)];
        return end == 0 ? [(start, 24 * 60)] : [(start, 24 * 60), (0, end)];

        static int Minute(LocalTime? time) => time is { } value ? value.Hour * 60 + value.Minute : 0;
    }

    // TimePeriodOfDay lies within one day.
    private static IEnumerable<(string Start, string End)> Windows(Restrictions when) =>
        HasWindow(when) ? Spans(when).Select(span => (Clock(span.Start), Clock(span.End))) : [];

    private static string Clock(int minute) => FormattableString.Invariant($"{minute / 60:00}:{minute % 60:00}:00");

    // Whole units that lie within the ones that are meant.
    private static Band? Whole(decimal? from, decimal? to, string at, List<Loss> losses)
    {
        var band = new Band(from is { } low ? Math.Ceiling(low) : null, to is { } high ? Math.Floor(high) : null);
        if (band.From >= band.To)
        {
            losses.Add(new Loss(at, "wholeUnits", "DATEX II counts whole kWh and minutes, and nothing is left of this band: it is left out.", LossEffect.Unknown));
            return null;
        }
        if (band.From != from || band.To != to) losses.Add(new Loss(at, "wholeUnits", "DATEX II counts whole kWh and minutes: the band was made smaller.", LossEffect.Unknown));
        return band;
    }
}
