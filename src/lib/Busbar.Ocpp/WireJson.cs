using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Busbar.Ocpp.Rpc;

namespace Busbar.Ocpp;

/// <summary>Why a payload is not the message that it should be.</summary>
public enum WireFault
{
    None,

    /// <summary>Not JSON, no object, or a member that is there twice.</summary>
    Malformed,

    /// <summary>A required member is not there, or is null.</summary>
    Missing,

    /// <summary>A member is there with another type than the standard's.</summary>
    WrongType,
}

/// <param name="Path">Where, as a JSON path: <c>$.meterValue[0].timestamp</c>.</param>
/// <param name="Detail">For people: the wire log, the description of a CALLERROR.</param>
public readonly record struct WireReadError(WireFault Fault, string Path, string Detail)
{
    /// <summary>The version's own code for a CALLERROR.</summary>
    public string ErrorCode(OcppVersion version) => Fault switch
    {
        WireFault.Missing => RpcErrorCodes.Occurrence(version),
        WireFault.WrongType => RpcErrorCodes.TypeConstraintViolation,
        _ => RpcErrorCodes.Format(version),
    };

    public override string ToString() => Detail;
}

/// <summary>What both families of messages do with JSON.</summary>
public static class WireJson
{
    /// <summary>Never throws on what the wire may bring.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? message, out WireReadError error)
        where T : class
    {
        var read = TryRead(payload, (JsonTypeInfo)type, out var untyped, out error);
        message = (T?)untyped;
        return read;
    }

    /// <summary>Never throws on what the wire may bring.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, JsonTypeInfo type, [NotNullWhen(true)] out object? message, out WireReadError error)
    {
        try
        {
            message = JsonSerializer.Deserialize(payload, type);
            error = message is null ? new(WireFault.Malformed, "$", "The payload is null.") : default;
            return message is not null;
        }
        catch (JsonException exception)
        {
            message = null;
            error = Explain(exception);
            return false;
        }
    }

    /// <exception cref="JsonException">The payload is no <typeparamref name="T"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> payload, JsonTypeInfo<T> type)
        where T : class =>
        JsonSerializer.Deserialize(payload, type) ?? throw new JsonException("The payload is null.");

    public static void Write<T>(IBufferWriter<byte> output, T message, JsonTypeInfo<T> type)
        where T : class
    {
        using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true });
        JsonSerializer.Serialize(writer, message, type);
    }

    /// <summary>Sets what an attribute on a context cannot say, and closes the options against change.</summary>
    internal static JsonSerializerOptions Freeze(JsonSerializerOptions options)
    {
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;      // as in the frame around it
        options.MaxDepth = RpcReader.MaxDepth;
        options.Converters.Add(new StorableTextConverter());
        options.MakeReadOnly();
        return options;
    }

    private static WireReadError Explain(JsonException exception)
    {
        // The serializer tells its faults apart by their text only; a test holds these words.
        var path = exception.Path ?? "$";
        var text = exception.Message;
        var fault =
            text.Contains("missing required", StringComparison.Ordinal) || text.Contains("doesn't allow null", StringComparison.Ordinal) ? WireFault.Missing
            : exception.GetType() != typeof(JsonException) || text.Contains("uplicate property", StringComparison.Ordinal) || exception.InnerException is JsonException ? WireFault.Malformed
            : path == "$" ? WireFault.Malformed
            : WireFault.WrongType;
        var detail = fault switch
        {
            WireFault.Missing when text.IndexOf("including: ", StringComparison.Ordinal) is > 0 and var at => $"{path}: missing {Head(text[(at + "including: ".Length)..])}",
            WireFault.Missing => $"{path}: must not be null",
            WireFault.WrongType => $"{path}: wrong type",
            _ => $"{path}: malformed, or a member is there twice",
        };
        return new(fault, path, detail);
    }

    private static string Head(string text)
    {
        var end = text.IndexOf(". Path:", StringComparison.Ordinal);
        return (end < 0 ? text : text[..end]).TrimEnd('.');
    }
}

/// <summary>
/// A text without U+0000, which is a character of JSON and of no text column of PostgreSQL: a fact that holds one would never become durable. It is read as
/// U+FFFD; the raw frame keeps what came.
/// </summary>
internal sealed class StorableTextConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? WireText.Storable(reader.GetString()!) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => WireText.Storable(reader.GetString()!);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);
}

/// <summary>A text where stations put numbers, truth values or whole objects too: those are read as their JSON.</summary>
public sealed class WireTextConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => WireText.Any(ref reader);

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
