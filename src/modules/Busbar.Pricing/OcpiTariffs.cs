using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Kernel;
using Busbar.Ocpi;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;
using V221 = Busbar.Ocpi.V221;
using V230 = Busbar.Ocpi.V230;

namespace Busbar.Pricing;

/// <summary>The OCPI versions that a tariff can be read from and written to.</summary>
internal enum OcpiTariffVersion
{
    V221,
    V230,
}

/// <summary>A tariff read from OCPI, or why there is none.</summary>
/// <param name="Version">As given, or inferred: 2.3.0 when the object has a member that only 2.3.0 has.</param>
/// <param name="Tariff">Linted; null when there are faults.</param>
/// <param name="Faults">By JSON pointer into the OCPI object.</param>
/// <param name="Lost">JSON pointers of members that were understood but do not bear on the price and are not kept.</param>
internal sealed record OcpiTariffRead(OcpiTariffVersion Version, Tariff? Tariff, IReadOnlyList<TariffFault> Faults, IReadOnlyList<string> Lost);

/// <summary>A tariff as OCPI JSON.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Lost">What the version cannot say: JSON pointers into the tariff's own JSON. A partner who prices by this object may come to another amount.</param>
internal sealed record OcpiTariffWritten(byte[] Json, IReadOnlyList<string> Lost);

/// <summary>What names a tariff among parties.</summary>
internal sealed record OcpiTariffName(string CountryCode, string PartyId, string Id, Instant LastUpdated);

