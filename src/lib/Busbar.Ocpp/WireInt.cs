using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Ocpp;

/// <summary>
/// A whole number in a message that carries money or state, read as far as it can be understood: <c>12</c>, <c>12.0</c>, <c>"12"</c>. Everything but the first
/// is a deviation. A fraction is cut off (a register has whole units). What is no number has no value, and never a made-up one.
/// </summary>
[JsonConverter(typeof(WireIntConverter))]
public readonly record struct WireInt
{
    private readonly string? _raw;

    public WireInt(long value) => Value = value;

    private WireInt(long? value, string raw)
    {
        Value = value;
        _raw = raw;
    }

    /// <summary>Null if what came is no number, or none that fits 64 bits.</summary>
    public long? Value { get; }

    /// <summary>What came, as text.</summary>
    public string Raw => _raw ?? Value?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>What came was not written as the standard says.</summary>
    public bool IsDeviation => _raw is not null || Value is null;

    public static implicit operator WireInt(long value) => new(value);

    public static WireInt FromInt64(long value) => new(value);

    /// <summary>Reads the text of a number that should not be a text. Always a deviation.</summary>
    public static WireInt Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value))
        {
            return new(value, text);
        }

        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            number = decimal.Truncate(number);
            if (number is >= long.MinValue and <= long.MaxValue)
            {
                return new((long)number, text);
            }
        }

        return new(null, text);
    }

    public override string ToString() => Raw;
}

public sealed class WireIntConverter : JsonConverter<WireInt>
{
    public override bool HandleNull => true;

    public override WireInt Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? new WireInt(value) : WireInt.Parse(WireText.Any(ref reader));

    public override void Write(Utf8JsonWriter writer, WireInt value, JsonSerializerOptions options)
    {
        if (value.Value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteStringValue(value.Raw);
        }
    }
}
