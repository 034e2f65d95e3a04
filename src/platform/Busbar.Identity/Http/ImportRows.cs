using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using CsvHelper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Busbar.Identity.Http;

/// <summary>
/// Many objects in one request: a JSON array, or CSV whose header names the members. Rows are counted from 0, and an error's pointer begins
/// with its row. A CSV row becomes the JSON object that it stands for, so that both are read by the same rules; an empty cell is a member not given.
/// </summary>
public sealed record ImportRows<T>(IReadOnlyList<T> Items) : IEndpointParameterMetadataProvider where T : class
{
    private const int MaximumRows = 100_000;
    private const long MaximumBytes = 128L * 1024 * 1024;

    public static async ValueTask<ImportRows<T>?> BindAsync(HttpContext context)
    {
        var bytes = await RequestBytes.ReadAsync(context);
        var check = new Check();
        var read = Read(bytes, context.Request.ContentType?.StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) == true, check);
        check.ThrowIfWrong();
        return read;
    }

    /// <summary>The same from a file. What is wrong is noted in <paramref name="check"/>; then the rows are not to be used.</summary>
    /// <exception cref="ProblemException">It is no JSON at all.</exception>
    public static ImportRows<T> Read(ReadOnlyMemory<byte> bytes, bool isCsv, Check check) => new(isCsv ? FromCsv(bytes, check) : FromJson(bytes, check));

    private static readonly CsvReaderOptions Csv = new()
    {
        TrimWhitespace = true, MaxRecordSize = 1 << 20, IncludeValuesInExceptions = false,
        MalformedData = CsvMalformedDataHandling.Throw, FieldCountMismatch = CsvFieldCountHandling.Throw,
    };

    private static List<T> FromJson(ReadOnlyMemory<byte> bytes, Check check)
    {
        using var document = StrictJson.Parse(bytes);
        var items = new List<T>();
        if (!check.That(document.RootElement.ValueKind == JsonValueKind.Array, "", "invalidValue", "Send an array of objects.")) return items;
        if (!check.That(document.RootElement.GetArrayLength() <= MaximumRows, "", "tooManyRows", $"Send at most {MaximumRows} rows.")) return items;
        foreach (var element in document.RootElement.EnumerateArray())
        {
            if (check.Full) break;
            if (StrictJson.Read<T>(element, $"/{items.Count}", check) is { } item) items.Add(item);
            else items.Add(null!);   // keeps the row's number; a check that failed ends the request
        }
        return items;
    }

    private static List<T> FromCsv(ReadOnlyMemory<byte> bytes, Check check)
    {
        var items = new List<T>();
        if (!check.That(Utf8.IsValid(bytes.Span), "", "malformedCsv", "The body is not valid UTF-8.")) return items;
        var members = ApiJson.Options.GetTypeInfo(typeof(T)).Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        try
        {
            using var csv = CsvReader.Create(bytes, Csv);
            csv.ReadHeader();
            var header = csv.Headers.ToArray();
            foreach (var name in header) check.That(members.ContainsKey(name), "/" + name, "unknownMember", "There is no such column.");
            check.That(header.Distinct().Count() == header.Length, "", "duplicateMember", "A column occurs twice.");
            if (!check.Ok) return items;
            while (!check.Full && csv.Read())
            {
                if (!check.That(items.Count < MaximumRows, "", "tooManyRows", $"Send at most {MaximumRows} rows.")) break;
                using var document = JsonDocument.Parse(ObjectOf(header, csv, members).ToJsonString());
                items.Add(StrictJson.Read<T>(document.RootElement, $"/{items.Count}", check)!);
            }
        }
        catch (CsvFormatException)
        {
            check.Fail($"/{items.Count}", "malformedCsv", "The row is not well-formed: its quotes, or the number of its cells.");
        }
        return items;
    }

    private static JsonObject ObjectOf(string[] header, CsvReader cells, Dictionary<string, JsonPropertyInfo> members)
    {
        var row = new JsonObject();
        for (var i = 0; i < header.Length; i++)
        {
            if (cells.GetString(i) is { Length: > 0 } cell) row[header[i]] = ValueOf(cell, members[header[i]].PropertyType);
        }
        return row;
    }

    private static JsonNode ValueOf(string cell, Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if ((bare == typeof(int) || bare == typeof(long) || bare == typeof(decimal)) && decimal.TryParse(cell, NumberStyles.Number, CultureInfo.InvariantCulture, out var number))
            return JsonValue.Create(number);
        if (bare == typeof(bool) && bool.TryParse(cell, out var flag)) return JsonValue.Create(flag);
        return JsonValue.Create(cell)!;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(["application/json", "text/csv"], typeof(T[])));
        builder.Metadata.Add(new RequestSizeLimitAttribute(MaximumBytes));
    }
}
