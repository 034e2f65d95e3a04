using System.Globalization;
using Busbar.Ocpi;
using Busbar.Rating;

namespace Busbar.Pricing;

/// <summary>Pointers into a tariff's own JSON as ones into the OCPI object that it was read from.</summary>
internal static class OcpiPointers
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["components"] = "price_components", ["when"] = "restrictions", ["dimension"] = "type", ["stepSize"] = "step_size",
        ["startTime"] = "start_time", ["endTime"] = "end_time", ["startDate"] = "start_date", ["endDate"] = "end_date", ["weekdays"] = "day_of_week",
        ["minEnergyWh"] = "min_kwh", ["maxEnergyWh"] = "max_kwh", ["minCurrentA"] = "min_current", ["maxCurrentA"] = "max_current",
        ["minPowerW"] = "min_power", ["maxPowerW"] = "max_power", ["minDurationSeconds"] = "min_duration", ["maxDurationSeconds"] = "max_duration",
        ["minChargingTimeSeconds"] = "min_charging_time", ["maxChargingTimeSeconds"] = "max_charging_time", ["minIdleTimeSeconds"] = "min_idle_time", ["maxIdleTimeSeconds"] = "max_idle_time",
        ["specialDays"] = "special_days", ["exceptSpecialDays"] = "except_special_days", ["evseKind"] = "evse_kind", ["paymentBrand"] = "payment_brand",
        ["paymentRecognition"] = "payment_recognition", ["tokenGroup"] = "token_group", ["energyWh"] = "energy_wh", ["durationSeconds"] = "duration_seconds",
        ["graceSeconds"] = "grace_seconds", ["restartAboveWh"] = "restart_above_wh", ["beforeTax"] = "before_taxes", ["afterTax"] = "after_taxes",
    };

    private static readonly string[] ExtendedConditions =
    [
        "minChargingTimeSeconds", "maxChargingTimeSeconds", "minIdleTimeSeconds", "maxIdleTimeSeconds", "specialDays", "exceptSpecialDays", "evseKind", "paymentBrand", "paymentRecognition", "tokenGroup",
    ];

    public static string ToOcpi(string pointer, OcpiTariffVersion version, Tariff tariff, TariffExtensions? extensions)
    {
        var at = pointer.Split('/').Skip(1).ToArray();
        return at switch
        {
            [] => pointer,
            ["taxMode", ..] => version == OcpiTariffVersion.V221 ? "/extensions/tax_included" : "/tax_included",
            ["taxPoint"] => "/extensions/tax_point",
            ["min", .. var rest] => Bound("min_price", extensions?.MinPrice is not null, rest, version),
            ["max", .. var rest] => Bound("max_price", extensions?.MaxPrice is not null, rest, version),
            ["waiveBelow", .. var rest] => "/extensions/waive_below" + Named(rest),
            ["idle" or "calendars", ..] => "/extensions" + Named(at),
            ["elements", var element, .. var rest] when int.TryParse(element, NumberStyles.None, CultureInfo.InvariantCulture, out var i) => Element(i, rest, tariff, extensions),
            _ => Named(at),
        };
    }

    private static string Bound(string name, bool extended, string[] rest, OcpiTariffVersion version)
    {
        var of221 = version == OcpiTariffVersion.V221 && !extended;
        return (extended ? "/extensions/" : "/") + name + (rest is [var side] ? side == "beforeTax" ? of221 ? "/excl_vat" : "/before_taxes" : of221 ? "/incl_vat" : "/after_taxes" : "");
    }

    private static string Element(int i, string[] rest, Tariff tariff, TariffExtensions? extensions)
    {
        var body = $"/elements/{i}";
        var k = IndexOf(extensions?.Elements, extension => extension.Element == i);
        var more = k is { } found ? extensions!.Elements![found] : null;
        var extended = $"/extensions/elements/{k}";
        switch (rest)
        {
            case ["when", var condition]:
                var apart = ExtendedConditions.Contains(condition)
                    || (condition == "minDurationSeconds" && more?.Restrictions?.MinDuration is not null) || (condition == "maxDurationSeconds" && more?.Restrictions?.MaxDuration is not null);
                return (apart ? extended : body) + "/restrictions" + Named([condition]);
            case ["components", var component, .. var last] when int.TryParse(component, NumberStyles.None, CultureInfo.InvariantCulture, out var j):
                var m = IndexOf(more?.PriceComponents, extension => extension.PriceComponent == j);
                var own = m is { } index ? more!.PriceComponents![index] : null;
                var inBody = j - tariff.Elements[i].Components.Take(j).Count(before => before.Dimension == Dimension.Export);
                if (own?.Type is not null || (last is ["taxes", ..] && own?.Taxes is not null) || last is ["curve", ..] || (last is ["price"] && own?.Price is not null))
                    return $"{extended}/price_components/{m}" + Named(last);
                return $"{body}/price_components/{inBody}" + (last is ["taxes", ..] ? "/vat" : Named(last));
            default:
                return body + Named(rest);
        }
    }

    private static int? IndexOf<T>(IReadOnlyList<T>? list, Predicate<T> match) => list is not null && list.ToList().FindIndex(match) is >= 0 and var index ? index : null;

    private static string Named(string[] segments) => string.Concat(segments.Select(segment => "/" + Names.GetValueOrDefault(segment, segment)));
}
