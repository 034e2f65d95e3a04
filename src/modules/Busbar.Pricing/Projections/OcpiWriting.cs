using Busbar.Rating;
using NodaTime;
using NodaTime.Text;
using V221 = Busbar.Ocpi.V221;
using V230 = Busbar.Ocpi.V230;

namespace Busbar.Pricing;

/// <summary>A tariff as an OCPI object, in the shape of 2.3.0.</summary>
internal static class OcpiWriting
{
    private const decimal Plain = 1.0000000000000000000000000000m;
    private const int MaximumText = 512;

    /// <summary>For our own API: the extensions say what OCPI cannot.</summary>
    public static V230.Tariff Own(Tariff tariff, OcpiTariffVersion version) => Body(tariff, version, null) with { Extensions = OcpiTariffExtensions.Write(tariff, version) };

    /// <summary>For a partner; null: nothing is left to say.</summary>
    public static V230.Tariff? ForPartner(Tariff tariff, OcpiTariffVersion version, OcpiTariffName name, ProjectionMoment moment, List<Loss> losses)
    {
        tariff = DisplayText.ForEverybody(tariff, losses);
        var schedule = OcpiSchedule.Of(tariff, version, moment);
        OcpiLosses.Find(tariff, version, schedule, losses);
        if (version == OcpiTariffVersion.V211 && (name.From ?? name.Until) is not null)
            losses.Add(new Loss("", "validityNotSaid", "OCPI 2.1.1 has no start and end of a tariff's validity.", LossEffect.Unknown));
        // Where no tax applies a partner of 2.2.1 must not read one.
        if (tariff.TaxMode == TaxMode.NotApplicable && version != OcpiTariffVersion.V230)
            tariff = tariff with { Elements = [.. tariff.Elements.Select(element => element with { Components = [.. element.Components.Select(component => component with { Taxes = [] })] })] };
        // An element whose condition cannot be said would hold without it: it is left out, and so what it costs is not said at all.
        List<TariffElement> sayable = [.. tariff.Elements.Select(element => OcpiLosses.Sayable(element, version) ? element : new TariffElement([]))];
        var said = Body(tariff with { Elements = [.. schedule.With(sayable).Select(element => element with { When = Rounded(element.When) })] }, version, moment.Day);
        said = said with { Elements = [.. said.Elements.Where(element => element.PriceComponents.Count > 0)] };
        if (said.Elements.Count == 0)
        {
            losses.Add(new Loss("/elements", "nothingSaid", "No price of this tariff can be said in this version, so there is no object.", LossEffect.Unknown));
            return null;
        }
        return said with
        {
            CountryCode = name.CountryCode, PartyId = name.PartyId, Id = name.Id, LastUpdated = InstantPattern.General.Format(name.LastUpdated),
            StartDateTime = name.From is { } from ? InstantPattern.General.Format(from) : null, EndDateTime = name.Until is { } until ? InstantPattern.General.Format(until) : null,
            // PR-04: what the object cannot say, its text does.
            TariffAltText = losses.Any(loss => loss.Effect != LossEffect.None) ? [.. DisplayText.Languages.Select(language => new V221.DisplayText { Language = language, Text = DisplayText.Of(tariff, language, MaximumText, moment.Day).Text })] : null,
        };
    }

    /// <param name="day">Whose taxes are written, for a partner; null: of rates that change one day those that come to stay, and the extensions say the rest.</param>
    private static V230.Tariff Body(Tariff tariff, OcpiTariffVersion version, LocalDate? day)
    {
        // 2.1.1 and 2.2.1 know prices before taxes only.
        var net = version != OcpiTariffVersion.V230 && tariff.TaxMode == TaxMode.Inclusive;
        var untaxed = version != OcpiTariffVersion.V230 && tariff.TaxMode == TaxMode.NotApplicable;
        return new V230.Tariff
        {
            Currency = tariff.Currency.Code,
            MinPrice = Limit(tariff.Min),
            MaxPrice = Limit(tariff.Max),
            Elements = [.. tariff.Elements.Select(element => new V221.TariffElement
            {
                PriceComponents = [.. element.Components.Where(component => component.Dimension != Dimension.Export).Select(component => Component(component, net, untaxed, day))],
                Restrictions = element.When is { } when ? When(when) : null,
            })],
            TaxIncluded = tariff.TaxMode switch { TaxMode.Inclusive => "YES", TaxMode.NotApplicable => "N/A", _ => "NO" },
        };
    }

