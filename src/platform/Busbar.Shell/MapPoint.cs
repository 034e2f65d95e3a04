namespace Busbar.Shell;

/// <summary>A place on a map.</summary>
/// <param name="Latitude">Degrees, WGS 84.</param>
/// <param name="Tone">Its colour and its shape.</param>
/// <param name="Text">What is said of it beside its name.</param>
/// <param name="Href">Its page.</param>
public sealed record MapPoint(string Id, string Name, double Latitude, double Longitude, Tone Tone, string Text, string Href);
