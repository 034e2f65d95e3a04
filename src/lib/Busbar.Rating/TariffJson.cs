using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Diagnostics.CodeAnalysis;

namespace Busbar.Rating;

/// <summary>
/// The canonical bytes of a tariff, and their hash, by which a session pins it: members in declared order, absent ones left out, numbers without
/// exponent or trailing zeros, no white space. The same tariff is the same bytes for ever; a change of this form needs a new version of it.
/// </summary>
public static class TariffJson
{
    public static byte[] Write(Tariff tariff) => JsonSerializer.SerializeToUtf8Bytes(tariff, RatingJson.Default.Tariff);

    /// <summary>Reads strictly: unknown and repeated members, missing ones and wrong types are faults. Does not lint.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Tariff? tariff, [NotNullWhen(false)] out TariffFault? fault)
    {
        (tariff, fault) = (null, null);
        try
        {
            tariff = JsonSerializer.Deserialize(json, RatingJson.Default.Tariff);
            var missing = tariff is null ? "" : Missing(tariff);
            if (missing is not null) (tariff, fault) = (null, new TariffFault(missing, "malformed", "An object was expected."));
        }
        catch (JsonException broken)
        {
            fault = new TariffFault(JsonPaths.ToPointer(broken.Path), "malformed", JsonPaths.WithoutPath(broken.Message));
        }
        return tariff is not null;
    }

    /// <exception cref="FormatException">The bytes are not a tariff.</exception>
    public static Tariff Read(ReadOnlySpan<byte> json) =>
        TryRead(json, out var tariff, out var fault) ? tariff : throw new FormatException($"Not a tariff: {fault.Pointer}: {fault.Detail}");

    /// <summary>SHA-256 of the canonical bytes, 64 lower-case hexadecimal digits.</summary>
    public static string Hash(Tariff tariff) => Hash(Write(tariff));

    public static string Hash(ReadOnlySpan<byte> canonical) => Convert.ToHexStringLower(SHA256.HashData(canonical));

    // The serialiser does not look for null inside of lists.
    private static string? Missing(Tariff tariff)
    {
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            if (tariff.Elements[i] is not { } element) return $"/elements/{i}";
            for (var j = 0; j < element.Components.Count; j++)
            {
                if (element.Components[j] is not { } component) return $"/elements/{i}/components/{j}";
                for (var k = 0; k < component.Taxes.Count; k++)
                    if (component.Taxes[k] is null) return $"/elements/{i}/components/{j}/taxes/{k}";
            }
        }
        for (var i = 0; i < (tariff.Calendars?.Count ?? 0); i++)
            if (tariff.Calendars![i] is null) return $"/calendars/{i}";
        return null;
    }
}

/// <summary>A timeline as JSON, in the shape the API has: <c>registerWh</c>, <c>intervalWh</c>, <c>powerW</c>, <c>currentA</c>; canonical as <see cref="TariffJson"/> is.</summary>
public static class TimelineJson
{
    public static byte[] Write(Timeline timeline) => JsonSerializer.SerializeToUtf8Bytes(timeline, RatingJson.Default.Timeline);

    /// <exception cref="FormatException">The bytes are not a timeline.</exception>
    public static Timeline Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var timeline = JsonSerializer.Deserialize(json, RatingJson.Default.Timeline) ?? throw new FormatException("A timeline is an object.");
            if (timeline.Readings.Contains(null!) || timeline.States.Contains(null!)) throw new FormatException("A reading and a state are objects.");
            return timeline;
        }
        catch (JsonException broken)
        {
            throw new FormatException($"Not a timeline: {JsonPaths.ToPointer(broken.Path)}: {JsonPaths.WithoutPath(broken.Message)}", broken);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = 16,
    Converters =
    [
        typeof(CurrencyJson), typeof(DecimalJson), typeof(EnergyJson), typeof(PowerJson), typeof(InstantJson), typeof(LocalTimeJson), typeof(LocalDateJson),
    ])]
[JsonSerializable(typeof(Tariff))]
[JsonSerializable(typeof(Timeline))]
[JsonSerializable(typeof(SessionContext))]
internal sealed partial class RatingJson : JsonSerializerContext;
