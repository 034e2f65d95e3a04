using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Busbar.Identity.Http;

/// <summary>
/// Reads JSON as the API promises: well-formed UTF-8, no member unknown, doubled or missing, each complaint with its JSON pointer. The shape is
/// compared with the serializer's own description of the type first, so that all complaints are found at once; values are read after.
/// </summary>
internal static class StrictJson
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 64 };

    /// <exception cref="ProblemException">Not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        var check = new Check();
        try
        {
            if (Utf8.IsValid(utf8.Span)) return JsonDocument.Parse(utf8, Strict);
            check.Fail("", "malformedJson", "The body is not valid UTF-8.");
        }
        catch (JsonException error)
        {
            check.Fail("", "malformedJson", $"The body is not well-formed JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}.");
        }
        throw new ProblemException(check.Problem!);
    }

    /// <summary>Null where anything is wrong: it stands in <paramref name="check"/>, under <paramref name="pointer"/>.</summary>
    public static T? Read<T>(JsonElement element, string pointer, Check check) where T : class
    {
        var shape = new Check();
        Compare(element, ApiJson.Options.GetTypeInfo(typeof(T)), pointer, shape);
        check.Take(shape);
        if (!shape.Ok) return null;
        try
        {
            if (element.Deserialize<T>(ApiJson.Options) is { } value) return value;
            check.Fail(pointer, "required", "Must not be null.");
        }
        catch (JsonException error)
        {
            check.Fail(pointer + PointerOf(error.Path), "invalidValue", (error as InvalidValueException)?.Detail ?? "The value has the wrong type or format.");
        }
        return null;
    }

    /// <summary>Members doubled anywhere, and text that no database holds; with a type, also members unknown, missing or null.</summary>
    public static void Compare(JsonElement element, JsonTypeInfo? type, string pointer, Check check)
    {
        if (check.Full) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object: CompareObject(element, type, pointer, check); break;
            case JsonValueKind.Array:
                var item = type is { Kind: JsonTypeInfoKind.Enumerable } ? InfoOf(type.ElementType!) : null;
                var i = 0;
                foreach (var child in element.EnumerateArray())
                {
                    var here = $"{pointer}/{i++}";
                    if (check.That(child.ValueKind != JsonValueKind.Null || item is null || !HoldsNoNull(item), here, "required", "Must not be null.")) Compare(child, item, here, check);
                }
                break;
            case JsonValueKind.String:
                check.That(IsText(element), pointer, "invalidText", "The text has characters that cannot be stored.");
                break;
        }
    }

    private static void CompareObject(JsonElement element, JsonTypeInfo? type, string pointer, Check check)
    {
        var known = type is { Kind: JsonTypeInfoKind.Object };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!TryName(member, out var name))
            {
                check.Fail(pointer, "invalidText", "A member's name has characters that cannot be stored.");
                continue;
            }
            var here = $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!check.That(seen.Add(name), here, "duplicateMember", "The member occurs twice.")) continue;
            var property = known ? type!.Properties.FirstOrDefault(property => property.Name == name && (property.Set is not null || property.AssociatedParameter is not null)) : null;
            if (!check.That(!known || property is not null, here, "unknownMember", "There is no such member.")) continue;
            if (property is { IsSetNullable: false } && !check.That(member.Value.ValueKind != JsonValueKind.Null, here, "required", "Must not be null.")) continue;
            Compare(member.Value, property is not null ? InfoOf(property.PropertyType) : type is { Kind: JsonTypeInfoKind.Dictionary } ? InfoOf(type.ElementType!) : null, here, check);
        }
        if (!known) return;
        foreach (var property in type!.Properties)
            if (property.IsRequired && !seen.Contains(property.Name)) check.Fail($"{pointer}/{property.Name}", "required", "Is missing.");
    }

    // The serializer knows nothing of what an element of a list may be.
    private static bool HoldsNoNull(JsonTypeInfo item) => item.Kind != JsonTypeInfoKind.None || item.Type == typeof(string);

    private static JsonTypeInfo InfoOf(Type type) => ApiJson.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);

    private static bool IsText(JsonElement element)
    {
        // A lone surrogate is no character, and PostgreSQL has no U+0000.
        try { return !element.GetString()!.Contains('\0', StringComparison.Ordinal); }
        catch (InvalidOperationException) { return false; }
    }

    private static bool TryName(JsonProperty member, out string name)
    {
        try { name = member.Name; }
        catch (InvalidOperationException) { name = ""; return false; }
        return !name.Contains('\0', StringComparison.Ordinal);
    }

    /// <summary>The serializer says <c>$.evses[0].id</c>; RFC 6901 says <c>/evses/0/id</c>.</summary>
    private static string PointerOf(string? path)
    {
        if (path is null or "$") return "";
        var pointer = new StringBuilder();
        foreach (var step in path[1..].Replace("['", ".", StringComparison.Ordinal).Replace("']", "", StringComparison.Ordinal)
                     .Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
            pointer.Append('/').Append(step.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return pointer.ToString();
    }
}
