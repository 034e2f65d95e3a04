using System.Text.Json;

namespace OcppGen;

internal sealed record Value(string Text, bool IsNew);

internal sealed record Enumeration(string Name, IReadOnlyList<Value> Values);

/// <summary>How a member is typed: one of the scalars, a datatype, an enumeration; in a list or not.</summary>
internal sealed record Member(string Name, string ClrType, string? Refers, bool IsList, bool Required, bool IsNew, string? Converter)
{
    /// <summary>The most characters in 2.0.1 and in 2.1; 0: no bound.</summary>
    public (int Old, int Now) MaxLength { get; init; }
}

internal sealed record ObjectType(string Name, bool IsNew, IReadOnlyList<Member> Members);

/// <summary>The message types of 2.1 with what 2.0.1 knows of them marked: one set of types for both versions.</summary>
internal sealed class Family
{
    // What stations get wrong in messages that carry money or state must not make the message unreadable.
    private static readonly HashSet<string> TolerantTypes =
    [
        "TransactionEventRequest", "MeterValuesRequest", "StatusNotificationRequest", "AuthorizeRequest", "TransactionType", "SampledValueType", "UnitOfMeasureType",
    ];

    private static readonly HashSet<(string Type, string Member)> TolerantTexts = [("IdTokenType", "idToken"), ("TransactionType", "transactionId")];

    // Counters that a station chooses and that outgrow 32 bits on some.
    private static readonly HashSet<(string Type, string Member)> Longs = [("EventDataType", "eventId"), ("EventDataType", "cause")];

    // Enumerations of 2.0.1 that 2.1 made open strings with values in its appendix; these are the appendix's additions.
    private static readonly Dictionary<string, string[]> Reopened = new()
    {
        ["ChargingLimitSourceEnumType"] = [],
        ["ConnectorEnumType"] = ["cChaoJi", "cGBT-DC", "cLECCS", "cMCS", "cNACS", "cNACS-CCS1", "cCCS1-NACS", "cUltraChaoJi"],
        ["IdTokenEnumType"] = ["DirectPayment", "EVCCID", "VIN"],
    };

    public SortedDictionary<string, ObjectType> Messages { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, ObjectType> Objects { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, Enumeration> Enumerations { get; } = new(StringComparer.Ordinal);

    public static Family Read(string folder)
    {
        var old = Schemas(Path.Combine(folder, "ocpp2.0.1"));
        var now = Schemas(Path.Combine(folder, "ocpp2.1"));
        var oldDefinitions = Definitions(old);
        var family = new Family();
        foreach (var (name, schema) in now)
        {
            var hasOld = old.TryGetValue(name, out var before);
            family.Messages[name] = Object(name, schema, hasOld ? before : null);
        }

        foreach (var (name, schema) in Definitions(now))
        {
            var hasOld = oldDefinitions.TryGetValue(name, out var before);
            if (schema.TryGetProperty("enum", out var values))
            {
                var known = hasOld ? Texts(before.GetProperty("enum")).ToHashSet() : null;
                family.Enumerations[ClrName(name)] = new(ClrName(name), [.. Texts(values).Select(text => new Value(text, known is not null && !known.Contains(text)))]);
            }
            else if (name != "CustomDataType")
            {
                family.Objects[name] = Object(name, schema, hasOld ? before : null);
            }
        }

        foreach (var (name, additions) in Reopened)
        {
            family.Enumerations[ClrName(name)] = new(
                ClrName(name),
                [.. Texts(oldDefinitions[name].GetProperty("enum")).Select(text => new Value(text, false)).Concat(additions.Select(text => new Value(text, true))).DistinctBy(value => value.Text)]);
        }

        return family;
    }

    /// <summary>IdTokenType stays, MeasurandEnumType becomes MeasurandEnum.</summary>
    public static string ClrName(string definition) => definition.EndsWith("EnumType", StringComparison.Ordinal) ? definition[..^4] : definition;

    private static ObjectType Object(string name, JsonElement schema, JsonElement? before)
    {
        var required = Required(schema);
        var oldRequired = before is { } b ? Required(b) : null;
        var members = new List<Member>();
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                JsonElement oldMember = default;
                var isOld = before is { } o && o.TryGetProperty("properties", out var oldProperties) && oldProperties.TryGetProperty(property.Name, out oldMember);
                var isNew = before is not null && !isOld;

                // Required is what both versions require.
                var isRequired = required.Contains(property.Name) && (oldRequired is null || oldRequired.Contains(property.Name));
                members.Add(Typed(name, property.Name, property.Value, isOld ? oldMember : null, isRequired, isNew) with { MaxLength = (isOld ? MaxLength(oldMember) : 0, MaxLength(property.Value)) });
            }
        }

        if (before is { } all && all.TryGetProperty("properties", out var left))
        {
            foreach (var property in left.EnumerateObject())
            {
                if (members.All(member => member.Name != property.Name))
                {
                    throw new InvalidOperationException($"{name}.{property.Name} is in 2.0.1 only");
                }
            }
        }

        return new(name, before is null, members);
    }

