using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Ocpi;

/// <summary>OCPI's JSON: snake_case, absent members left out; unknown and repeated members are an error.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 32)]
[JsonSerializable(typeof(V221.Tariff), TypeInfoPropertyName = "Tariff221")]
[JsonSerializable(typeof(V230.Tariff), TypeInfoPropertyName = "Tariff230")]
public sealed partial class OcpiJson : JsonSerializerContext;