    private static V221.PriceComponent Component(PriceComponent component, bool net, bool untaxed, LocalDate? day)
    {
        TaxRate[] rates = untaxed && component.Taxes is not [{ Name: "VAT", Stack: 0, From: null, Until: null }]
            ? []
            : [.. component.Taxes.Where(tax => day is { } that ? ProjectionMoment.Holds(tax, that) : tax.Until is null)];
        var factor = Factor(rates);
        return new V221.PriceComponent
        {
            Type = component.Dimension switch { Dimension.Energy => "ENERGY", Dimension.Time => "TIME", Dimension.Idle => "PARKING_TIME", _ => "FLAT" },
            Price = (net ? decimal.Round(component.Price / factor, 10) : component.Price) / Plain,
            Vat = rates.Length == 0 ? null : rates.Length == 1 ? rates[0].Percent / Plain : (factor - 1) * 100 / Plain,
            // 0 is 1 here; a partner may divide by it.
            StepSize = day is null ? component.StepSize : Math.Max(1, component.StepSize),
        };
    }

    /// <summary>One rate that comes to the same as all of them, stacks included.</summary>
    public static decimal Factor(IEnumerable<TaxRate> taxes) =>
        taxes.GroupBy(tax => tax.Stack).Aggregate(1m, (factor, stack) => factor * (1 + stack.Sum(tax => tax.Percent) / 100m));

    private static V230.PriceLimit? Limit(PriceBound? bound) =>
        bound is { BeforeTax: { } before } ? new V230.PriceLimit { BeforeTaxes = before / Plain, AfterTaxes = bound.AfterTax / Plain } : null;

    /// <summary>Whole seconds that lie within the ones that are meant.</summary>
    private static Restrictions? Rounded(Restrictions? when) => when is null ? null : when with
    {
        MinDuration = when.MinDuration is { } min ? Duration.FromSeconds(Math.Ceiling(min.TotalSeconds)) : null,
        MaxDuration = when.MaxDuration is { } max ? Duration.FromSeconds(Math.Floor(max.TotalSeconds)) : null,
    };

    private static V221.TariffRestrictions When(Restrictions when) => new()
    {
        StartTime = when.StartTime is { } start ? OcpiReading.Time.Format(start) : null,
        EndTime = when.EndTime is { } end ? OcpiReading.Time.Format(end) : null,
        StartDate = when.StartDate is { } startDate ? LocalDatePattern.Iso.Format(startDate) : null,
        EndDate = when.EndDate is { } endDate ? LocalDatePattern.Iso.Format(endDate) : null,
        MinKwh = when.MinEnergy?.KilowattHours / Plain,
        MaxKwh = when.MaxEnergy?.KilowattHours / Plain,
        MinCurrent = when.MinCurrentA / Plain,
        MaxCurrent = when.MaxCurrentA / Plain,
        MinPower = when.MinPower?.Kilowatts / Plain,
        MaxPower = when.MaxPower?.Kilowatts / Plain,
        MinDuration = Seconds(when.MinDuration),
        MaxDuration = Seconds(when.MaxDuration),
        DayOfWeek = when.Weekdays is { } days ? [.. OcpiReading.Days.Where((_, day) => ((int)days & (1 << day)) != 0)] : null,
        Reservation = when.Reservation switch { ReservationKind.Reserved => "RESERVATION", ReservationKind.Expired => "RESERVATION_EXPIRES", _ => null },
    };

    private static int? Seconds(Duration? duration) => duration is { } length && OcpiTariffExtensions.Whole(duration) ? (int)(length.BclCompatibleTicks / NodaConstants.TicksPerSecond) : null;
}
