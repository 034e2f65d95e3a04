namespace Busbar.Stations.Console;

internal static class Links
{
    public const string Stations = "/console/stations";

    public static string To(string identity) => $"{Stations}/{Uri.EscapeDataString(identity)}";
}
