using Busbar.Kernel;
using Busbar.Ocpi;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing;

/// <summary>The member <c>extensions</c> of a tariff object, read and written: with it the object says all of a tariff.</summary>
internal static class OcpiTariffExtensions
{
    private const decimal Plain = 1.0000000000000000000000000000m;

    public static Waiver? Waiver(WaiverExtension? wire, List<TariffFault> faults) => wire is null ? null : new Waiver
    {
        Energy = WattHours(wire.EnergyWh, "/extensions/waive_below/energy_wh", faults),
        Duration = OcpiReading.Seconds(wire.DurationSeconds, "/extensions/waive_below/duration_seconds", faults),
    };

    public static IdleTerms? Idle(IdleExtension? wire, List<TariffFault> faults) => wire is null ? null : new IdleTerms
    {
        Grace = OcpiReading.Seconds(wire.GraceSeconds, "/extensions/idle/grace_seconds", faults),
        RestartAbove = WattHours(wire.RestartAboveWh, "/extensions/idle/restart_above_wh", faults),
        Cap = wire.Cap is { } cap ? new PriceBound(cap.BeforeTaxes, cap.AfterTaxes) : null,
    };

    public static SpecialDays Calendar(CalendarExtension wire, int index, List<TariffFault> faults) =>
        new(wire.Name, [.. wire.Dates.Select((date, i) => Date(date, $"/extensions/calendars/{index}/dates/{i}", faults) ?? default)]);

    /// <summary>Conditions that hold beside OCPI's.</summary>
    public static Restrictions? When(RestrictionsExtension? wire, Restrictions? when, string at, List<TariffFault> faults)
    {
        if (wire is null) return when;
        if (wire.MinDuration is not null && when?.MinDuration is not null) OcpiReading.Fault(faults, at + "/min_duration", 0);
        if (wire.MaxDuration is not null && when?.MaxDuration is not null) OcpiReading.Fault(faults, at + "/max_duration", 0);
        return (when ?? new Restrictions()) with
        {
            MinDuration = Time(wire.MinDuration, "/min_duration") ?? when?.MinDuration,
            MaxDuration = Time(wire.MaxDuration, "/max_duration") ?? when?.MaxDuration,
            MinChargingTime = Time(wire.MinChargingTime, "/min_charging_time"),
            MaxChargingTime = Time(wire.MaxChargingTime, "/max_charging_time"),
            MinIdleTime = Time(wire.MinIdleTime, "/min_idle_time"),
            MaxIdleTime = Time(wire.MaxIdleTime, "/max_idle_time"),
            SpecialDays = wire.SpecialDays,
            ExceptSpecialDays = wire.ExceptSpecialDays,
            EvseKind = wire.EvseKind switch { null => null, "AC" => EvseKind.Ac, "DC" => EvseKind.Dc, _ => OcpiReading.Fault<EvseKind?>(faults, at + "/evse_kind", null) },
            PaymentBrand = wire.PaymentBrand,
            PaymentRecognition = wire.PaymentRecognition,
            TokenGroup = wire.TokenGroup,
        };

        Duration? Time(decimal? seconds, string member) => OcpiReading.Seconds(seconds, at + member, faults);
    }

    /// <summary>Adds the components that OCPI has no type for, each at its index, and completes the others.</summary>
    public static void Components(IReadOnlyList<ComponentExtension>? wire, List<PriceComponent> components, string at, List<TariffFault> faults)
    {
        if (wire is null) return;
        var last = -1;
        for (var m = 0; m < wire.Count; m++)
        {
            var (more, here) = (wire[m], $"{at}/{m}");
            var export = more.Type == "EXPORT";
            if (more.Type is not null && !export) OcpiReading.Fault(faults, here + "/type", 0);
            // In ascending order, so that an index means one thing only.
            if (more.PriceComponent <= last || more.PriceComponent > components.Count - (export ? 0 : 1))
            {
                OcpiReading.Fault(faults, here + "/price_component", 0);
                continue;
            }
            last = more.PriceComponent;
            if (export && more.Price is null) OcpiReading.Fault(faults, here + "/price", 0);
            if (!export && more.StepSize is not null) OcpiReading.Fault(faults, here + "/step_size", 0);
            var curve = Curve(more.Curve, here + "/curve", faults);
            TaxRate[]? taxes = more.Taxes is { } rates ? [.. rates.Select((tax, i) => Tax(tax, $"{here}/taxes/{i}", faults))] : null;
            if (export) components.Insert(last, new PriceComponent(Dimension.Export, more.Price ?? 0, more.StepSize ?? 1, taxes ?? [], curve));
            else components[last] = components[last] with { Price = more.Price ?? components[last].Price, Taxes = taxes ?? components[last].Taxes, Curve = curve };
        }
    }

