using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>A curve of the market, such as the day-ahead prices of a bidding zone, per kWh.</summary>
internal sealed record CurveInput
{
    /// <summary>What tariffs call it; unique in the tenant.</summary>
    public required string Name { get; init; }
    public required Currency Currency { get; init; }

    /// <summary>IANA: in which the market's days are counted; <c>Europe/Brussels</c> for the European day-ahead market.</summary>
    public required string TimeZone { get; init; }

    /// <summary>900, 1800 or 3600.</summary>
    public int StepSeconds { get; init; } = 900;

    public CurveGap Gap { get; init; } = CurveGap.Fallback;

    /// <summary>Per kWh, where an interval has none and <see cref="Gap"/> is <c>fallback</c>; absent: each tariff's own.</summary>
    public string? FallbackPrice { get; init; }

    /// <summary>Who tells its prices day by day; absent: they are told by <c>PUT …/prices</c> only.</summary>
    public CurveSource? Source { get; init; }

    public Check Examine(IEnumerable<ICurveProvider> providers)
    {
        var check = new Check();
        PlainName.Examine(Name, 100, check);
        check.That(StepSeconds is 900 or 1_800 or 3_600, "/stepSeconds", "invalidValue", "Must be 900, 1800 or 3600.");
        CurveChange.Examine(TimeZone, FallbackPrice, Source, StepSeconds, providers, check);
        return check;
    }
}

/// <summary>What of a curve can be changed.</summary>
internal sealed record CurveChange
{
    private const int LongestFrom = 500;

    public required string TimeZone { get; init; }
    public required CurveGap Gap { get; init; }
    public string? FallbackPrice { get; init; }
    public CurveSource? Source { get; init; }

    public static CurveChange Of(CurveRow row, CurveSource? source) => new() { TimeZone = row.TimeZone, Gap = row.Gap, FallbackPrice = CurveView.Text(row.FallbackNano), Source = source };

    public static void Examine(string timeZone, string? fallback, CurveSource? source, int stepSeconds, IEnumerable<ICurveProvider> providers, Check check)
    {
        check.That(Zones.TryFind(timeZone, out _), "/timeZone", "unknownTimeZone", "Must be an IANA time zone, such as Europe/Amsterdam.");
        check.That(fallback is null || CurvePriceInput.Read(fallback) is not null, "/fallbackPrice", "invalidValue", CurvePriceInput.Form);
        if (source is null) return;
        check.That(source.From is { Length: > 0 and <= LongestFrom }, "/source/from", "invalidValue", $"Must have 1 to {LongestFrom} characters.");
        var provider = providers.SingleOrDefault(provider => provider.Kind == source.Kind);
        check.That(provider is not null, "/source/kind", "invalidValue", "Must be entsoe, json or file.");
        if (source.From is { Length: > 0 and <= LongestFrom } from && provider?.Fault(from, stepSeconds) is { } fault) check.Fail("/source/from", "invalidValue", fault);
    }
}

/// <param name="PublishedAt">When prices came last.</param>
/// <param name="Source">Who tells its prices; null: they are told by the API.</param>
/// <param name="Fetch">How that went; null without a source.</param>
internal sealed record CurveView(
    CurveId Id, string Name, Currency Currency, string TimeZone, int StepSeconds, CurveGap Gap, string? FallbackPrice, Instant CreatedAt, Instant? PublishedAt, CurveSource? Source, CurveFetchView? Fetch)
{
    /// <param name="caller">Of a source's URL they see what they may change.</param>
    public static CurveView Of(CurveRow row, CurveSource? source, Caller caller) =>
        new(row.Id, row.Name, Currency.Parse(row.Currency), row.TimeZone, row.StepSeconds, row.Gap, Text(row.FallbackNano), row.CreatedAt, row.PublishedAt, source?.For(caller),
            row.SourceKind is null ? null : new CurveFetchView(row.FetchedAt, row.FetchFailure, row.FetchAt));

    public static string? Text(long? nano) => nano is { } value ? PriceText.Number(CurveShape.Price(value)) : null;
}

