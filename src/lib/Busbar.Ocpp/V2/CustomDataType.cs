using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Ocpp.V2;

/// <summary>What a vendor may add to any object. The only place where members that the standard does not name are kept and written again.</summary>
public sealed record CustomDataType
{
    public required string VendorId { get; init; }

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Members { get; set; }
}