    /// <summary>Where null stands in a list.</summary>
    public static string? Missing(TariffExtensions? all)
    {
        if (First(all?.Calendars) is { } calendar) return $"/extensions/calendars/{calendar}";
        for (var i = 0; i < (all?.Calendars?.Count ?? 0); i++)
            if (First(all!.Calendars![i].Dates) is { } date) return $"/extensions/calendars/{i}/dates/{date}";
        if (First(all?.Elements) is { } element) return $"/extensions/elements/{element}";
        for (var k = 0; k < (all?.Elements?.Count ?? 0); k++)
        {
            if (First(all!.Elements![k].PriceComponents) is { } component) return $"/extensions/elements/{k}/price_components/{component}";
            for (var m = 0; m < (all.Elements[k].PriceComponents?.Count ?? 0); m++)
                if (First(all.Elements[k].PriceComponents![m].Taxes) is { } tax) return $"/extensions/elements/{k}/price_components/{m}/taxes/{tax}";
        }
        return null;

        static int? First<T>(IReadOnlyList<T>? list) where T : class => list is not null && list.ToList().FindIndex(item => item is null) is >= 0 and var index ? index : null;
    }

    /// <summary>All that the object without it does not say; null where that is nothing.</summary>
    public static TariffExtensions? Write(Tariff tariff, OcpiTariffVersion version)
    {
        var elements = tariff.Elements.Select((element, i) => Element(element, i, tariff.TaxMode, version)).OfType<ElementExtension>().ToList();
        var all = new TariffExtensions
        {
            WaiveBelow = tariff.WaiveBelow is { } waiver ? new WaiverExtension { EnergyWh = waiver.Energy?.WattHours / Plain, DurationSeconds = Seconds(waiver.Duration) } : null,
            Idle = tariff.Idle is { } idle ? new IdleExtension { GraceSeconds = Seconds(idle.Grace), RestartAboveWh = idle.RestartAbove?.WattHours / Plain, Cap = Limit(idle.Cap) } : null,
            TaxPoint = tariff.TaxPoint == TaxPoint.EachDay ? "EACH_DAY" : null,
            TaxIncluded = version == OcpiTariffVersion.V221 ? tariff.TaxMode switch { TaxMode.Inclusive => "YES", TaxMode.NotApplicable => "N/A", _ => null } : null,
            MinPrice = tariff.Min is { BeforeTax: null } min ? Limit(min) : null,
            MaxPrice = tariff.Max is { BeforeTax: null } max ? Limit(max) : null,
            Calendars = tariff.Calendars is { } calendars
                ? [.. calendars.Select(calendar => new CalendarExtension { Name = calendar.Name, Dates = [.. calendar.Dates.Select(date => LocalDatePattern.Iso.Format(date))] })]
                : null,
            Elements = elements.Count > 0 ? elements : null,
        };
        return all == new TariffExtensions() ? null : all;
    }

    private static ElementExtension? Element(TariffElement element, int index, TaxMode mode, OcpiTariffVersion version)
    {
        var components = element.Components.Select((component, j) => Component(component, j, mode, version)).OfType<ComponentExtension>().ToList();
        var when = element.When is { } restrictions ? Restricted(restrictions) : null;
        return components.Count == 0 && when is null ? null : new ElementExtension { Element = index, Restrictions = when, PriceComponents = components.Count > 0 ? components : null };
    }

