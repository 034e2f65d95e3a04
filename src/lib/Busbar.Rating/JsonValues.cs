using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Rating;

/// <summary>Closed enumerations as camelCase names, never as numbers.</summary>
internal sealed class CamelCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Numbers with as few digits as say the same: one text for one value.</summary>
internal sealed class DecimalJson : JsonConverter<decimal>
{
    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Number(ref reader);

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteNumberValue(Rounding.Trim(value, 0));

    public static decimal Number(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var value) ? value : throw new JsonException("A number was expected.");

    /// <summary>A number with at most three decimals whose thousandths fit a long.</summary>
    public static long Thousandths(ref Utf8JsonReader reader)
    {
        var value = Number(ref reader);
        if (Math.Abs(value) > long.MaxValue / 1_000) throw new JsonException("The number is out of range.");
        if (decimal.Truncate(value * 1_000) != value * 1_000) throw new JsonException("The number has at most three decimals.");
        return (long)(value * 1_000);
    }

    public static void WriteThousandths(Utf8JsonWriter writer, long thousandths) => writer.WriteNumberValue(Rounding.Trim(thousandths / 1_000m, 0));
}

internal sealed class CurrencyJson : JsonConverter<Currency>
{
    public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Currency.TryParse(reader.GetString(), out var currency) ? currency : throw new JsonException("Not an ISO 4217 currency code.");

    public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

/// <summary>In Wh.</summary>
internal sealed class EnergyJson : JsonConverter<Energy>
{
    public override Energy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(DecimalJson.Thousandths(ref reader));

    public override void Write(Utf8JsonWriter writer, Energy value, JsonSerializerOptions options) => DecimalJson.WriteThousandths(writer, value.MilliwattHours);
}

/// <summary>In W.</summary>
internal sealed class PowerJson : JsonConverter<Power>
{
    public override Power Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(DecimalJson.Thousandths(ref reader));

    public override void Write(Utf8JsonWriter writer, Power value, JsonSerializerOptions options) => DecimalJson.WriteThousandths(writer, value.Milliwatts);
}

/// <summary>Durations as seconds with at most three decimals. (Members of type Duration would bring doubles into the generated serialiser.)</summary>
internal static class Seconds
{
    private const decimal Most = 100m * 366 * 86_400;

    public static decimal? Of(Duration? duration) =>
        duration is { } length ? length.BclCompatibleTicks / NodaConstants.TicksPerMillisecond / 1_000m : null;

    public static Duration? Parse(decimal? seconds)
    {
        if (seconds is not { } value) return null;
        if (Math.Abs(value) > Most) throw new JsonException("The duration is out of range.");
        if (decimal.Truncate(value * 1_000) != value * 1_000) throw new JsonException("The duration has at most three decimals.");
        return Duration.FromMilliseconds((long)(value * 1_000));
    }
}

/// <summary>A value as text by a NodaTime pattern.</summary>
internal abstract class TextJson<T>(params IPattern<T>[] patterns) : JsonConverter<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("A text was expected.");
        foreach (var pattern in patterns)
            if (pattern.Parse(text).TryGetValue(default!, out var value)) return Clean(value);
        throw new JsonException($"Not a {typeof(T).Name}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(Text(value));

    protected virtual T Clean(T value) => value;

    protected virtual string Text(T value) => patterns[0].Format(value);
}

/// <summary>RFC 3339 in UTC; written with three decimals, truncated to them when read.</summary>
internal sealed class InstantJson() : TextJson<Instant>(InstantPattern.ExtendedIso)
{
    protected override Instant Clean(Instant value) => value.TruncateToMilliseconds();

    protected override string Text(Instant value) => value.ToRfc3339();
}

/// <summary><c>HH:mm</c>.</summary>
internal sealed class LocalTimeJson() : TextJson<LocalTime>(LocalTimePattern.Create("HH:mm", CultureInfo.InvariantCulture));

internal sealed class LocalDateJson() : TextJson<LocalDate>(LocalDatePattern.Iso);

internal sealed class WeekdaysJson : JsonConverter<Weekdays>
{
    private static readonly (string Name, Weekdays Day)[] Names =
    [
        ("monday", Weekdays.Monday), ("tuesday", Weekdays.Tuesday), ("wednesday", Weekdays.Wednesday), ("thursday", Weekdays.Thursday),
        ("friday", Weekdays.Friday), ("saturday", Weekdays.Saturday), ("sunday", Weekdays.Sunday),
    ];

    public override Weekdays Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("An array of days was expected.");
        var days = Weekdays.None;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            var day = Array.Find(Names, known => known.Name == name).Day;
            if (day == Weekdays.None || (days & day) != 0) throw new JsonException("Days are monday to sunday, each once.");
            days |= day;
        }
        return days;
    }

    public override void Write(Utf8JsonWriter writer, Weekdays value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var (name, day) in Names)
            if ((value & day) != 0) writer.WriteStringValue(name);
        writer.WriteEndArray();
    }
}
