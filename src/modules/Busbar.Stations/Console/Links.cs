namespace Busbar.Stations.Console;

internal static class Links
{
    public const string Stations = "/console/stations";

    public const string NewStation = Stations + "/new";

    public static string To(string identity) => $"{Stations}/{Uri.EscapeDataString(identity)}";

    public static string ToConnect(string identity) => $"{To(identity)}/connect";
}
