using System.Globalization;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using Busbar.Rating;

namespace Busbar.Pricing.Contracts;

/// <summary>
/// A priced session as the API says it: in a quote, in <c>/rate</c> and in a CDR alike. Amounts are decimal strings in the currency's units, with its
/// decimals at least and six at most; nothing is rounded to what is paid here.
/// </summary>
public sealed record PriceSheet(PriceTotal TotalCost, IReadOnlyList<PriceLine> Lines, IReadOnlyList<PricePeriod> Periods)
{
    public static PriceSheet Of(PricedSession priced) => new(
        PriceTotal.Of(priced.Total, priced.Currency),
        [.. priced.Lines.Select(line => PriceLine.Of(line, priced.Currency))],
        [.. priced.Periods.Select(PricePeriod.Of)]);
}

public sealed record PriceTotal(string ExclTax, string InclTax, string Currency)
{
    public static PriceTotal Of(Cost cost, Currency currency) =>
        new(PriceText.Amount(cost.ExclTax, currency), PriceText.Amount(cost.InclTax, currency), currency.Code);
}

/// <param name="Kind"><c>energy</c>, <c>time</c>, <c>idle</c>, <c>flat</c>, <c>reservation</c>, <c>export</c> (energy given back), <c>discount</c>, <c>idleCap</c> or <c>clamp</c>.</param>
/// <param name="Unit"><c>kWh</c>, <c>h</c> or <c>1</c>.</param>
public sealed record PriceLine(
    string Kind, string Quantity, string Unit, string UnitPrice, string ExclTax, IReadOnlyList<PriceTax> Tax, string InclTax)
{
    /// <summary>Of a <c>clamp</c> or <c>idleCap</c> only: its parts by the taxes that they bear, for an invoice's VAT breakdown. Left out of other lines.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PriceShare>? Shares { get; init; }

    internal static PriceLine Of(PricedLine line, Currency currency) => new(
        JsonName.Of(line.Kind), PriceText.Number(line.Quantity), line.Unit, PriceText.Number(line.UnitPrice), PriceText.Amount(line.ExclTax, currency),
        PriceTax.Of(line.Taxes, currency), PriceText.Amount(line.InclTax, currency))
    {
        Shares = line.Shares is { } shares ? [.. shares.Select(share => new PriceShare(PriceText.Amount(share.ExclTax, currency), PriceTax.Of(share.Taxes, currency)))] : null,
    };
}

public sealed record PriceShare(string ExclTax, IReadOnlyList<PriceTax> Tax);

public sealed record PriceTax(string Name, string Percent, string Amount)
{
    internal static IReadOnlyList<PriceTax> Of(IReadOnlyList<TaxAmount> taxes, Currency currency) =>
        [.. taxes.Select(tax => new PriceTax(tax.Name, PriceText.Number(tax.Percent), PriceText.Amount(tax.Amount, currency)))];
}

/// <param name="From">RFC 3339, UTC.</param>
/// <param name="State"><c>charging</c>, <c>idle</c> (the vehicle takes none), <c>withheld</c> (the station gives none) or <c>unknown</c>.</param>
/// <param name="Elements">The tariff element that set each dimension's price, by index.</param>
public sealed record PricePeriod(string From, string To, decimal EnergyWh, string State, IReadOnlyDictionary<string, int> Elements)
{
    internal static PricePeriod Of(PricedPeriod period) => new(
        period.From.ToRfc3339(), period.To.ToRfc3339(), PriceText.Trim(period.Energy.WattHours), StateName(period.State), Winners(period.Elements));

    private static string StateName(VehicleState state) => state switch
    {
        VehicleState.Charging => "charging",
        VehicleState.EvIdle => "idle",
        VehicleState.EvseWithholds => "withheld",
        _ => "unknown",
    };

    private static SortedDictionary<string, int> Winners(ActiveElements elements)
    {
        var winners = new SortedDictionary<string, int>(StringComparer.Ordinal);
        if (elements.Energy is { } energy) winners["energy"] = energy;
        if (elements.Time is { } time) winners["time"] = time;
        if (elements.Idle is { } idle) winners["idle"] = idle;
        if (elements.Flat is { } flat) winners["flat"] = flat;
        if (elements.Export is { } export) winners["export"] = export;
        return winners;
    }
}

/// <summary>Decimals as text: one text for one value.</summary>
public static class PriceText
{
    /// <summary>No trailing zeros, no exponent: <c>5.4</c>.</summary>
    public static string Number(decimal value) => Trim(value).ToString(CultureInfo.InvariantCulture);

    /// <summary>At least the currency's decimals: <c>1.40</c>, <c>12.375</c>, and for JPY <c>120</c>.</summary>
    public static string Amount(decimal value, Currency currency)
    {
        var trimmed = Trim(value);
        return trimmed.Scale >= currency.Decimals
            ? trimmed.ToString(CultureInfo.InvariantCulture)
            : trimmed.ToString("F" + currency.Decimals, CultureInfo.InvariantCulture);
    }

    public static decimal Trim(decimal value) => value / 1.0000000000000000000000000000m;
}

internal static class JsonName
{
    public static string Of<T>(T value) where T : struct, Enum
    {
        var name = value.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
