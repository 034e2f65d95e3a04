using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>A fact as one line of JSON, without what is empty: readable in a test, and equal when the facts are.</summary>
internal static class FactText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new AsText<Energy>(energy => energy.ToString()), new AsText<Power>(power => power.ToString()), new Time(), new Token(), new JsonStringEnumConverter() },
    };

    public static string Of(ChargingFact fact)
    {
        var node = JsonSerializer.SerializeToNode(fact, fact.GetType(), Options)!.AsObject();
        foreach (var name in node.Where(pair => pair.Value is System.Text.Json.Nodes.JsonArray { Count: 0 }).Select(pair => pair.Key).ToList()) node.Remove(name);
        foreach (var sample in node["Samples"]?.AsArray() ?? [])
            if (sample!["Issues"]!.AsArray().Count == 0) sample.AsObject().Remove("Issues");
        if (node["Offline"]?.GetValue<bool>() == false) node.Remove("Offline");
        return fact.GetType().Name + " " + node.ToJsonString(Options).Replace('"', '\'');
    }

    private sealed class AsText<T>(Func<T, string> text) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(text(value));
    }

    private sealed class Time : JsonConverter<StationTime>
    {
        public override StationTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, StationTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value.At?.ToRfc3339() ?? "-"} {value.Quality}");
    }

    private sealed class Token : JsonConverter<PresentedToken>
    {
        public override PresentedToken Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();
        public override void Write(Utf8JsonWriter writer, PresentedToken value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Kind.Length == 0 ? value.Uid : $"{value.Uid} ({value.Kind})");
    }
}
