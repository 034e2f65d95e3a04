using System.Text.Json;

namespace Busbar.Identity.Http;

/// <summary>An enumeration's member in a query, spelt as in JSON: <c>?type=adHoc</c>. What is no member's name is refused with 400.</summary>
public readonly record struct Named<T>(T Value) where T : struct, Enum
{
    public static bool TryParse(string? text, out Named<T> named)
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (JsonNamingPolicy.CamelCase.ConvertName(value.ToString()) != text) continue;
            named = new Named<T>(value);
            return true;
        }
        named = default;
        return false;
    }
}
