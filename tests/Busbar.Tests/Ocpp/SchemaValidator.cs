using System.Globalization;
using System.Text.Json;

namespace Busbar.Tests.Ocpp;

/// <summary>The part of JSON schema (drafts 4 and 6) that OCPP's schemas use. Numbers are compared as decimals: 16.1 is a multiple of 0.1. A keyword that is not known here is an error.</summary>
internal sealed class SchemaValidator(JsonElement root)
{
    private readonly List<string> _faults = [];

    public static IReadOnlyList<string> Validate(JsonElement schema, JsonElement value)
    {
        var validator = new SchemaValidator(schema);
        validator.Check(schema, value, "$");
        return validator._faults;
    }

    public static JsonElement Resolve(JsonElement root, JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
        {
            var target = root;
            foreach (var step in reference.GetString()!.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                target = target.GetProperty(step);
            }

            schema = target;
        }

        return schema;
    }

    private void Check(JsonElement schema, JsonElement value, string path)
    {
        schema = Resolve(root, schema);
        foreach (var keyword in schema.EnumerateObject())
        {
            switch (keyword.Name)
            {
                case "type": Expect(IsType(keyword.Value.GetString()!, value), path, $"is no {keyword.Value}"); break;
                case "enum": Expect(keyword.Value.EnumerateArray().Any(item => item.GetString() == value.GetString()), path, $"{value} is not in the enumeration"); break;
                case "maxLength": Expect(value.ValueKind != JsonValueKind.String || Length(value) <= keyword.Value.GetInt32(), path, "is too long"); break;
                case "minItems": Expect(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() >= keyword.Value.GetInt32(), path, "has too few items"); break;
                case "maxItems": Expect(value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= keyword.Value.GetInt32(), path, "has too many items"); break;
                case "minimum": Expect(value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= keyword.Value.GetDecimal(), path, "is too small"); break;
                case "maximum": Expect(value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= keyword.Value.GetDecimal(), path, "is too big"); break;
                case "multipleOf": Expect(value.ValueKind != JsonValueKind.Number || value.GetDecimal() % keyword.Value.GetDecimal() == 0, path, "is no multiple"); break;
                case "format": CheckFormat(keyword.Value.GetString()!, value, path); break;
                case "required": CheckRequired(keyword.Value, value, path); break;
                case "properties": CheckProperties(keyword.Value, value, path); break;
                case "additionalProperties": CheckAdditional(schema, keyword.Value, value, path); break;
                case "items": CheckItems(keyword.Value, value, path); break;
                case "$schema" or "$id" or "id" or "title" or "description" or "comment" or "$comment" or "javaType" or "default" or "definitions" or "additionalItems": break;
                default: throw new NotSupportedException(keyword.Name);
            }
        }
    }

    private void CheckFormat(string format, JsonElement value, string path)
    {
        switch (format)
        {
            case "date-time":
                Expect(DateTimeOffset.TryParseExact(
                    value.GetString(), ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _), path, "is no date-time");
                break;
            case "uri":
                Expect(Uri.TryCreate(value.GetString(), UriKind.Absolute, out _), path, "is no URI");
                break;
            default:
                throw new NotSupportedException(format);
        }
    }

    private void CheckRequired(JsonElement names, JsonElement value, string path)
    {
        foreach (var name in names.EnumerateArray())
        {
            Expect(value.TryGetProperty(name.GetString()!, out _), path, $"has no {name}");
        }
    }

    private void CheckProperties(JsonElement properties, JsonElement value, string path)
    {
        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var schema))
            {
                Check(schema, member.Value, $"{path}.{member.Name}");
            }
        }
    }

    private void CheckAdditional(JsonElement schema, JsonElement allowed, JsonElement value, string path)
    {
        if (allowed.ValueKind != JsonValueKind.False || value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var member in value.EnumerateObject())
        {
            Expect(schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member.Name, out _), path, $"must not have {member.Name}");
        }
    }

    private void CheckItems(JsonElement schema, JsonElement value, string path)
    {
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            Check(schema, item, $"{path}[{index++}]");
        }
    }

    private void Expect(bool holds, string path, string fault)
    {
        if (!holds)
        {
            _faults.Add($"{path} {fault}");
        }
    }

    /// <summary>In characters, as JSON schema counts them.</summary>
    private static int Length(JsonElement value) => value.GetString()!.EnumerateRunes().Count();

    private static bool IsType(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException(type),
    };
}
