using Busbar.Stations.Contracts;

namespace Busbar.Stations.Console;

internal static class Links
{
    public const string Stations = "/console/stations";

    public const string NewStation = Stations + "/new";

    public static string To(string identity) => $"{Stations}/{Uri.EscapeDataString(identity)}";

    public static string ToConnect(string identity) => $"{To(identity)}/connect";

    public static string ToEdit(string identity) => $"{To(identity)}/edit";

    public static string ToMessages(string identity) => $"{To(identity)}/messages";

    public static string ToHistory(string identity) => $"{To(identity)}/history";

    public static string ToLabel(string identity) => $"{To(identity)}/label";

    public static string ToTechnician(string identity) => $"/console/t/{Uri.EscapeDataString(identity)}";

    public const string Locations = "/console/locations";

    public const string NewLocation = Locations + "/new";

    public static string ToLocation(LocationId id) => $"{Locations}/{id}";

    /// <summary>A page of the room that sessions are of.</summary>
    public static string ToSession(string id) => $"/console/sessions/{Uri.EscapeDataString(id)}";

    /// <summary>What is given of a query, with its question mark.</summary>
    public static string Query(params IEnumerable<(string Name, string? Value)> parts)
    {
        var given = parts.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}").ToArray();
        return given.Length > 0 ? "?" + string.Join('&', given) : "";
    }
}
