using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Ocpp.V2;

namespace Busbar.Tests.Ocpp;

/// <summary>Every schema of the standard, made into messages, read into our types, written again: nothing is lost, nothing is added, and what is written is valid.</summary>
public sealed class RoundTripTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_message_of_1_6_reads_and_writes() => RoundTrip(
        SchemaSet.Read("ocpp1.6", "ocpp1.6-security"), 78, OcppVersion.V16,
        name => TypeOf(Ocpp16Actions.ByName, name.EndsWith("Response", StringComparison.Ordinal) ? name : name + "Request"));

    [Fact]
    public void Every_message_of_2_0_1_reads_and_writes() => RoundTrip(SchemaSet.Read("ocpp2.0.1"), 128, OcppVersion.V201, name => TypeOf(Ocpp2Actions.ByName, name));

    [Fact]
    public void Every_message_of_2_1_reads_and_writes() => RoundTrip(SchemaSet.Read("ocpp2.1"), 181, OcppVersion.V21, name => TypeOf(Ocpp2Actions.ByName, name));

    [Fact]
    public void A_message_of_2_1_is_written_for_a_2_0_1_station_without_what_is_new()
    {
        var old = SchemaSet.Read("ocpp2.0.1").ToDictionary(pair => pair.Name, pair => pair.Schema);
        var files = 0;
        var instances = 0;
        foreach (var (name, schema) in SchemaSet.Read("ocpp2.1"))
        {
            if (!old.TryGetValue(name, out var oldSchema))
            {
                continue;
            }

            files++;
            foreach (var instance in SchemaInstances.Of(schema))
            {
                // The members are what is compared: values of 2.1 (a new measurand, a longer text) are the sender's business.
                var written = Rewrite(TypeOf(Ocpp2Actions.ByName, name), instance, OcppVersion.V201);
                Assert.DoesNotContain(SchemaValidator.Validate(oldSchema, written), fault => fault.Contains("must not have", StringComparison.Ordinal));
                instances++;
            }
        }

        output.WriteLine($"{files} messages that both versions have, {instances} instances");
        Assert.Equal(128, files);
    }

    [Fact]
    public void The_marks_in_the_code_are_the_table_that_leaves_members_out()
    {
        var marked =
            from type in typeof(SinceAttribute).Assembly.GetTypes()
            where type.Namespace == "Busbar.Ocpp.V2"
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.GetCustomAttribute<SinceAttribute>() is not null
            select (Type: type, property.Name);
        var marks = marked.ToList();
        Assert.NotEmpty(marks);
        foreach (var (type, name) in marks)
        {
            var property = Ocpp2Json.Options(OcppVersion.V201).GetTypeInfo(type).Properties.Single(p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase));
            Assert.False(property.ShouldSerialize!(new object(), new object()));
        }
    }

    [Theory]
    [InlineData("Celcius")]
    [InlineData("Celsius")]
    public void Both_spellings_of_the_degree_are_known(string unit)
    {
        var request = Ocpp16Json.Read<Busbar.Ocpp.V16.MeterValuesRequest>(JsonSerializer.SerializeToUtf8Bytes(new
        {
            connectorId = 1,
            meterValue = new[] { new { timestamp = "2026-01-01T00:00:00Z", sampledValue = new[] { new { value = "21.5", unit } } } },
        }));
        var read = request.MeterValues[0].SampledValues[0].Unit!.Value;
        Assert.Equal(unit, read.Value);
        Assert.True(read.IsKnown());
    }

    [Fact]
    public void The_misspelt_cost_dimension_of_2_1_is_kept() => Assert.Equal("IdleTIme", Assert.Single(CostDimensionEnum.Known, value => value.Value.StartsWith("Idle", StringComparison.Ordinal)).Value);

    private static JsonTypeInfo TypeOf(IReadOnlyDictionary<string, OcppAction> actions, string name)
    {
        if (actions.TryGetValue(name, out var send) && send.IsSend)
        {
            return send.RequestInfo;
        }

        var isResponse = name.EndsWith("Response", StringComparison.Ordinal);
        var action = actions[name[..^(isResponse ? "Response" : "Request").Length]];
        Assert.False(action.IsSend);
        var info = isResponse ? action.ResponseInfo! : action.RequestInfo;
        Assert.Equal(name, info.Type.Name);
        return info;
    }

    private static JsonElement Rewrite(JsonTypeInfo type, JsonNode instance, OcppVersion version)
    {
        var payload = JsonSerializer.SerializeToUtf8Bytes(instance);
        Assert.True(WireJson.TryRead(payload, type, out var message, out var error), $"{type.Type.Name}: {error}\n{instance.ToJsonString()}");
        var options = version == OcppVersion.V16 ? Ocpp16Json.Options : Ocpp2Json.Options(version);
        return JsonElement.Parse(JsonSerializer.SerializeToUtf8Bytes(message, options.GetTypeInfo(type.Type)));
    }

    private void RoundTrip(IReadOnlyList<(string Name, JsonElement Schema)> schemas, int expected, OcppVersion version, Func<string, JsonTypeInfo> typeOf)
    {
        var instances = 0;
        foreach (var (name, schema) in schemas)
        {
            var type = typeOf(name);
            foreach (var instance in SchemaInstances.Of(schema))
            {
                var original = JsonElement.Parse(JsonSerializer.SerializeToUtf8Bytes(instance));
                Assert.True(SchemaValidator.Validate(schema, original) is [], $"{name}: the test's own instance is not valid: {string.Join("; ", SchemaValidator.Validate(schema, original))}");
                var written = Rewrite(type, instance, version);
                var difference = Difference(original, written, "$");
                Assert.True(difference is null, $"{name}: {difference}");
                Assert.True(SchemaValidator.Validate(schema, written) is [], $"{name}: {string.Join("; ", SchemaValidator.Validate(schema, written))}");
                instances++;
            }
        }

        output.WriteLine($"{version}: {schemas.Count} schema files read, {instances} instances there and back");
        Assert.Equal(expected, schemas.Count);
    }

    /// <summary>Where two JSON values differ; numbers by their value, members in any order.</summary>
    private static string? Difference(JsonElement expected, JsonElement actual, string path)
    {
        if (expected.ValueKind != actual.ValueKind)
        {
            return $"{path}: {expected} became {actual}";
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var names = expected.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal).ToList();
                var others = actual.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal).ToList();
                return names.SequenceEqual(others)
                    ? names.Select(name => Difference(expected.GetProperty(name), actual.GetProperty(name), $"{path}.{name}")).FirstOrDefault(difference => difference is not null)
                    : $"{path}: members [{string.Join(", ", names)}] became [{string.Join(", ", others)}]";
            case JsonValueKind.Array:
                return expected.GetArrayLength() == actual.GetArrayLength()
                    ? expected.EnumerateArray().Zip(actual.EnumerateArray()).Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(difference => difference is not null)
                    : $"{path}: {expected.GetArrayLength()} items became {actual.GetArrayLength()}";
            case JsonValueKind.Number:
                return expected.GetDecimal() == actual.GetDecimal() ? null : $"{path}: {expected} became {actual}";
            case JsonValueKind.String:
                return expected.GetString() == actual.GetString() ? null : $"{path}: {expected} became {actual}";
            default:
                return null;
        }
    }
}