/// <summary>OCPI 2.2.1 and 2.3.0 tariff objects to the rater's tariffs and back (mod_tariffs). Pure.</summary>
internal static class OcpiTariffs
{
    private const decimal Plain = 1.0000000000000000000000000000m;
    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");
    private static readonly string[] Days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];

    /// <summary>Reads strictly: unknown and repeated members are faults; so is what the lint finds.</summary>
    public static OcpiTariffRead Read(ReadOnlySpan<byte> json, OcpiTariffVersion? version = null)
    {
        var faults = new List<TariffFault>();
        var known = version ?? OcpiTariffVersion.V221;
        V230.Tariff? wire;
        try
        {
            known = version ?? Infer(json);
            wire = known == OcpiTariffVersion.V221 ? Upgraded(Parse(json, OcpiJson.Default.Tariff221)) : Parse(json, OcpiJson.Default.Tariff230);
        }
        catch (JsonException broken)
        {
            faults.Add(new TariffFault(JsonPaths.ToPointer(broken.Path), "malformed", JsonPaths.WithoutPath(broken.Message)));
            return new OcpiTariffRead(known, null, faults, []);
        }

        if (OcpiTariffExtensions.Missing(wire.Elements) is { } missing)
        {
            faults.Add(new TariffFault(missing, "malformed", "An object was expected."));
            return new OcpiTariffRead(known, null, faults, []);
        }
        if (!Currency.TryParse(wire.Currency, out var currency)) faults.Add(new TariffFault("/currency", "unknownCurrency", "Not an ISO 4217 currency code."));
        var tariff = new Tariff
        {
            Currency = currency ?? Currency.Eur,
            TaxMode = wire.TaxIncluded switch { "YES" => TaxMode.Inclusive, "N/A" => TaxMode.NotApplicable, "NO" or null => TaxMode.Exclusive, _ => Unknown("/tax_included", TaxMode.Exclusive) },
            Elements = wire.Elements.Count > TariffLint.MaxElements
                ? [.. Enumerable.Repeat(new TariffElement([]), TariffLint.MaxElements + 1)]
                : [.. wire.Elements.Select((element, i) => Element(element, $"/elements/{i}", faults))],
            Min = Bound(wire.MinPrice),
            Max = Bound(wire.MaxPrice),
            WaiveBelow = OcpiTariffExtensions.Read(wire.Extensions, faults),
        };
        if (faults.Count == 0) faults.AddRange(TariffLint.Check(tariff).Select(fault => fault with { Pointer = OcpiTariffExtensions.ToOcpi(fault.Pointer, known) }));
        return new OcpiTariffRead(known, faults.Count == 0 ? tariff : null, faults, Lost(wire));

        T Unknown<T>(string at, T instead)
        {
            faults.Add(new TariffFault(at, "unknownValue", "Not a value that OCPI knows here."));
            return instead;
        }
    }

    /// <summary>Writes for our own API (<paramref name="name"/> null: with the extensions) or for a partner (named, without them).</summary>
    public static OcpiTariffWritten Write(Tariff tariff, OcpiTariffVersion version, OcpiTariffName? name = null)
    {
        var lost = new List<string>();
        var net = version == OcpiTariffVersion.V221 && tariff.TaxMode == TaxMode.Inclusive;
        if (net) lost.Add("/taxMode");
        if (tariff.WaiveBelow is not null && name is not null) lost.Add("/waiveBelow");
        lost.AddRange(OcpiTariffExtensions.Unsayable(tariff));
        var wire = new V230.Tariff
        {
            CountryCode = name?.CountryCode,
            PartyId = name?.PartyId,
            Id = name?.Id,
            Currency = tariff.Currency.Code,
            MinPrice = Limit(tariff.Min, "/min", lost),
            MaxPrice = Limit(tariff.Max, "/max", lost),
            Elements = [.. tariff.Elements.Select((element, i) => Element(element, $"/elements/{i}", net, lost)).Where(element => element.PriceComponents.Count > 0)],
            TaxIncluded = tariff.TaxMode switch { TaxMode.Inclusive => "YES", TaxMode.NotApplicable => "N/A", _ => "NO" },
            LastUpdated = name is null ? null : InstantPattern.General.Format(name.LastUpdated),
            Extensions = name is null ? OcpiTariffExtensions.Write(tariff) : null,
        };
        var json = version == OcpiTariffVersion.V230
            ? JsonSerializer.SerializeToUtf8Bytes(wire, OcpiJson.Default.Tariff230)
            : JsonSerializer.SerializeToUtf8Bytes(Downgraded(wire), OcpiJson.Default.Tariff221);
        return new OcpiTariffWritten(json, lost);
    }

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(json, type) ?? throw new JsonException("A tariff is an object.");

    private static OcpiTariffVersion Infer(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException("A tariff is an object.");
        var only230 = root.TryGetProperty("tax_included", out _) || root.TryGetProperty("preauthorize_amount", out _)
            || HasTaxes("min_price") || HasTaxes("max_price");
        return only230 ? OcpiTariffVersion.V230 : OcpiTariffVersion.V221;

        bool HasTaxes(string price) =>
            root.TryGetProperty(price, out var bound) && bound.ValueKind == JsonValueKind.Object && (bound.TryGetProperty("before_taxes", out _) || bound.TryGetProperty("after_taxes", out _));
    }

    private static V230.Tariff Upgraded(V221.Tariff old) => new()
    {
        Currency = old.Currency, Type = old.Type, TariffAltText = old.TariffAltText, TariffAltUrl = old.TariffAltUrl, Elements = old.Elements,
        MinPrice = old.MinPrice is { } min ? new() { BeforeTaxes = min.ExclVat, AfterTaxes = min.InclVat } : null,
        MaxPrice = old.MaxPrice is { } max ? new() { BeforeTaxes = max.ExclVat, AfterTaxes = max.InclVat } : null,
        StartDateTime = old.StartDateTime, EndDateTime = old.EndDateTime, EnergyMix = old.EnergyMix, Extensions = old.Extensions,
    };

    private static V221.Tariff Downgraded(V230.Tariff wire) => new()
    {
        CountryCode = wire.CountryCode, PartyId = wire.PartyId, Id = wire.Id, Currency = wire.Currency, Elements = wire.Elements, LastUpdated = wire.LastUpdated,
        MinPrice = wire.MinPrice is { } min ? new() { ExclVat = min.BeforeTaxes, InclVat = min.AfterTaxes } : null,
        MaxPrice = wire.MaxPrice is { } max ? new() { ExclVat = max.BeforeTaxes, InclVat = max.AfterTaxes } : null,
        Extensions = wire.Extensions,
    };

    private static PriceBound? Bound(V230.PriceLimit? limit) => limit is null ? null : new PriceBound(limit.BeforeTaxes, limit.AfterTaxes);

    private static V230.PriceLimit? Limit(PriceBound? bound, string at, List<string> lost)
    {
        if (bound is { BeforeTax: { } before }) return new V230.PriceLimit { BeforeTaxes = before / Plain, AfterTaxes = bound.AfterTax / Plain };
        if (bound is not null) lost.Add(at);            // OCPI has no bound after taxes alone
        return null;
    }

    private static string[] Lost(V230.Tariff wire)
    {
        (bool Present, string Pointer)[] all =
        [
            (wire.Type is not null, "/type"), (wire.TariffAltText is { Count: > 0 }, "/tariff_alt_text"), (wire.TariffAltUrl is not null, "/tariff_alt_url"),
            (wire.PreauthorizeAmount is not null, "/preauthorize_amount"), (wire.StartDateTime is not null, "/start_date_time"), (wire.EndDateTime is not null, "/end_date_time"),
            (wire.EnergyMix is not null, "/energy_mix"),
        ];
        return [.. all.Where(member => member.Present).Select(member => member.Pointer)];
    }

    private static TariffElement Element(V221.TariffElement element, string at, List<TariffFault> faults) => new(
        [.. element.PriceComponents.Select((component, i) => new PriceComponent(
            component.Type switch
            {
                "ENERGY" => Dimension.Energy,
                "TIME" => Dimension.Time,
                "PARKING_TIME" => Dimension.Idle,
                "FLAT" => Dimension.Flat,
                _ => OcpiTariffExtensions.Fault(faults, $"{at}/price_components/{i}/type", Dimension.Flat),
            },
            component.Price,
            component.StepSize,
            component.Vat is { } vat ? [new TaxRate("VAT", vat)] : []))],
        element.Restrictions is { } when ? When(when, $"{at}/restrictions", faults) : null);

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
                _ => OcpiTariffExtensions.Fault<ReservationKind?>(faults, $"{at}/reservation", null),
            },
        };

        T? Text<T>(string? text, IPattern<T> pattern, string member) where T : struct =>
            text is null ? null : pattern.Parse(text) is { Success: true } parsed ? parsed.Value : OcpiTariffExtensions.Fault<T?>(faults, $"{at}/{member}", null);

        long? Millionths(decimal? value, string member) =>
            value is not { } number ? null
            : Math.Abs(number) < 1_000_000_000 && decimal.Truncate(number * 1_000_000) == number * 1_000_000 ? (long)(number * 1_000_000)
            : OcpiTariffExtensions.Fault<long?>(faults, $"{at}/{member}", null);

        Weekdays? WeekdaysOf(IReadOnlyList<string>? names)
        {
            if (names is not { Count: > 0 }) return null;
            var days = Weekdays.None;
            for (var i = 0; i < names.Count; i++)
            {
                var day = Array.IndexOf(Days, names[i]);
                if (day < 0) OcpiTariffExtensions.Fault(faults, $"{at}/day_of_week/{i}", 0);
                else days |= (Weekdays)(1 << day);
            }
            return days;
        }
    }

    private static V221.TariffElement Element(TariffElement element, string at, bool net, List<string> lost) => new()
    {
        PriceComponents = [.. element.Components.Select((component, i) => component.Dimension == Dimension.Export ? null : Component(component, $"{at}/components/{i}", net, lost)).OfType<V221.PriceComponent>()],
        Restrictions = element.When is { } when ? When(when) : null,
    };

    private static V221.PriceComponent Component(PriceComponent component, string at, bool net, List<string> lost)
    {
        // Of rates that change one day, those that come to stay.
        TaxRate[] rates = [.. component.Taxes.Where(tax => tax.Until is null)];
        if (rates.Length > 1 || rates.Any(tax => tax.Name != "VAT")) lost.Add($"{at}/taxes");
        var factor = Factor(rates);
        return new V221.PriceComponent
        {
            Type = component.Dimension switch { Dimension.Energy => "ENERGY", Dimension.Time => "TIME", Dimension.Idle => "PARKING_TIME", _ => "FLAT" },
            Price = (net ? decimal.Round(component.Price / factor, 10) : component.Price) / Plain,
            Vat = rates.Length == 0 ? null : rates.Length == 1 ? rates[0].Percent / Plain : (factor - 1) * 100 / Plain,
            StepSize = component.StepSize,
        };
    }

    // One rate that comes to the same as all of them, stacks included.
    private static decimal Factor(IReadOnlyList<TaxRate> taxes) =>
        taxes.GroupBy(tax => tax.Stack).Aggregate(1m, (factor, stack) => factor * (1 + stack.Sum(tax => tax.Percent) / 100m));

    private static V221.TariffRestrictions When(Restrictions when) => new()
    {
        StartTime = when.StartTime is { } start ? Time.Format(start) : null,
        EndTime = when.EndTime is { } end ? Time.Format(end) : null,
        StartDate = when.StartDate is { } startDate ? LocalDatePattern.Iso.Format(startDate) : null,
        EndDate = when.EndDate is { } endDate ? LocalDatePattern.Iso.Format(endDate) : null,
        MinKwh = when.MinEnergy?.KilowattHours / Plain,
        MaxKwh = when.MaxEnergy?.KilowattHours / Plain,
        MinCurrent = when.MinCurrentA / Plain,
        MaxCurrent = when.MaxCurrentA / Plain,
        MinPower = when.MinPower?.Kilowatts / Plain,
        MaxPower = when.MaxPower?.Kilowatts / Plain,
        MinDuration = WholeSeconds(when.MinDuration),
        MaxDuration = WholeSeconds(when.MaxDuration),
        DayOfWeek = when.Weekdays is { } days ? [.. Days.Where((_, day) => ((int)days & (1 << day)) != 0)] : null,
        Reservation = when.Reservation switch { ReservationKind.Reserved => "RESERVATION", ReservationKind.Expired => "RESERVATION_EXPIRES", _ => null },
    };

    private static int? WholeSeconds(Duration? duration) => duration is { } length ? (int)(length.BclCompatibleTicks / NodaConstants.TicksPerSecond) : null;
}