    private static Member Typed(string owner, string name, JsonElement schema, JsonElement? before, bool required, bool isNew)
    {
        if (schema.TryGetProperty("type", out var type) && type.GetString() == "array")
        {
            var item = Typed(owner, name, schema.GetProperty("items"), before?.GetProperty("items"), required: true, isNew: false);
            return item with { IsList = true, Required = required, IsNew = isNew };
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            var target = reference.GetString()!.Split('/')[^1];
            return new(name, ClrName(target), target == "CustomDataType" ? null : ClrName(target), false, required, isNew, null);
        }

        if (before is { } old && old.TryGetProperty("$ref", out var oldReference))
        {
            var target = oldReference.GetString()!.Split('/')[^1];
            return Reopened.ContainsKey(target)
                ? new(name, ClrName(target), ClrName(target), false, required, isNew, null)
                : throw new InvalidOperationException($"{owner}.{name} was {target}");
        }

        var tolerant = TolerantTypes.Contains(owner);
        var isTime = schema.TryGetProperty("format", out var format) && format.GetString() == "date-time";
        var clr = schema.TryGetProperty("type", out type) ? type.GetString() : null;
        return clr switch
        {
            "string" when isTime => new(name, "WireTime", null, false, required, isNew, null),
            "string" => new(name, "string", null, false, required, isNew, TolerantTexts.Contains((owner, name)) ? "WireTextConverter" : null),
            "integer" => new(name, tolerant ? "WireInt" : Longs.Contains((owner, name)) ? "long" : "int", null, false, required, isNew, null),
            "number" => new(name, tolerant ? "WireDecimal" : "decimal", null, false, required, isNew, null),
            "boolean" => new(name, "bool", null, false, required, isNew, null),
            null => new(name, "JsonElement", null, false, required, isNew, null),
            _ => throw new InvalidOperationException($"{owner}.{name} is {clr}"),
        };
    }

    private static SortedDictionary<string, JsonElement> Schemas(string folder)
    {
        var schemas = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
        {
            schemas[Path.GetFileNameWithoutExtension(file)] = JsonElement.Parse(File.ReadAllBytes(file).AsSpan() is [0xEF, 0xBB, 0xBF, .. var rest] ? rest : File.ReadAllBytes(file));
        }

        return schemas;
    }

    private static Dictionary<string, JsonElement> Definitions(SortedDictionary<string, JsonElement> schemas)
    {
        var definitions = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var schema in schemas.Values)
        {
            if (schema.TryGetProperty("definitions", out var some))
            {
                foreach (var definition in some.EnumerateObject())
                {
                    definitions.TryAdd(definition.Name, definition.Value);
                }
            }
        }

        return definitions;
    }

    private static int MaxLength(JsonElement member) =>
        member.TryGetProperty("items", out var items) ? MaxLength(items) : member.TryGetProperty("maxLength", out var most) ? most.GetInt32() : 0;

    private static HashSet<string> Required(JsonElement schema) => schema.TryGetProperty("required", out var names) ? [.. Texts(names)] : [];

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(item => item.GetString()!);
}
