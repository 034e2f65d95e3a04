namespace Busbar.Shell;

/// <summary>The console, configured under <c>Busbar:Console</c>.</summary>
internal sealed class ConsoleOptions
{
    public const string Section = "Busbar:Console";

    /// <summary>A server of map tiles, such as <c>https://tiles.example.com/{z}/{x}/{y}.png</c>. Browsers of operators then ask it. None: the map has outlines of its own and asks nobody.</summary>
    public string? TileUrl { get; set; }

    /// <summary>Who made the tiles, as their terms want it shown.</summary>
    public string TileCredit { get; set; } = "";

    internal bool Usable => string.IsNullOrEmpty(TileUrl) || TileOrigin is not null;

    /// <summary>What the page's policy lets images come from besides ourselves.</summary>
    internal string? TileOrigin =>
        !string.IsNullOrEmpty(TileUrl) && TileUrl.Contains("{z}", StringComparison.Ordinal) && TileUrl.Contains("{x}", StringComparison.Ordinal) && TileUrl.Contains("{y}", StringComparison.Ordinal)
        && Uri.TryCreate(TileUrl.Replace('{', '0').Replace('}', '0'), UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url.UserInfo.Length == 0
            ? url.GetLeftPart(UriPartial.Authority)
            : null;
}