    private static ComponentExtension? Component(PriceComponent component, int index, TaxMode mode, OcpiTariffVersion version)
    {
        var export = component.Dimension == Dimension.Export;
        var more = new ComponentExtension
        {
            PriceComponent = index,
            Type = export ? "EXPORT" : null,
            Price = export || (version == OcpiTariffVersion.V221 && mode == TaxMode.Inclusive && component.Taxes.Count > 0) ? component.Price / Plain : null,
            StepSize = export ? component.StepSize : null,
            Taxes = component.Taxes is [] or [{ Name: "VAT", Stack: 0, From: null, Until: null }] && !export
                ? null
                : [.. component.Taxes.Select(tax => new TaxExtension
                {
                    Name = tax.Name, Percent = tax.Percent / Plain, Stack = tax.Stack == 0 ? null : tax.Stack,
                    From = tax.From is { } from ? LocalDatePattern.Iso.Format(from) : null, Until = tax.Until is { } until ? LocalDatePattern.Iso.Format(until) : null,
                })],
            Curve = component.Curve is { } curve
                ? new CurveExtension
                {
                    Name = curve.Name, Lock = curve.Lock == CurveLock.AtStart ? "AT_START" : "EACH_INTERVAL", Percent = curve.Percent == 100 ? null : curve.Percent / Plain,
                    Add = curve.Add == 0 ? null : curve.Add / Plain, Least = curve.Least / Plain, Most = curve.Most / Plain,
                }
                : null,
        };
        return more == new ComponentExtension { PriceComponent = index } ? null : more;
    }

    private static RestrictionsExtension? Restricted(Restrictions when)
    {
        var more = new RestrictionsExtension
        {
            MinDuration = Whole(when.MinDuration) ? null : Seconds(when.MinDuration), MaxDuration = Whole(when.MaxDuration) ? null : Seconds(when.MaxDuration),
            MinChargingTime = Seconds(when.MinChargingTime), MaxChargingTime = Seconds(when.MaxChargingTime), MinIdleTime = Seconds(when.MinIdleTime), MaxIdleTime = Seconds(when.MaxIdleTime),
            SpecialDays = when.SpecialDays, ExceptSpecialDays = when.ExceptSpecialDays, EvseKind = when.EvseKind switch { EvseKind.Ac => "AC", EvseKind.Dc => "DC", _ => null },
            PaymentBrand = when.PaymentBrand, PaymentRecognition = when.PaymentRecognition, TokenGroup = when.TokenGroup,
        };
        return more == new RestrictionsExtension() ? null : more;
    }

    /// <summary>Whether OCPI can say it.</summary>
    public static bool Whole(Duration? duration) => duration is not { } length || (length.BclCompatibleTicks % NodaConstants.TicksPerSecond == 0 && length.TotalSeconds is >= int.MinValue and <= int.MaxValue);

    private static LimitExtension? Limit(PriceBound? bound) => bound is null ? null : new LimitExtension { BeforeTaxes = bound.BeforeTax / Plain, AfterTaxes = bound.AfterTax / Plain };

    private static decimal? Seconds(Duration? duration) => duration is { } length ? length.BclCompatibleTicks / NodaConstants.TicksPerMillisecond / 1_000m / Plain : null;

    private static Energy? WattHours(decimal? value, string at, List<TariffFault> faults) =>
        value is not { } number ? null
        : Math.Abs(number) <= 1_000_000_000 && decimal.Round(number, 3) == number ? Energy.FromWattHours(number)
        : OcpiReading.Fault<Energy?>(faults, at, null);

    private static LocalDate? Date(string? text, string at, List<TariffFault> faults) =>
        text is null ? null : LocalDatePattern.Iso.Parse(text) is { Success: true } parsed ? parsed.Value : OcpiReading.Fault<LocalDate?>(faults, at, null);

    private static TaxRate Tax(TaxExtension tax, string at, List<TariffFault> faults) =>
        new(tax.Name, tax.Percent, tax.Stack ?? 0, Date(tax.From, at + "/from", faults), Date(tax.Until, at + "/until", faults));

    private static CurvePricing? Curve(CurveExtension? wire, string at, List<TariffFault> faults) => wire is null ? null : new CurvePricing(
        wire.Name, wire.Lock switch { "AT_START" => CurveLock.AtStart, "EACH_INTERVAL" => CurveLock.EachInterval, _ => OcpiReading.Fault(faults, at + "/lock", CurveLock.AtStart) },
        wire.Percent ?? 100, wire.Add ?? 0, wire.Least, wire.Most);
}
