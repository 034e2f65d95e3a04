using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Architecture;
using Busbar.Tests.Support;

namespace Busbar.Tests.Server;

/// <summary>
/// <c>docs/api.txt</c> is what is promised to programs, line by line: whoever changes it sees it in the difference, and a reviewer too. With <c>BUSBAR_WRITE_DOCS=1</c> this test writes it anew.
/// </summary>
public sealed class ApiSurfaceTests(Servers servers)
{
    private static readonly string File = Path.Combine(House.Root, "docs", "api.txt");
    private static readonly string[] Methods = ["get", "post", "put", "patch", "delete"];

    [Fact]
    public async Task The_public_surface_is_what_was_reviewed()
    {
        var surface = Lines(await DocumentAsync());
        if (Environment.GetEnvironmentVariable("BUSBAR_WRITE_DOCS") == "1") await System.IO.File.WriteAllTextAsync(File, surface, TestContext.Current.CancellationToken);
        else Assert.Equal(await System.IO.File.ReadAllTextAsync(File, TestContext.Current.CancellationToken), surface);
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_a_summary_and_a_form_for_what_is_refused()
    {
        var operations = Operations(await DocumentAsync()).Select(it => it.Operation).ToList();
        Assert.True(operations.Count > 80, $"{operations.Count} operations");
        Assert.Equal(operations.Count, operations.Select(it => it.GetProperty("operationId").GetString()).Distinct().Count());
        Assert.All(operations, it => Assert.True(it.GetProperty("responses").TryGetProperty("4XX", out _)));
        Assert.All(operations, it => Assert.Matches("^[A-Z][a-z]+ ", it.GetProperty("summary").GetString()));
    }

    private async Task<JsonElement> DocumentAsync()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        return await server.Admin.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
    }

    private static IEnumerable<(string Name, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        where Methods.Contains(operation.Name)
        select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value);

    private static string Lines(JsonElement document)
    {
        var text = new StringBuilder("# What programs may rely on: operations with their parameters, bodies and answers, then the members of each form. Written by ApiSurfaceTests.\n\n");
        foreach (var (name, operation) in Operations(document).OrderBy(it => it.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name}  {operation.GetProperty("operationId").GetString()}\n");
            var parameters = operation.TryGetProperty("parameters", out var all) ? all.EnumerateArray().Where(it => it.GetProperty("in").GetString() != "path") : [];
            Line("  in", string.Join(", ", parameters.Select(it => it.GetProperty("name").GetString() + (it.TryGetProperty("required", out var required) && required.GetBoolean() ? "" : "?"))));
            if (operation.TryGetProperty("requestBody", out var body)) Line("  body", string.Join(" | ", Content(body)));
            foreach (var answer in operation.GetProperty("responses").EnumerateObject().Where(it => char.IsAsciiDigit(it.Name[0]) && it.Name != "4XX")) Line("  " + answer.Name, string.Join(" | ", Content(answer.Value)), always: true);
        }
        foreach (var schema in document.GetProperty("components").GetProperty("schemas").EnumerateObject().OrderBy(it => it.Name, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{schema.Name} {Shape(schema.Value)}\n");
            var required = schema.Value.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(it => it.GetString()).ToHashSet() : [];
            if (!schema.Value.TryGetProperty("properties", out var members)) continue;
            foreach (var member in members.EnumerateObject()) text.Append(CultureInfo.InvariantCulture, $"  {member.Name}{(required.Contains(member.Name) ? "" : "?")}: {Shape(member.Value)}\n");
        }
        return text.ToString();

        void Line(string label, string said, bool always = false)
        {
            if (said.Length > 0 || always) text.Append($"{label} {said}".TrimEnd()).Append('\n');
        }
    }

    private static IEnumerable<string> Content(JsonElement body) =>
        body.TryGetProperty("content", out var content) ? content.EnumerateObject().Select(kind => kind.Value.TryGetProperty("schema", out var schema) ? Shape(schema) : kind.Name).Distinct() : [];

    private static string Shape(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference)) return reference.GetString()!.Split('/')[^1];
        foreach (var choice in new[] { "oneOf", "anyOf", "allOf" })
            if (schema.TryGetProperty(choice, out var parts)) return string.Join(choice == "allOf" ? " & " : " | ", parts.EnumerateArray().Select(Shape));
        if (schema.TryGetProperty("enum", out var values)) return string.Join(" | ", values.EnumerateArray().Select(it => it.ToString()));
        var type = schema.TryGetProperty("type", out var named) ? named.ValueKind == JsonValueKind.Array ? string.Join("|", named.EnumerateArray().Select(it => it.GetString())) : named.GetString()! : "any";
        if (schema.TryGetProperty("items", out var items)) return $"[{Shape(items)}]{(type.Contains("null", StringComparison.Ordinal) ? "|null" : "")}";
        if (schema.TryGetProperty("pattern", out var pattern) && pattern.GetString() is { } form && form.EndsWith("{26}$", StringComparison.Ordinal)) type += $" {form[1..4]}…";
        return schema.TryGetProperty("format", out var format) ? $"{type} {format.GetString()}" : type;
    }
}
