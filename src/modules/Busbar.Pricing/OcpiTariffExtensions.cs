using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using TariffElement = Busbar.Ocpi.V221.TariffElement;

namespace Busbar.Pricing;

/// <summary>
/// The member <c>extensions</c> of a tariff object: what the rater knows and OCPI does not. <c>{"waive_below": {"energy_wh", "duration_seconds"}}</c>.
/// Also the way back from the rater's names to OCPI's, for faults.
/// </summary>
internal static class OcpiTariffExtensions
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["components"] = "price_components", ["when"] = "restrictions", ["dimension"] = "type", ["stepSize"] = "step_size", ["taxMode"] = "tax_included",
        ["startTime"] = "start_time", ["endTime"] = "end_time", ["startDate"] = "start_date", ["endDate"] = "end_date", ["weekdays"] = "day_of_week",
        ["minEnergyWh"] = "min_kwh", ["maxEnergyWh"] = "max_kwh", ["minCurrentA"] = "min_current", ["maxCurrentA"] = "max_current",
        ["minPowerW"] = "min_power", ["maxPowerW"] = "max_power", ["minDurationSeconds"] = "min_duration", ["maxDurationSeconds"] = "max_duration",
        ["min"] = "min_price", ["max"] = "max_price", ["waiveBelow"] = "extensions/waive_below", ["energyWh"] = "energy_wh", ["durationSeconds"] = "duration_seconds",
    };

    /// <summary>A pointer into the tariff's own JSON as one into the OCPI object that it was read from.</summary>
    public static string ToOcpi(string pointer, OcpiTariffVersion version)
    {
        var taxes = pointer.IndexOf("/taxes", StringComparison.Ordinal);
        if (taxes >= 0) pointer = pointer[..taxes] + "/vat";
        return string.Join('/', pointer.Split('/').Select(segment => segment switch
        {
            "beforeTax" => version == OcpiTariffVersion.V221 ? "excl_vat" : "before_taxes",
            "afterTax" => version == OcpiTariffVersion.V221 ? "incl_vat" : "after_taxes",
            _ => Names.GetValueOrDefault(segment, segment),
        }));
    }

    public static Waiver? Read(JsonElement? extensions, List<TariffFault> faults)
    {
        if (extensions is not { } all || all.ValueKind == JsonValueKind.Null) return null;
        Waiver? waiver = null;
        foreach (var member in Members(all, "/extensions", faults))
        {
            if (member.Name != "waive_below")
            {
                Unknown(faults, $"/extensions/{member.Name}");
                continue;
            }
            waiver = new Waiver();
            foreach (var threshold in Members(member.Value, "/extensions/waive_below", faults))
            {
                var at = $"/extensions/waive_below/{threshold.Name}";
                if (threshold.Name is not ("energy_wh" or "duration_seconds")) Unknown(faults, at);
                else if (threshold.Value.ValueKind != JsonValueKind.Number || !threshold.Value.TryGetDecimal(out var number) || Math.Abs(number) > 1_000_000_000 || decimal.Round(number, 3) != number) Fault(faults, at, 0);
                else if (threshold.Name == "energy_wh") waiver = waiver with { Energy = Energy.FromWattHours(number) };
                else waiver = waiver with { Duration = Duration.FromMilliseconds((long)(number * 1_000)) };
            }
        }
        return waiver;
    }

    public static JsonElement? Write(Tariff tariff)
    {
        if (tariff.WaiveBelow is not { } waiver) return null;
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("waive_below");
            if (waiver.Energy is { } energy) writer.WriteNumber("energy_wh", energy.WattHours);
            if (waiver.Duration is { } duration) writer.WriteNumber("duration_seconds", duration.BclCompatibleTicks / NodaConstants.TicksPerMillisecond / 1_000m);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    /// <summary>What no version of OCPI has a member for: pointers into the tariff's own JSON. Without it the object says another price.</summary>
    public static IEnumerable<string> Unsayable(Tariff tariff)
    {
        if (tariff.Idle is not null) yield return "/idle";
        if (tariff.TaxPoint != TaxPoint.SessionEnd) yield return "/taxPoint";
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            for (var j = 0; j < tariff.Elements[i].Components.Count; j++)
            {
                var (component, at) = (tariff.Elements[i].Components[j], $"/elements/{i}/components/{j}");
                if (component.Dimension == Dimension.Export) yield return at;
                if (component.Curve is not null) yield return at + "/curve";
                for (var k = 0; k < component.Taxes.Count; k++)
                    if (component.Taxes[k].From is not null || component.Taxes[k].Until is not null) yield return $"{at}/taxes/{k}";
            }
            if (tariff.Elements[i].When is not { } when) continue;
            (bool Set, string Name)[] all =
            [
                (when.MinChargingTime is not null, "minChargingTimeSeconds"), (when.MaxChargingTime is not null, "maxChargingTimeSeconds"),
                (when.MinIdleTime is not null, "minIdleTimeSeconds"), (when.MaxIdleTime is not null, "maxIdleTimeSeconds"),
                (when.SpecialDays is not null, "specialDays"), (when.ExceptSpecialDays is not null, "exceptSpecialDays"),
                (when.EvseKind is not null, "evseKind"), (when.PaymentBrand is not null, "paymentBrand"),
                (when.PaymentRecognition is not null, "paymentRecognition"), (when.TokenGroup is not null, "tokenGroup"),
            ];
            foreach (var (_, name) in all.Where(condition => condition.Set)) yield return $"/elements/{i}/when/{name}";
        }
    }

    /// <summary>Where null stands in a list, which the serialiser does not look for.</summary>
    public static string? Missing(IReadOnlyList<TariffElement> elements)
    {
        for (var i = 0; i < elements.Count; i++)
        {
            if (elements[i] is not { } element) return $"/elements/{i}";
            for (var j = 0; j < element.PriceComponents.Count; j++)
                if (element.PriceComponents[j] is null) return $"/elements/{i}/price_components/{j}";
        }
        return null;
    }

    /// <summary>Notes that a value is none that OCPI knows, and goes on with another.</summary>
    public static T Fault<T>(List<TariffFault> faults, string at, T instead)
    {
        faults.Add(new TariffFault(at, "badValue", "Not a value that is understood here."));
        return instead;
    }

    private static void Unknown(List<TariffFault> faults, string at) => faults.Add(new TariffFault(at, "unknownMember", "No such member."));

    private static IEnumerable<JsonProperty> Members(JsonElement element, string at, List<TariffFault> faults)
    {
        if (element.ValueKind == JsonValueKind.Object) return element.EnumerateObject();
        return Fault<JsonProperty[]>(faults, at, []);
    }
}
