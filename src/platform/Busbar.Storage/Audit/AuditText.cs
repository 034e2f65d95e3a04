using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Kernel;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Storage.Audit;

/// <summary>Values as the audit writes them.</summary>
public static class AuditText
{
    /// <summary>A text that is longer is told by its hash and its length.</summary>
    public const int Longest = 8_000;

    private const string Secret = "(secret)";

    // Only pages and files of ours show it, and they escape for themselves.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Members as a JSON object; null: there is none.</summary>
    public static string? Object(IReadOnlyCollection<KeyValuePair<string, object?>> members)
    {
        if (members.Count == 0) return null;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Options)) Write(writer, members);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    internal static string Plain(object? value) => value switch
    {
        null => "",
        Instant at => InstantPattern.ExtendedIso.Format(at),
        Enum known => CamelCase(known.ToString()),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    internal static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    internal static object? Told(Telling telling, object? value) => (telling, value) switch
    {
        (_, null) => null,
        (Telling.Secret, _) => Secret,
        (Telling.Masked, _) => Masked.Uid(Plain(value)),
        (Telling.Personal, _) => Masked.Person(Plain(value)),
        (Telling.Address, _) => Uri.TryCreate(Plain(value), UriKind.Absolute, out var uri) && uri.Host.Length > 0 && uri.Scheme != Uri.UriSchemeMailto ? $"{uri.Scheme}://{uri.Host}/…" : Masked.Person(Plain(value)),
        (Telling.Document, byte[] bytes) => Encoding.UTF8.GetString(bytes),
        _ => value,
    };

    private static void Write(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, object?>> members)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in members)
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case Energy energy: writer.WriteNumberValue(energy.WattHours); break;
            case IEnumerable<KeyValuePair<string, object?>> members: Write(writer, members); break;
            default: Write(writer, Plain(value)); break;
        }
    }

    private static void Write(Utf8JsonWriter writer, string text)
    {
        if (text.Length <= Longest) writer.WriteStringValue(text);
        else Write(writer, [new("sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))), new("characters", text.Length)]);
    }
}