/// <param name="AnsweredAt">When the source answered last, with prices or with none.</param>
/// <param name="Failure">What went wrong the last time; null: nothing.</param>
/// <param name="NextAt">When it is asked next.</param>
internal sealed record CurveFetchView(Instant? AnsweredAt, string? Failure, Instant? NextAt);

/// <summary>The price of one interval.</summary>
internal sealed record CurvePriceInput
{
    public const string Form = "Must be a decimal number of at most nine decimals, as text.";

    /// <summary>The start of the interval.</summary>
    public required Instant At { get; init; }

    /// <summary>Per kWh; null withdraws what was told before.</summary>
    public required string? Price { get; init; }

    /// <summary>In billionths; null: it is none.</summary>
    public static long? Read(string text) =>
        decimal.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign | System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var price)
            ? CurveShape.Nano(price) : null;

    private const int MostPrices = 10_000;
    private const string Near = "Must lie at most three years back and 400 days ahead.";
    private static readonly Duration FarthestBack = Duration.FromDays(3 * 365 + 1);
    private static readonly Duration FarthestAhead = Duration.FromDays(400);

    /// <summary>What rows tell of a curve, by the start of each interval in billionths; what is wrong with them is noted by the row's number.</summary>
    public static IReadOnlyDictionary<Instant, long?> Take(IReadOnlyList<CurvePriceInput> rows, CurveRow curve, Instant now, Check check)
    {
        var prices = new Dictionary<Instant, long?>();
        check.That(rows.Count <= MostPrices, "", "tooManyRows", $"Send at most {MostPrices} prices.");
        for (var i = 0; i < rows.Count && !check.Full; i++)
        {
            var (row, nano) = (rows[i], rows[i].Price is { } text ? Read(text) : null);
            check.That(IsNear(row.At, now), $"/{i}/at", "outOfRange", Near);
            check.That(CurveShape.Floor(row.At, curve.StepSeconds) == row.At, $"/{i}/at", "invalidValue", $"Must be the start of an interval of {curve.StepSeconds} seconds.");
            check.That(row.Price is null || nano is not null, $"/{i}/price", "invalidValue", Form);
            check.That(prices.TryAdd(row.At, nano), $"/{i}/at", "duplicateRow", "An earlier price is for the same interval.");
        }
        return prices;
    }

    /// <summary>Notes what keeps a document's prices from being the curve's; where nothing does, it is <see cref="CurveRead.Told"/>.</summary>
    public static void Examine(CurveRead read, CurveRow curve, Instant now, string pointer, Check check)
    {
        check.That(read is not CurveRead.Nothing, pointer, "noPrices", "It tells no prices.");
        if (read is CurveRead.Wrong wrong) check.Fail(pointer, "invalidValue", wrong.Detail);
        if (read is not CurveRead.Told told) return;
        check.That(told.Currency == curve.Currency, pointer, "differs", $"Its currency must be {curve.Currency}, the curve's.");
        check.That(told.Prices.Keys.All(at => IsNear(at, now)), pointer, "outOfRange", Near);
    }

    /// <summary>Far from now no market has a price: a clock or a date is wrong, and what it tells would be kept in memory for good.</summary>
    private static bool IsNear(Instant at, Instant now) => at >= now - FarthestBack && at <= now + FarthestAhead;
}

/// <summary>Prices in a form of others.</summary>
internal sealed record CurveDocument
{
    /// <summary><c>entsoe</c>: a <c>Publication_MarketDocument</c> of day-ahead prices.</summary>
    public required string Format { get; init; }

    /// <summary>The document's text.</summary>
    public required string Document { get; init; }
}

/// <param name="Price">Per kWh; null: withdrawn.</param>
/// <param name="PublishedAt">When it was told.</param>
/// <param name="Corrections">How often it was told anew.</param>
internal sealed record CurvePriceView(Instant At, string? Price, Instant PublishedAt, int Corrections);
