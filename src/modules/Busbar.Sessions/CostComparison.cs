using System.Globalization;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions;

/// <summary>
/// The price that a 2.1 station calculated beside ours (OCPP 2.1 I12). Ours is billed, since it is computed from the readings that everybody can see; that the driver
/// may have been shown another one is told with the session.
/// </summary>
internal static class CostComparison
{
    /// <summary>The session with what the comparison found.</summary>
    /// <param name="ours">The CDR's; null without a price.</param>
    public static Session Judge(Session session, PriceTotal? ours) => session.End?.Cost is not { } told ? session
        : session.WithIssue(IssueOf(told, Amount(ours?.ExclTax), Amount(ours?.InclTax), ours?.Currency));

    private static decimal? Amount(string? text) => text is null ? null : decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);

    /// <summary>An issue of the comparison with the amounts in it; null for any other.</summary>
    public static string? DetailOf(string code, Session session, PriceTotal? ours)
    {
        if (session.End?.Cost is not { } told) return null;
        return code switch
        {
            Issues.CostDiffers => $"{Issues.Detail(code)} Station: {Text(told.ExclTax)} without tax, {Text(told.InclTax)} with tax, {told.Currency}. Ours: {(ours is null ? "no price" : $"{ours.ExclTax} without tax, {ours.InclTax} with tax, {ours.Currency}")}.",
            Issues.StationCostFailed when told.Reason is not null => $"{Issues.Detail(code)} It says: {told.Reason}",
            _ => null,
        };
    }

    private static string Text(decimal? amount) => amount?.ToString(CultureInfo.InvariantCulture) ?? "-";

    /// <summary>Null: they agree to the currency's last digit, or there is nothing to compare.</summary>
    public static string? IssueOf(StationCost told, decimal? exclTax, decimal? inclTax, string? currency)
    {
        if (told.Failed) return Issues.StationCostFailed;
        if (told.ExclTax is null && told.InclTax is null) return null;
        if (currency is null || exclTax is null || inclTax is null) return Issues.CostDiffers;
        if (!string.Equals(told.Currency, currency, StringComparison.OrdinalIgnoreCase)) return Issues.CostDiffers;
        var decimals = Currency.TryParse(currency, out var known) ? known.Decimals : 2;

        // What the driver pays is compared first; a station that names no tax knows of none.
        var (theirs, own) = told.InclTax is { } gross ? (gross, inclTax.Value) : (told.ExclTax!.Value, exclTax.Value);
        return Payable(theirs) == Payable(own) ? null : Issues.CostDiffers;

        decimal Payable(decimal amount) => decimal.Round(amount, decimals, MidpointRounding.AwayFromZero);
    }
}
