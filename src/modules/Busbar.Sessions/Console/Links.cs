using Busbar.Sessions.Contracts;

namespace Busbar.Sessions.Console;

internal static class Links
{
    public const string Sessions = "/console/sessions";
    public const string Cdrs = "/console/cdrs";

    public static string To(SessionId id) => $"{Sessions}/{id}";

    public static string To(CdrId id) => $"{Cdrs}/{id}";

    /// <summary>A page of the room that tariffs are of.</summary>
    public static string ToTariff(string id) => $"/console/tariffs/{Uri.EscapeDataString(id)}";

    /// <summary>A page of the room that stations are of.</summary>
    public static string ToStation(string identity) => $"/console/stations/{Uri.EscapeDataString(identity)}";
}
