using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// What a rating is told of a session besides what was measured. An input like the timeline: who wants to repeat a rating keeps it
/// (<see cref="SessionContextJson"/>).
/// </summary>
/// <remarks>The order of the members is the order of the canonical JSON: new ones go to the end.</remarks>
public sealed record SessionContext
{
    /// <summary>Nothing is known: no restriction on it holds, and every curve is missing.</summary>
    public static SessionContext Unknown { get; } = new();

    public EvseKind? EvseKind { get; init; }

    public string? PaymentBrand { get; init; }

    public string? PaymentRecognition { get; init; }

    public string? TokenGroup { get; init; }

    /// <summary>By name; each once.</summary>
    public IReadOnlyList<PriceCurve>? Curves { get; init; }

    /// <summary>In the order in which they are used up: each unit is relieved by the first that has something left.</summary>
    public IReadOnlyList<Allowance>? Allowances { get; init; }
}

/// <summary>Prices of consecutive intervals, such as the quarter-hours of a day-ahead market, in the tariff's currency.</summary>
/// <param name="Name">What <see cref="CurvePricing.Name"/> names.</param>
/// <param name="From">The start of the first interval.</param>
/// <param name="StepSeconds">The length of each.</param>
/// <param name="Prices">Per kWh, per hour, or once; null: nobody knows.</param>
public sealed record PriceCurve(string Name, Instant From, int StepSeconds, IReadOnlyList<decimal?> Prices)
{
    /// <summary>Nobody knew it at the session's start, whatever is known of that interval by now: a component that is locked there has its own price.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool UnknownAtStart { get; init; }

    /// <summary>Which interval a moment lies in; null: none of them.</summary>
    public int? IndexAt(Instant at) => (int?)IndexAt(at.ToUnixTimeMilliseconds());

    /// <summary>How many whole steps after the curve's beginning a moment lies, on its grid; negative before it, and beyond its end as well.</summary>
    public long StepsTo(Instant at)
    {
        var ran = at.ToUnixTimeMilliseconds() - FromMilliseconds;
        return ran >= 0 ? ran / StepMilliseconds : -((StepMilliseconds - 1 - ran) / StepMilliseconds);
    }

    internal long FromMilliseconds => From.ToUnixTimeMilliseconds();

    internal long StepMilliseconds => Math.Max(1L, StepSeconds) * NodaConstants.MillisecondsPerSecond;

    internal long? IndexAt(long at) => at >= FromMilliseconds && (at - FromMilliseconds) / StepMilliseconds is var index && index < Prices.Count ? index : null;
}

/// <summary>
/// Units that cost less: the rest of a subscription's kilowatt-hours, a campaign, a fleet's rebate. Used up in the order of time, before the bounds of
/// the session's price; a reservation is not relieved. A voucher for an amount of money is a means of payment and no allowance.
/// </summary>
public sealed record Allowance
{
    /// <summary>As the receipt shows it, and as what was used is reported by.</summary>
    public required string Name { get; init; }

    /// <summary>Energy, time, idle time or the flat price.</summary>
    public required Dimension Dimension { get; init; }

    /// <summary>Off the unit price: 100 makes it free.</summary>
    public required decimal PercentOff { get; init; }

    /// <summary>How much of it is left, where it is energy; absent: it has no end.</summary>
    [JsonPropertyName("energyWh")]
    public Energy? Energy { get; init; }

    /// <summary>How much of it is left, where it is time; absent: it has no end.</summary>
    [JsonIgnore]
    public Duration? Time { get; init; }

    [JsonInclude]
    internal decimal? TimeSeconds { get => Seconds.Of(Time); init => Time = Seconds.Parse(value); }

    internal long Units => Dimension switch
    {
        Dimension.Energy => Energy?.MilliwattHours,
        Dimension.Time or Dimension.Idle => Time is { } time ? time.BclCompatibleTicks / NodaConstants.TicksPerMillisecond : null,
        _ => null,
    } ?? long.MaxValue;
}

/// <summary>How much of an allowance a session used.</summary>
/// <param name="Name">The allowance's.</param>
/// <param name="Dimension">The allowance's.</param>
/// <param name="Energy">Zero where it is not energy.</param>
/// <param name="Time">Zero where it is not time.</param>
public sealed record AllowanceUse(string Name, Dimension Dimension, Energy Energy, Duration Time);

/// <summary>The canonical bytes of a context, as <see cref="TariffJson"/>'s.</summary>
public static class SessionContextJson
{
    public static byte[] Write(SessionContext context) => JsonSerializer.SerializeToUtf8Bytes(context, RatingJson.Default.SessionContext);

    /// <exception cref="FormatException">The bytes are not a context.</exception>
    public static SessionContext Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var context = JsonSerializer.Deserialize(json, RatingJson.Default.SessionContext) ?? throw new FormatException("A context is an object.");
            if (context.Curves?.Contains(null!) == true || context.Allowances?.Contains(null!) == true) throw new FormatException("A curve and an allowance are objects.");
            return context;
        }
        catch (JsonException broken)
        {
            throw new FormatException($"Not a context: {JsonPaths.ToPointer(broken.Path)}: {JsonPaths.WithoutPath(broken.Message)}", broken);
        }
    }
}
