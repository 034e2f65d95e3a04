using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <summary>A stretch of one local day with one price.</summary>
/// <param name="Minutes">That really pass, as a share of the day's length.</param>
/// <param name="InclTax">Per kWh or per hour, taxes included; null: nothing is charged.</param>
/// <param name="Rank">Of its price among the week's, from the lowest (0); -1 where nothing is charged.</param>
internal sealed record HeatBlock(Instant From, Instant To, LocalTime Starts, LocalTime Ends, decimal Minutes, decimal? InclTax, int Rank)
{
    /// <summary>The curve that has no price there, so that the tariff's own stands in for it; null: the price is known.</summary>
    public string? StandIn { get; init; }
}

/// <param name="Minutes">1,440, but for a day on which the clocks change.</param>
internal sealed record HeatDay(LocalDate Date, IReadOnlyList<HeatBlock> Blocks, decimal Minutes);

/// <summary>A week of prices on the wall clock of a zone: what the rater would charge a session that begins then.</summary>
/// <param name="Prices">Each once, the lowest first.</param>
internal sealed record HeatMap(IReadOnlyList<HeatDay> Days, IReadOnlyList<decimal> Prices)
{
    /// <summary>The longest day of the week: days are drawn to its scale.</summary>
    public decimal LongestDay => Days.Max(day => day.Minutes);

    /// <summary>The curves that have no price for a part of the week, each once.</summary>
    public IReadOnlyList<string> StoodIn => [.. Days.SelectMany(day => day.Blocks).Select(block => block.StandIn).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <param name="tariff">Linted.</param>
    /// <param name="first">The first of seven days.</param>
    /// <param name="dimension">Energy, time or idle time.</param>
    /// <param name="context">Who charges, at what, and what is known of the market.</param>
    /// <param name="power">Of the EVSE.</param>
    public static HeatMap Of(Tariff tariff, DateTimeZone zone, LocalDate first, Dimension dimension, SessionContext context, Power power)
    {
        var point = PointOf(dimension, power);
        var days = Enumerable.Range(0, 7).Select(first.PlusDays).Select(date => (Date: date, From: zone.AtStartOfDay(date).ToInstant(), To: zone.AtStartOfDay(date.PlusDays(1)).ToInstant()))
            .Select(day => (day.Date, day.From, day.To, Stretches: PriceClock.Between(tariff, zone, day.From, day.To, dimension, point, context).Select(stretch => (Price: stretch, StandIn: StandIn(stretch))).ToList())).ToList();
        decimal[] prices = [.. days.SelectMany(day => day.Stretches).Where(stretch => stretch.Price.Element is not null).Select(stretch => stretch.Price.InclTax).Distinct().Order()];
        return new HeatMap([.. days.Select(day => new HeatDay(day.Date, [.. Merged(day.Stretches).Select(stretch => Block(stretch.Price, zone, prices) with { StandIn = stretch.StandIn })], Length(day.From, day.To)))], prices);

        string? StandIn(PriceStretch stretch) =>
            stretch.Element is { } element ? StandIns.StandIn(tariff, element, dimension, stretch.From, stretch.From - point.Duration, context.Curves ?? []) : null;
    }

    /// <summary>An idle fee is asked for by a vehicle that has stayed for long: four hours after an hour of charging.</summary>
    public static SessionPoint PointOf(Dimension dimension, Power power) => dimension == Dimension.Idle
        ? new SessionPoint { ChargingTime = Duration.FromHours(1), IdleTime = Duration.FromHours(4), Duration = Duration.FromHours(5), Power = new Power(0), CurrentA = 0 }
        : new SessionPoint { Power = power };

    // Two elements of the same price are one to who pays.
    private static List<(PriceStretch Price, string? StandIn)> Merged(List<(PriceStretch Price, string? StandIn)> stretches)
    {
        var merged = new List<(PriceStretch Price, string? StandIn)>();
        foreach (var stretch in stretches)
        {
            if (merged.Count > 0 && merged[^1] is var (last, standIn) && last.InclTax == stretch.Price.InclTax && (last.Element is null) == (stretch.Price.Element is null) && standIn == stretch.StandIn) merged[^1] = (last with { To = stretch.Price.To }, standIn);
            else merged.Add(stretch);
        }
        return merged;
    }

    private static HeatBlock Block(PriceStretch stretch, DateTimeZone zone, decimal[] prices) => new(
        stretch.From, stretch.To, stretch.From.InZone(zone).TimeOfDay, stretch.To.InZone(zone).TimeOfDay, Length(stretch.From, stretch.To),
        stretch.Element is null ? null : stretch.InclTax, stretch.Element is null ? -1 : Array.IndexOf(prices, stretch.InclTax));

    private static decimal Length(Instant from, Instant to) => (to.ToUnixTimeMilliseconds() - from.ToUnixTimeMilliseconds()) / 60_000m;
}
