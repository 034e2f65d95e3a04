using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Busbar.Ocpp.V2;

namespace Busbar.Ocpp;

/// <summary>
/// An enumeration of the standard whose values a peer may extend or misspell. Compared exactly, as the wire does. A value that nobody knows is kept, so
/// that it can be shown and counted; a <c>default</c> one, which no message can bring, is "".
/// </summary>
public interface IOpenWireValue<TSelf>
    where TSelf : struct, IOpenWireValue<TSelf>
{
    string Value { get; }

    /// <summary>The values that the standard names.</summary>
    static abstract IReadOnlyList<TSelf> Known { get; }

    static abstract TSelf From(string value);
}

public static class OpenWireValues
{
    /// <summary>False for what a peer has invented.</summary>
    public static bool IsKnown<T>(this T value)
        where T : struct, IOpenWireValue<T>
    {
        foreach (var known in T.Known)
        {
            if (known.Value == value.Value)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Which values an enumeration has, asked without knowing it at compile time: a <see cref="JsonTypeInfo"/> has it as its converter.</summary>
public interface IWireVocabulary
{
    /// <summary>The first version of the standard's family that names the value; null where none does.</summary>
    OcppVersion? Since(string value);
}

/// <summary>Reads a string, or a number or truth value as its text; writes a string. A known value costs no allocation.</summary>
public sealed class OpenWireValueConverter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T> : JsonConverter<T>, IWireVocabulary
    where T : struct, IOpenWireValue<T>
{
    private static readonly Lazy<HashSet<string>> NewIn21 = new(static () =>
    [
        .. from field in typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static)
           where field.FieldType == typeof(T) && field.GetCustomAttribute<SinceAttribute>() is not null
           select ((T)field.GetValue(null)!).Value,
    ]);

    public OcppVersion? Since(string value) =>
        !T.From(value).IsKnown() ? null : NewIn21.Value.Contains(value) ? OcppVersion.V21 : OcppVersion.V16;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            foreach (var known in T.Known)
            {
                if (reader.ValueTextEquals(known.Value))
                {
                    return known;
                }
            }

            return T.From(WireText.Storable(reader.GetString()!));
        }

        return T.From(WireText.Scalar(ref reader) ?? throw new JsonException());
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value ?? "");

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.From(WireText.Storable(reader.GetString()!));

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WritePropertyName(value.Value ?? "");
}

/// <summary>Texts that stations sent in ways of their own.</summary>
public static class WireText
{
    /// <summary>U+0000 as U+FFFD: PostgreSQL has no text with it.</summary>
    public static string Storable(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;

    /// <summary>The text of a number or truth value; null for what is neither.</summary>
    internal static string? Scalar(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };

    /// <summary>The text of whatever is there, consumed whole: of a string its value, else the JSON.</summary>
    internal static string Any(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            try
            {
                return Storable(reader.GetString()!);
            }
            catch (InvalidOperationException)
            {
                return System.Text.Encoding.UTF8.GetString(reader.ValueSpan);      // an escaped half of a surrogate pair: keep the escape
            }
        }

        if (reader.TokenType == JsonTokenType.Null)
        {
            return "null";
        }

        return Scalar(ref reader) ?? JsonElement.ParseValue(ref reader).GetRawText();
    }
}
