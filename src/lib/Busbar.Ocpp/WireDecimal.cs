using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Ocpp;

/// <summary>
/// A number in a message that carries money or state, read as far as it can be understood, from a number or a text. What is no number, or none that a
/// <see cref="decimal"/> holds (NaN, 1e308, a signed meter value), has no value but its <see cref="Raw"/> text.
/// </summary>
[JsonConverter(typeof(WireDecimalConverter))]
public readonly record struct WireDecimal
{
    private readonly string? _raw;

    public WireDecimal(decimal value) => Value = value;

    internal WireDecimal(decimal? value, string? raw, bool isDeviation)
    {
        Value = value;
        _raw = raw;
        IsDeviation = isDeviation;
    }

    /// <summary>Null if what came is no number, or none that a decimal holds.</summary>
    public decimal? Value { get; }

    /// <summary>What came, as text.</summary>
    public string Raw => _raw ?? Value?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>What came was not written as the standard says.</summary>
    public bool IsDeviation { get; }

    public static implicit operator WireDecimal(decimal value) => new(value);

    public static WireDecimal FromDecimal(decimal value) => new(value);

    /// <summary>A text that may be no number, such as the signed meter value of 1.6.</summary>
    public static WireDecimal FromText(string text) => Parse(text, isDeviation: false);

    internal static WireDecimal Parse(string text, bool isDeviation)
    {
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return new(null, text, isDeviation);
        }

        var same = value.TryFormat(stackalloc char[64], out var written, default, CultureInfo.InvariantCulture) && written == text.Length
            && value.ToString(CultureInfo.InvariantCulture) == text;
        return new(value, same ? null : text, isDeviation);
    }

    public override string ToString() => Raw;
}

/// <summary>Where the standard wants a number.</summary>
public sealed class WireDecimalConverter : JsonConverter<WireDecimal>
{
    public override bool HandleNull => true;

    public override WireDecimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var value)
            ? new WireDecimal(value)
            : WireDecimal.Parse(WireText.Any(ref reader), isDeviation: true);

    public override void Write(Utf8JsonWriter writer, WireDecimal value, JsonSerializerOptions options)
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

/// <summary>Where the standard wants a text that is mostly a number, as in the sampled values of 1.6. A number in its place is a deviation.</summary>
public sealed class WireDecimalTextConverter : JsonConverter<WireDecimal>
{
    public override bool HandleNull => true;

    public override WireDecimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var isText = reader.TokenType == JsonTokenType.String;
        return WireDecimal.Parse(WireText.Any(ref reader), isDeviation: !isText);
    }

    public override void Write(Utf8JsonWriter writer, WireDecimal value, JsonSerializerOptions options) => writer.WriteStringValue(value.Raw);
}
