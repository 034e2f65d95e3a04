using System.Text.Json;
using System.Text.Json.Nodes;

namespace Busbar.Tests.Ocpp;

/// <summary>Makes instances of a schema: one with the required members only, and as many with all members as it takes to have each value of each enumeration in one of them.</summary>
internal static class SchemaInstances
{
    private static readonly string[] Letters = ["a", "ä", "\"", "\\", "+", "'", "<", "&", "/", " ", "漢", "🚗", "\t"];

    public static IEnumerable<JsonNode> Of(JsonElement schema)
    {
        yield return Make(schema, schema, maximal: false, turn: 0);
        var turns = Math.Max(2, LongestEnumeration(schema, schema));
        for (var turn = 0; turn < turns; turn++)
        {
            yield return Make(schema, schema, maximal: true, turn);
        }
    }

    private static JsonNode Make(JsonElement root, JsonElement schema, bool maximal, int turn)
    {
        schema = SchemaValidator.Resolve(root, schema);
        if (!schema.TryGetProperty("type", out var type))
        {
            return new JsonObject { ["free"] = new JsonArray(1.50m, null, "x") };
        }

        return type.GetString() switch
        {
            "object" => MakeObject(root, schema, maximal, turn),
            "array" => MakeArray(root, schema, maximal, turn),
            "string" => MakeText(schema, maximal, turn),
            "boolean" => JsonValue.Create(turn % 2 == 0),
            "integer" => JsonValue.Create((long)InRange(schema, maximal ? turn % 2 == 0 ? int.MaxValue : -1 : 1)),
            "number" => JsonValue.Create(InRange(schema, maximal ? (turn % 3) switch { 0 => 16.1m, 1 => -0.1m, _ => 1234567890.5m } : 0m)),
            var other => throw new NotSupportedException(other),
        };
    }

    private static JsonObject MakeObject(JsonElement root, JsonElement schema, bool maximal, int turn)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()).ToHashSet() : [];
        var made = new JsonObject();
        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (maximal || required.Contains(property.Name))
                {
                    made[property.Name] = Make(root, property.Value, maximal, turn);
                }
            }
        }

        var isOpen = !schema.TryGetProperty("additionalProperties", out var additional) || additional.ValueKind != JsonValueKind.False;
        if (isOpen && maximal && made.ContainsKey("vendorId") && schema.TryGetProperty("javaType", out var javaType) && javaType.GetString() == "CustomData")
        {
            made["ofAVendor"] = new JsonObject { ["nested"] = new JsonArray(1.50m, "x", null) };
        }

        return made;
    }

    private static JsonArray MakeArray(JsonElement root, JsonElement schema, bool maximal, int turn)
    {
        var least = schema.TryGetProperty("minItems", out var min) ? min.GetInt32() : 0;
        var most = schema.TryGetProperty("maxItems", out var max) ? max.GetInt32() : int.MaxValue;
        var made = new JsonArray();
        for (var i = 0; i < Math.Min(most, Math.Max(least, maximal ? 2 : 0)); i++)
        {
            made.Add(Make(root, schema.GetProperty("items"), maximal, turn + i));
        }

        return made;
    }

    private static JsonValue MakeText(JsonElement schema, bool maximal, int turn)
    {
        if (schema.TryGetProperty("enum", out var values))
        {
            return JsonValue.Create(values[turn % values.GetArrayLength()].GetString()!);
        }

        if (schema.TryGetProperty("format", out var format))
        {
            return JsonValue.Create(format.GetString() == "uri" ? "https://example.org/a?b=c&d=%20" : (turn % 3) switch
            {
                0 => "2026-11-23T06:00:00Z",
                1 => "2026-11-23T06:00:00.123+02:00",
                _ => "9999-12-31T23:59:59.999Z",
            });
        }

        var length = schema.TryGetProperty("maxLength", out var max) ? max.GetInt32() : 40;
        return JsonValue.Create(maximal ? string.Concat(Enumerable.Range(turn, length).Select(i => Letters[i % Letters.Length])) : "");
    }

    private static decimal InRange(JsonElement schema, decimal wanted)
    {
        var least = schema.TryGetProperty("minimum", out var min) ? min.GetDecimal() : decimal.MinValue;
        var most = schema.TryGetProperty("maximum", out var max) ? max.GetDecimal() : decimal.MaxValue;
        return Math.Clamp(wanted, least, most);
    }

    private static int LongestEnumeration(JsonElement root, JsonElement schema)
    {
        schema = SchemaValidator.Resolve(root, schema);
        var longest = schema.TryGetProperty("enum", out var values) ? values.GetArrayLength() : 0;
        if (schema.TryGetProperty("properties", out var properties))
        {
            longest = properties.EnumerateObject().Aggregate(longest, (so, property) => Math.Max(so, LongestEnumeration(root, property.Value)));
        }

        return schema.TryGetProperty("items", out var items) ? Math.Max(longest, LongestEnumeration(root, items)) : longest;
    }
}
