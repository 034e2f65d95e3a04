using Busbar.Kernel;
using Busbar.Ocpi;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;
using V221 = Busbar.Ocpi.V221;
using V230 = Busbar.Ocpi.V230;

namespace Busbar.Pricing;

/// <summary>An OCPI object, with its extensions, as a tariff.</summary>
internal static class OcpiReading
{
    private const decimal MostSeconds = 100m * 366 * 86_400;
    internal static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
    internal static readonly string[] Days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

    public static Tariff Read(V230.Tariff wire, OcpiTariffVersion version, List<TariffFault> faults)
    {
        if (!Currency.TryParse(wire.Currency, out var currency)) faults.Add(new TariffFault("/currency", "unknownCurrency", "Not an ISO 4217 currency code."));
        var more = wire.Extensions ?? new TariffExtensions();
        if (more.TaxIncluded is not null && version != OcpiTariffVersion.V221) Fault(faults, "/extensions/tax_included", 0);
        var (included, at) = version == OcpiTariffVersion.V221 ? (more.TaxIncluded, "/extensions/tax_included") : (wire.TaxIncluded, "/tax_included");
        return new Tariff
        {
            Currency = currency ?? Currency.Eur,
            TaxMode = included switch { "YES" => TaxMode.Inclusive, "N/A" => TaxMode.NotApplicable, "NO" or null => TaxMode.Exclusive, _ => Fault(faults, at, TaxMode.Exclusive, "unknownValue") },
            Elements = wire.Elements.Count > TariffLint.MaxElements
                ? [.. Enumerable.Repeat(new TariffElement([]), TariffLint.MaxElements + 1)]
                : Elements(wire.Elements, more.Elements ?? [], faults),
            Min = Bound(wire.MinPrice, more.MinPrice, "/extensions/min_price", faults),
            Max = Bound(wire.MaxPrice, more.MaxPrice, "/extensions/max_price", faults),
            WaiveBelow = OcpiTariffExtensions.Waiver(more.WaiveBelow, faults),
            Idle = OcpiTariffExtensions.Idle(more.Idle, faults),
            Calendars = more.Calendars is { } calendars ? [.. calendars.Select((calendar, i) => OcpiTariffExtensions.Calendar(calendar, i, faults))] : null,
            TaxPoint = more.TaxPoint switch { null => TaxPoint.SessionEnd, "EACH_DAY" => TaxPoint.EachDay, _ => Fault(faults, "/extensions/tax_point", TaxPoint.SessionEnd) },
        };
    }

    /// <summary>Where null stands in a list, which the serialiser does not look for.</summary>
    public static string? Missing(V230.Tariff wire)
    {
        for (var i = 0; i < wire.Elements.Count; i++)
        {
            if (wire.Elements[i] is not { } element) return $"/elements/{i}";
            for (var j = 0; j < element.PriceComponents.Count; j++)
                if (element.PriceComponents[j] is null) return $"/elements/{i}/price_components/{j}";
        }
        return OcpiTariffExtensions.Missing(wire.Extensions);
    }

    /// <summary>Notes that a value is none that is known here, and goes on with another.</summary>
    public static T Fault<T>(List<TariffFault> faults, string at, T instead, string code = "badValue")
    {
        faults.Add(new TariffFault(at, code, code == "badValue" ? "Not a value that is understood here." : "Not a value that OCPI knows here."));
        return instead;
    }

    /// <summary>Seconds with at most three decimals.</summary>
    public static Duration? Seconds(decimal? value, string at, List<TariffFault> faults) =>
        value is not { } seconds ? null
        : Math.Abs(seconds) <= MostSeconds && decimal.Truncate(seconds * 1_000) == seconds * 1_000 ? Duration.FromMilliseconds((long)(seconds * 1_000))
        : Fault<Duration?>(faults, at, null);

    private static PriceBound? Bound(V230.PriceLimit? limit, LimitExtension? alone, string at, List<TariffFault> faults)
    {
        if (alone is null) return limit is null ? null : new PriceBound(limit.BeforeTaxes, limit.AfterTaxes);
        if (limit is not null || alone.BeforeTaxes is not null) Fault(faults, at, 0);          // OCPI itself has a bound before taxes
        return new PriceBound(null, alone.AfterTaxes);
    }

