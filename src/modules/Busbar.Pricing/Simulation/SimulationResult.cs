using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;

namespace Busbar.Pricing.Simulation;

/// <summary>What a simulation found. Amounts are decimal strings in the version's currency, exact to the millionth; lists are in a fixed order.</summary>
/// <param name="Seen">All sessions of the filter.</param>
/// <param name="Skipped">Those that have no part in the sums, and why.</param>
/// <param name="StandIns">Of those in the sums: sessions in some of whose time the version asks for a price of the market that nobody told.</param>
internal sealed record SimulationResult(
    string Currency, long Seen, IReadOnlyList<SkippedView> Skipped, SumsView Total, IReadOnlyList<PercentileView> Percentiles, IReadOnlyList<HistogramBar> Histogram,
    IReadOnlyList<LocationSums> Locations, IReadOnlyList<TariffSums> Tariffs, IReadOnlyList<SimulatedSession> LargestWinners, IReadOnlyList<SimulatedSession> LargestLosers, long StandIns = 0)
{
    private static readonly int[] Asked = [1, 5, 10, 25, 50, 75, 90, 95, 99];

    /// <param name="locationOf">A station's location; null: it has none.</param>
    public static SimulationResult Of(Tally tally, Func<StationId, LocationId?> locationOf)
    {
        var currency = tally.Currency;
        var locations = new Dictionary<LocationId, Sums>();
        var without = new Sums();
        foreach (var (station, sums) in tally.Stations)
        {
            if (locationOf(station) is not { } location) without.Add(sums);
            else
            {
                if (!locations.TryGetValue(location, out var there)) locations[location] = there = new Sums();
                there.Add(sums);
            }
        }
        IEnumerable<LocationSums> byLocation = locations.OrderByDescending(pair => pair.Value.Sessions).ThenBy(pair => pair.Key.Value).Select(pair => new LocationSums(pair.Key, SumsView.Of(pair.Value, currency)));
        return new SimulationResult(
            currency.Code, tally.Total.Sessions + tally.Skipped.Values.Sum(sums => sums.Sessions),
            [.. tally.Skipped.OrderBy(pair => pair.Key.Reason).ThenBy(pair => pair.Key.Currency, StringComparer.Ordinal).Select(pair => SkippedView.Of(pair.Key, pair.Value))],
            SumsView.Of(tally.Total, currency),
            [.. Asked.Select(percent => (percent, At: tally.Spread.Percentile(percent))).Where(it => it.At is not null).Select(it => new PercentileView(it.percent, Bars.Amount(it.At!.Value, currency)))],
            Bars.Of(tally.Spread, currency),
            without.Sessions == 0 ? [.. byLocation] : [.. byLocation.Append(new LocationSums(null, SumsView.Of(without, currency)))],
            [.. tally.Tariffs.OrderByDescending(pair => pair.Value.Sessions).ThenBy(pair => pair.Key.Tariff, StringComparer.Ordinal).ThenBy(pair => pair.Key.Version)
                .Select(pair => new TariffSums(pair.Key.Tariff, pair.Key.Tariff is null ? null : pair.Key.Version, SumsView.Of(pair.Value, currency)))],
            [.. tally.Winners.Select(SimulatedSession.Of)], [.. tally.Losers.Select(SimulatedSession.Of)], tally.Total.StandIns);
    }
}

/// <param name="Reason"><c>notPriced</c>, <c>otherCurrency</c> or <c>tooLarge</c>.</param>
/// <param name="Charged">What was charged for them; absent where nothing was.</param>
internal sealed record SkippedView(string Reason, long Sessions, PriceTotal? Charged)
{
    public static SkippedView Of(SkipKey key, Sums sums) => new(JsonName.Of(key.Reason), sums.Sessions, key.Currency is { } code
        ? PriceTotal.Of(new Cost(sums.BeforeExcl / 1_000_000m, sums.BeforeIncl / 1_000_000m), Kernel.Currency.Parse(code)) : null);
}

/// <param name="Difference">After less before.</param>
/// <param name="Winners">Pay less, by what can be paid.</param>
internal sealed record SumsView(long Sessions, PriceTotal Before, PriceTotal After, PriceTotal Difference, long Winners, long Losers, long Unchanged)
{
    public static SumsView Of(Sums sums, Currency currency) => new(
        sums.Sessions, Total(sums.BeforeExcl, sums.BeforeIncl, currency), Total(sums.AfterExcl, sums.AfterIncl, currency),
        Total(sums.AfterExcl - sums.BeforeExcl, sums.AfterIncl - sums.BeforeIncl, currency), sums.Winners, sums.Losers, sums.Unchanged);

    private static PriceTotal Total(decimal excl, decimal incl, Currency currency) => PriceTotal.Of(new Cost(excl / 1_000_000m, incl / 1_000_000m), currency);
}

/// <param name="Percent">This part of a hundred sessions differs by <paramref name="Difference"/> or less.</param>
/// <param name="Difference">With tax; negative: the driver pays less.</param>
internal sealed record PercentileView(int Percent, string Difference);

/// <param name="LocationId">Where the station stands now; null: nowhere.</param>
internal sealed record LocationSums(LocationId? LocationId, SumsView Sums);

/// <param name="TariffId">What the sessions were pinned to; null: to none.</param>
internal sealed record TariffSums(string? TariffId, int? Version, SumsView Sums);

/// <summary>A session of the result. Amounts are decimal strings in its own currency.</summary>
/// <param name="Skipped">Why it has no part in the sums; then there is no <paramref name="After"/>.</param>
/// <param name="StandIn">In some of its time the version asks for a price of the market that nobody told.</param>
internal sealed record SimulatedSession(
    string SessionId, StationId Station, NodaTime.Instant StartedAt, string? TariffId, int? Version, string? Skipped, PriceTotal? Before, PriceTotal? After, PriceTotal? Difference, bool StandIn = false)
{
    public static SimulatedSession Of(Repriced session)
    {
        var currency = session.Currency is { } code ? Kernel.Currency.Parse(code) : null;
        var priced = session.Skip == SkipReason.None;
        return new SimulatedSession(
            session.Session, session.Station, session.StartedAt, session.Tariff, session.Tariff is null ? null : session.Version, priced ? null : JsonName.Of(session.Skip),
            Total(session.BeforeExcl, session.BeforeIncl), priced ? Total(session.AfterExcl, session.AfterIncl) : null,
            priced ? Total(session.AfterExcl - session.BeforeExcl, session.AfterIncl - session.BeforeIncl) : null, session.StandsIn);

        PriceTotal? Total(long excl, long incl) => currency is null ? null : PriceTotal.Of(new Cost(Money.FromMicros(excl, currency).Amount, Money.FromMicros(incl, currency).Amount), currency);
    }
}
