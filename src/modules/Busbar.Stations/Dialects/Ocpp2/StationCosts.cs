using Busbar.Ocpp.V2;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>What a 2.1 station calculates (part 2, I12). Of it the total counts, and whether it could calculate all (I12.FR.14, I12.FR.17).</summary>
internal static class StationCosts
{
    private const int CurrencyLength = 3;
    private const int ReasonLength = 500;

    // Beyond this it is no price, and could not be stored.
    private const decimal Most = 1_000_000_000;

    public static StationCost? Of(CostDetailsType? details)
    {
        if (details is not { TotalCost: { } total }) return null;
        return new StationCost(
            DisplayText.Cut(total.Currency, CurrencyLength), Sane(total.Total?.ExclTax), Sane(total.Total?.InclTax), details.FailureToCalculate ?? false,
            details.FailureReason is { Length: > 0 } reason ? DisplayText.Cut(reason, ReasonLength) : null);
    }

    private static decimal? Sane(decimal? amount) => amount is >= -Most and <= Most ? amount : null;
}
