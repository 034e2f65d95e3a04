using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Storage;

namespace Busbar.Stations;

/// <summary>
/// Takes out of a frame, or of a payload, what the wire log and the commands' table must not keep: keys and passwords whole, tokens but for their beginning, so that one can still be
/// recognised by who knows it.
/// </summary>
internal sealed class WireRedaction : IWireRedaction
{
    private const string Hidden = "***";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // A frame without any of these has nothing to hide, and most have none: the ends of what is hidden, and the members that say what a value is of. A
    // key's own name is no hint, since its case does not matter. Any of them may be written in escapes.
    private static readonly byte[][] Hints = ["dTag\""u8.ToArray(), "dToken\""u8.ToArray(), "dTag\\\""u8.ToArray(), "dToken\\\""u8.ToArray(), "assword\""u8.ToArray(), "\"key\""u8.ToArray(), "\"variable\""u8.ToArray(), "\\u"u8.ToArray()];

    private static readonly HashSet<string> Tokens = new(StringComparer.Ordinal) { "idTag", "parentIdTag", "idToken", "additionalIdToken" };
    private static readonly HashSet<string> Secrets = new(StringComparer.Ordinal) { "password", "basicAuthPassword", "apnPassword" };
    private static readonly HashSet<string> SecretKeys = new(StringComparer.OrdinalIgnoreCase) { "AuthorizationKey", "BasicAuthPassword" };

    public ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> frame)
    {
        if (!Array.Exists(Hints, hint => frame.Span.IndexOf(hint) >= 0)) return frame;
        try
        {
            using var document = JsonDocument.Parse(frame);
            using var buffer = new MemoryStream(frame.Length + 16);
            var hidden = false;
            using (var writer = new Utf8JsonWriter(buffer, Relaxed)) Write(writer, document.RootElement, ref hidden);
            // What hides nothing is kept as it was said, to the byte.
            return hidden ? buffer.ToArray() : frame;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whatever it is, it may hold a secret that nobody can find in it.
            return JsonSerializer.SerializeToUtf8Bytes($"(unreadable, {frame.Length} bytes)");
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element, ref bool hidden)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, element, ref hidden);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Write(writer, item, ref hidden);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter writer, JsonElement element, ref bool hidden)
    {
        var namesSecret = NamesSecret(element);
        var isVpn = element.TryGetProperty("server", out _) && element.TryGetProperty("key", out _);
        writer.WriteStartObject();
        foreach (var member in element.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            var isScalar = member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number;
            var shown = !isScalar ? null : Tokens.Contains(member.Name) ? Beginning(member.Value)
                : Secrets.Contains(member.Name) || (namesSecret && member.Name is "value" or "attributeValue") || (isVpn && member.Name == "key") ? Hidden
                : member.Name == "data" ? InText(member.Value) : null;
            hidden |= shown is not null;
            if (shown is not null) writer.WriteStringValue(shown);
            else Write(writer, member.Value, ref hidden);
        }
        writer.WriteEndObject();
    }

    /// <summary>JSON in a text, as a DataTransfer has it (SetUserPrice names the token there); null where it hides nothing.</summary>
    private static string? InText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { } text || !text.AsSpan().TrimStart().StartsWith('{')) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            using var buffer = new MemoryStream(text.Length);
            var hidden = false;
            using (var writer = new Utf8JsonWriter(buffer, Relaxed)) Write(writer, document.RootElement, ref hidden);
            return hidden ? System.Text.Encoding.UTF8.GetString(buffer.ToArray()) : null;
        }
        catch (JsonException)
        {
            return null;        // No JSON after all: the text is as it was.
        }
    }

    /// <summary>A configuration key (1.6) or a variable (2.x) whose value is a secret.</summary>
    private static bool NamesSecret(JsonElement element)
    {
        var name = element.TryGetProperty("key", out var key) ? key
            : element.TryGetProperty("variable", out var variable) && variable.ValueKind == JsonValueKind.Object && variable.TryGetProperty("name", out var inner) ? inner
            : default;
        return name.ValueKind == JsonValueKind.String && SecretKeys.Contains(name.GetString()!);
    }

    private static string Beginning(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return text[..Math.Min(4, text.Length / 2)] + Hidden;
    }
}
