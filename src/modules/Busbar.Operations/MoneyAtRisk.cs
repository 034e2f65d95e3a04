using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Operations;

/// <summary>
/// What an alert costs, without tax: per hour what its stations earned in the past 28 days, or since their first CDR if that is later (a day at least), spread evenly over
/// the hours; of a session what it has cost so far, which is billed only when it ends. An average: at night less is lost, and by day more.
/// </summary>
internal sealed record MoneyAtRisk(Money? PerHour, Money? Fixed)
{
    private static readonly Duration LeastSpan = Duration.FromDays(1);

    /// <summary>Null: nothing is known.</summary>
    public static MoneyAtRisk? Of(Finding finding, IReadOnlyDictionary<StationId, StationRevenue> earned, Instant now)
    {
        if (finding.Rule == AlertRule.SessionStuck) return finding.Unbilled is { } unbilled ? new MoneyAtRisk(null, unbilled) : null;
        var stations = finding.Away.Count > 0 ? finding.Away.Select(station => station.Id) : finding.Station is { } one ? [one] : [];
        // Of several currencies the one of the most.
        var sum = stations.Select(station => earned.GetValueOrDefault(station)).OfType<StationRevenue>().Select(revenue => PerHourOf(revenue, now)).GroupBy(money => money.Currency)
            .Select(group => group.Aggregate((a, b) => a + b)).OrderByDescending(money => money.Amount).Cast<Money?>().FirstOrDefault();
        return sum is { Amount: > 0 } found ? new MoneyAtRisk(found * finding.Share, null) : null;
    }

    private static Money PerHourOf(StationRevenue revenue, Instant now) => revenue.Amount * (1 / Hours(Duration.Max(LeastSpan, now - revenue.Since)));

    public static decimal Hours(Duration time) => time.BclCompatibleTicks / (decimal)NodaConstants.TicksPerHour;
}
