using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Identity.Http;
using Busbar.Ocpi;
using V221 = Busbar.Ocpi.V221;
using V230 = Busbar.Ocpi.V230;

namespace Busbar.Pricing.Api;

/// <summary>Compares an object with what an OCPI version's tariff may have, so that every member that is unknown or missing is named, not only the first.</summary>
internal static class OcpiShape
{
    public static void Compare(JsonElement tariff, OcpiTariffVersion version, string pointer, Check check) =>
        Compare(tariff, version switch
        {
            OcpiTariffVersion.V211 => OcpiJson211.Default.Tariff211,
            OcpiTariffVersion.V221 => OcpiJson.Default.GetTypeInfo(typeof(V221.Tariff)),
            _ => OcpiJson.Default.GetTypeInfo(typeof(V230.Tariff)),
        }, pointer, check);

    private static void Compare(JsonElement element, JsonTypeInfo? type, string pointer, Check check)
    {
        if (check.Full || type is null) return;
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when element.ValueKind == JsonValueKind.Object: CompareObject(element, type, pointer, check); break;
            case JsonTypeInfoKind.Enumerable when element.ValueKind == JsonValueKind.Array:
                var item = InfoOf(type.ElementType!);
                var i = 0;
                foreach (var child in element.EnumerateArray()) Compare(child, item, $"{pointer}/{i++}", check);
                break;
        }
    }

    private static void CompareObject(JsonElement element, JsonTypeInfo type, string pointer, Check check)
    {
        foreach (var member in element.EnumerateObject())
        {
            var here = $"{pointer}/{member.Name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            var property = type.Properties.FirstOrDefault(property => property.Name == member.Name);
            if (check.That(property is not null, here, "unknownMember", "OCPI has no such member here; what it cannot say goes into extensions."))
                Compare(member.Value, InfoOf(property!.PropertyType), here, check);
        }
        foreach (var property in type.Properties)
            if (property.IsRequired && !element.TryGetProperty(property.Name, out _)) check.Fail($"{pointer}/{property.Name}", "required", "Is missing.");
    }

    private static JsonTypeInfo? InfoOf(Type type)
    {
        var own = Nullable.GetUnderlyingType(type) ?? type;
        return OcpiJson.Default.GetTypeInfo(own) ?? OcpiJson211.Default.GetTypeInfo(own);
    }
}
