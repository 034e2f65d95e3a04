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

/// <summary>The same for 2.1.1, whose types have the names of later ones.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    MaxDepth = 32)]
[JsonSerializable(typeof(V211.Tariff), TypeInfoPropertyName = "Tariff211")]
public sealed partial class OcpiJson211 : JsonSerializerContext;
