using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>
/// The market's today and tomorrow. Tomorrow's prices are told about an hour after noon (single day-ahead coupling: from 12:57 CET on); before that nobody is asked for them, and
/// after it every quarter of an hour until they are all there.
/// </summary>
/// <param name="Today">Where the market's day began.</param>
/// <param name="Tomorrow">Where the next begins.</param>
/// <param name="End">Where that one ends.</param>
internal sealed record FetchPlan(Instant Today, Instant Tomorrow, Instant End)
{
    private const int SpreadSeconds = 600;
    private static readonly LocalTime Told = new(13, 0);

    // By then tomorrow's have been told even on a day on which the auction had to be repeated.
    private static readonly Duration Late = Duration.FromHours(6);

    /// <summary>From one question to the next while prices are missing.</summary>
    public static readonly Duration Again = Duration.FromMinutes(15);

    // The European day-ahead market counts its days in it, wherever the bidding zone lies (single day-ahead coupling).
    private const string EuropeanMarket = "Europe/Brussels";

    /// <summary>In which a curve's days are counted.</summary>
    public static DateTimeZone ZoneOf(CurveRow curve) => Zones.Find(curve.SourceKind == CurveSourceKind.Entsoe ? EuropeanMarket : curve.TimeZone);

    public static FetchPlan Of(Instant now, DateTimeZone zone)
    {
        var date = now.InZone(zone).Date;
        return new FetchPlan(zone.AtStartOfDay(date).ToInstant(), zone.AtStartOfDay(date.PlusDays(1)).ToInstant(), zone.AtStartOfDay(date.PlusDays(2)).ToInstant());
    }

    /// <summary>What is missing that should have been told by now; null: nothing.</summary>
    public string? Missing(Instant now, bool hasToday, bool hasTomorrow) =>
        !hasToday ? "Not every interval of today has a price." : !hasTomorrow && now >= Tomorrow - Late ? "Not every interval of tomorrow has a price." : null;

    /// <summary>When the source is asked next.</summary>
    /// <param name="hasToday">Every interval of today has a price.</param>
    /// <param name="hasTomorrow">And of tomorrow.</param>
    /// <param name="curve">Curves of one source do not all ask at the same moment.</param>
    public static Instant Next(Instant now, DateTimeZone zone, bool hasToday, bool hasTomorrow, CurveId curve)
    {
        var date = now.InZone(zone).Date;
        var spread = Duration.FromSeconds(curve.Value.ToByteArray()[^1] * SpreadSeconds / 256);
        if (hasToday && hasTomorrow) return At(date.PlusDays(1)) + spread;
        var told = At(date) + spread;
        return hasToday && now < told ? told : now + Again;

        Instant At(LocalDate day) => zone.AtLeniently(day + Told).ToInstant();
    }
}
