using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Identity.Http;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;

namespace Busbar.Stations.Dialects;

/// <summary>
/// Is a payload that we are to send what the version of the standard says? Stations are read tolerantly; what leaves is strict, since a station answers a
/// breach with an error at best.
/// </summary>
internal static class PayloadCheck
{
    // 2.0.1 closed them, 2.1 opened them: whatever fits is a value there.
    private static readonly HashSet<Type> OpenIn21 = [typeof(ChargingLimitSourceEnum), typeof(ConnectorEnum), typeof(IdTokenEnum)];

    public static void Examine(JsonElement payload, OcppAction action, OcppVersion version, Check check) => Compare(payload, action.RequestInfo, version, null, "", check);

    /// <param name="most">Characters of a text, or of each text of a list.</param>
    private static void Compare(JsonElement element, JsonTypeInfo type, OcppVersion version, int? most, string pointer, Check check)
    {
        if (check.Full) return;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                if (check.That(element.ValueKind == JsonValueKind.Object, pointer, "invalidValue", "Must be an object.")) CompareMembers(element, type, version, pointer, check);
                break;
            case JsonTypeInfoKind.Enumerable:
                if (!check.That(element.ValueKind == JsonValueKind.Array, pointer, "invalidValue", "Must be an array.")) break;
                var (item, i) = (InfoOf(type.ElementType!, type), 0);
                foreach (var child in element.EnumerateArray()) Compare(child, item, version, most, $"{pointer}/{i++}", check);
                break;
            default:
                CompareValue(element, type, version, pointer, check);
                if (most is { } bound && element.ValueKind == JsonValueKind.String)
                    check.That(LengthOf(element) <= bound, pointer, "invalidLength", $"Must have at most {bound} characters.");
                break;
        }
    }

    private static void CompareMembers(JsonElement element, JsonTypeInfo type, OcppVersion version, string pointer, Check check)
    {
        var isOpen = type.Properties.Any(property => property.IsExtensionData);
        foreach (var member in element.EnumerateObject())
        {
            var here = $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            var property = type.Properties.FirstOrDefault(property => property.Name == member.Name && !property.IsExtensionData);
            if (property is null) check.That(isOpen, here, "unknownMember", "There is no such member.");
            else if (check.That(version >= SinceOf(property), here, "unknownMember", $"{version.SubProtocol} does not have it yet."))
                Compare(member.Value, InfoOf(property.PropertyType, type), version, WireLengths.Of(type.Type, member.Name, version), here, check);
        }
        foreach (var property in type.Properties)
            if (property.IsRequired && !element.TryGetProperty(property.Name, out _)) check.Fail($"{pointer}/{property.Name}", "required", "Is missing.");
    }

    private static void CompareValue(JsonElement element, JsonTypeInfo type, OcppVersion version, string pointer, Check check)
    {
        if (type.Type == typeof(JsonElement)) return;
        if (!check.That(IsOfType(element, type), pointer, "invalidValue", "The value has the wrong type or format.")) return;
        if (type.Converter is not IWireVocabulary vocabulary || (version >= OcppVersion.V21 && OpenIn21.Contains(type.Type))) return;
        var since = vocabulary.Since(element.GetString()!);
        check.That(since is not null, pointer, "invalidValue", "The standard has no such value.");
        check.That(since is null || since <= version, pointer, "invalidValue", $"{version.SubProtocol} does not have this value yet.");
    }

    private static bool IsOfType(JsonElement element, JsonTypeInfo type) => element.ValueKind switch
    {
        JsonValueKind.String => type.Type == typeof(string) || type.Converter is IWireVocabulary
            || (type.Type == typeof(WireTime) && element.Deserialize(type) is WireTime { Instant: not null, IsDeviation: false }),
        JsonValueKind.Number => type.Type == typeof(int) ? element.TryGetInt32(out _)
            : type.Type == typeof(long) || type.Type == typeof(WireInt) ? element.TryGetInt64(out _)
            : (type.Type == typeof(decimal) || type.Type == typeof(WireDecimal)) && element.TryGetDecimal(out _),
        JsonValueKind.True or JsonValueKind.False => type.Type == typeof(bool),
        _ => false,
    };

    private static JsonTypeInfo InfoOf(Type type, JsonTypeInfo within) => within.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);

    private static OcppVersion SinceOf(JsonPropertyInfo property) =>
        property.AttributeProvider?.IsDefined(typeof(SinceAttribute), false) == true ? OcppVersion.V21 : OcppVersion.V16;

    // The standard counts characters, and a character beyond the first plane is one.
    private static int LengthOf(JsonElement text) => text.GetString()!.EnumerateRunes().Count();
}