    private static List<TariffElement> Elements(IReadOnlyList<V221.TariffElement> wire, IReadOnlyList<ElementExtension> extensions, List<TariffFault> faults)
    {
        var more = new Dictionary<int, (ElementExtension Extension, int Index)>();
        for (var k = 0; k < extensions.Count; k++)
            if (extensions[k].Element < 0 || extensions[k].Element >= wire.Count || !more.TryAdd(extensions[k].Element, (extensions[k], k))) Fault(faults, $"/extensions/elements/{k}/element", 0);
        return [.. wire.Select((element, i) =>
        {
            var (extension, k) = more.GetValueOrDefault(i, (null!, 0));
            List<PriceComponent> components = [.. element.PriceComponents.Select((component, j) => Component(component, $"/elements/{i}/price_components/{j}", faults))];
            OcpiTariffExtensions.Components(extension?.PriceComponents, components, $"/extensions/elements/{k}/price_components", faults);
            var when = element.Restrictions is { } restrictions ? When(restrictions, $"/elements/{i}/restrictions", faults) : null;
            return new TariffElement(components, OcpiTariffExtensions.When(extension?.Restrictions, when, $"/extensions/elements/{k}/restrictions", faults));
        })];
    }

    private static PriceComponent Component(V221.PriceComponent component, string at, List<TariffFault> faults) => new(
        component.Type switch
        {
            "ENERGY" => Dimension.Energy,
            "TIME" => Dimension.Time,
            "PARKING_TIME" => Dimension.Idle,
            "FLAT" => Dimension.Flat,
            _ => Fault(faults, at + "/type", Dimension.Flat),
        },
        component.Price,
        component.StepSize,
        component.Vat is { } vat ? [new TaxRate("VAT", vat)] : []);

    private static Restrictions When(V221.TariffRestrictions wire, string at, List<TariffFault> faults)
    {
        return new Restrictions
        {
            StartTime = Text(wire.StartTime, Time, "start_time"),
            EndTime = Text(wire.EndTime, Time, "end_time"),
            StartDate = Text(wire.StartDate, LocalDatePattern.Iso, "start_date"),
            EndDate = Text(wire.EndDate, LocalDatePattern.Iso, "end_date"),
            Weekdays = WeekdaysOf(wire.DayOfWeek),
            MinEnergy = Millionths(wire.MinKwh, "min_kwh") is { } minKwh ? new Energy(minKwh) : null,
            MaxEnergy = Millionths(wire.MaxKwh, "max_kwh") is { } maxKwh ? new Energy(maxKwh) : null,
            MinCurrentA = wire.MinCurrent,
            MaxCurrentA = wire.MaxCurrent,
            MinPower = Millionths(wire.MinPower, "min_power") is { } minPower ? new Power(minPower) : null,
            MaxPower = Millionths(wire.MaxPower, "max_power") is { } maxPower ? new Power(maxPower) : null,
            MinDuration = wire.MinDuration is { } minDuration ? Duration.FromSeconds(minDuration) : null,
            MaxDuration = wire.MaxDuration is { } maxDuration ? Duration.FromSeconds(maxDuration) : null,
            Reservation = wire.Reservation switch
            {
                null => null,
                "RESERVATION" => ReservationKind.Reserved,
                "RESERVATION_EXPIRES" => ReservationKind.Expired,
                _ => Fault<ReservationKind?>(faults, $"{at}/reservation", null),
            },
        };

        T? Text<T>(string? text, IPattern<T> pattern, string member) where T : struct =>
            text is null ? null : pattern.Parse(text) is { Success: true } parsed ? parsed.Value : Fault<T?>(faults, $"{at}/{member}", null);

        long? Millionths(decimal? value, string member) =>
            value is not { } number ? null
            : Math.Abs(number) < 1_000_000_000 && decimal.Truncate(number * 1_000_000) == number * 1_000_000 ? (long)(number * 1_000_000)
            : Fault<long?>(faults, $"{at}/{member}", null);

        Weekdays? WeekdaysOf(IReadOnlyList<string>? names)
        {
            if (names is not { Count: > 0 }) return null;
            var days = Weekdays.None;
            for (var i = 0; i < names.Count; i++)
            {
                var day = Array.IndexOf(Days, names[i]);
                if (day < 0) Fault(faults, $"{at}/day_of_week/{i}", 0);
                else days |= (Weekdays)(1 << day);
            }
            return days;
        }
    }
}
