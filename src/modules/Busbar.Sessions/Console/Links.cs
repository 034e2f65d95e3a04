using Busbar.Sessions.Contracts;

namespace Busbar.Sessions.Console;

internal static class Links
{
    public const string Sessions = "/console/sessions";
    public const string Cdrs = "/console/cdrs";

    public static string To(SessionId id) => $"{Sessions}/{id}";

    /// <summary>A page of the room that stations are of.</summary>
    public static string ToStation(string identity) => $"/console/stations/{Uri.EscapeDataString(identity)}";
}
