using System.Globalization;
using System.Text;
using QRCoder;

namespace Busbar.Identity;

/// <summary>A QR code as an SVG's path, for the pages before the sign-in and the console's alike.</summary>
public static class QrDrawing
{
    /// <summary>Its side in modules, with the quiet zone, and the dark ones as a path: a run of a row is one rectangle.</summary>
    public static (int Size, string Path) Draw(string content)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(content, QRCodeGenerator.ECCLevel.M, forceUtf8: true);
        var (rows, path) = (code.ModuleMatrix, new StringBuilder());
        for (var y = 0; y < rows.Count; y++)
        {
            for (var x = 0; x < rows.Count; x++)
            {
                if (!rows[y][x]) continue;
                var from = x;
                while (x < rows.Count && rows[y][x]) x++;
                path.Append(CultureInfo.InvariantCulture, $"M{from} {y}h{x - from}v1h-{x - from}z");
            }
        }
        return (rows.Count, path.ToString());
    }
}
