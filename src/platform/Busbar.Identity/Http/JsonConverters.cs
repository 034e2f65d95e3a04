using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Identity.Http;

/// <summary>A value that a converter of ours refuses; the text is for the caller.</summary>
public sealed class InvalidValueException(string detail) : JsonException(detail)
{
    public string Detail { get; } = detail;
}

/// <summary>RFC 3339. Input needs a zone and is truncated to milliseconds; output is UTC with three decimals.</summary>
public sealed class InstantJson : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // Of the first and the last year an offset could carry it beyond what an instant can be.
        if (reader.TokenType == JsonTokenType.String && OffsetDateTimePattern.Rfc3339.Parse(reader.GetString()!) is { Success: true, Value.Year: >= 1 and <= 9_998 } parsed)
            return parsed.Value.ToInstant().TruncateToMilliseconds();
        throw new InvalidValueException("Must be an RFC 3339 time with a zone, such as 2026-01-31T12:00:00Z.");
    }

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToRfc3339());
}

/// <summary>An ISO 4217 code.</summary>
public sealed class CurrencyJson : JsonConverter<Currency>
{
    public override Currency Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Currency.TryParse(reader.GetString(), out var currency)
            ? currency
            : throw new InvalidValueException("Must be an ISO 4217 currency code, such as EUR.");

    public override void Write(Utf8JsonWriter writer, Currency value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

/// <summary>Watt-hours: a number with at most three decimals.</summary>
public sealed class EnergyJson : JsonConverter<Energy>
{
    private const decimal Limit = 9_000_000_000_000m;

    public override Energy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out var wattHours) && decimal.Abs(wattHours) <= Limit && decimal.Round(wattHours, 3) == wattHours
            ? Energy.FromWattHours(wattHours)
            : throw new InvalidValueException("Must be a number of watt-hours with at most three decimals.");

    public override void Write(Utf8JsonWriter writer, Energy value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(value.WattHours / 1.000m);   // without trailing zeros
}

/// <summary>Every typed id: its prefix and 26 characters.</summary>
public sealed class TypedIdJson : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsValueType && Array.Exists(typeToConvert.GetInterfaces(), type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ITypedId<>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert))!;

    private sealed class Of<T> : JsonConverter<T> where T : struct, ITypedId<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && TypedId.TryParse<T>(reader.GetString(), out var id)
                ? id
                : throw new InvalidValueException($"Must be an id that begins with '{T.Prefix}'.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(TypedId.Format(value));
    }
}

/// <summary>
/// JSON that others wrote, as they wrote it: a station's text may hold half of a surrogate pair, which is JSON and yet no text that can be written anew.
/// </summary>
internal sealed class RawJson : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
    {
        if (value.ValueKind == JsonValueKind.Undefined) writer.WriteNullValue();
        else writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
    }
}
