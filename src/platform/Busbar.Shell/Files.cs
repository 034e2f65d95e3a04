using System.Security.Cryptography;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Shell;

/// <summary>The console's own files, from the assembly. An address holds the file's hash, so a browser keeps it for good and never has an old one.</summary>
internal static class Files
{
    private const string Folder = ConsoleMap.Root + "/assets/";
    private const string ForGood = "public, max-age=31536000, immutable";

    public static Asset Style { get; } = Asset.Read("console.css", "text/css; charset=utf-8");
    public static Asset Script { get; } = Asset.Read("console.js", "text/javascript; charset=utf-8");
    public static Asset MapScript { get; } = Asset.Read("map.js", "text/javascript; charset=utf-8");

    /// <summary>Coasts and borders, from Natural Earth (public domain).</summary>
    public static Asset World { get; } = Asset.Read("world.json", "application/json");
    public static Asset Framework { get; } = Asset.Read("blazor.web.js", "text/javascript; charset=utf-8");

    public static void Map(IEndpointRouteBuilder app)
    {
        foreach (var asset in new[] { Style, Script, Framework, MapScript, World })
            app.MapGet(Folder + asset.Name, http => asset.SendAsync(http)).Open("the console's style and scripts, without a secret").ExcludeFromDescription();
    }

    public sealed record Asset(string Name, string Type, byte[] Bytes, string Hash)
    {
        public string Address => $"{Folder}{Name}?v={Hash}";

        public static Asset Read(string name, string type)
        {
            using var stream = typeof(Asset).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return new Asset(name, type, bytes, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8)));
        }

        public Task SendAsync(HttpContext http)
        {
            http.Response.ContentType = Type;
            http.Response.ContentLength = Bytes.Length;
            // Asked for by another hash, it is what a newer or older page wants: not to be kept under that name.
            http.Response.Headers.CacheControl = http.Request.Query["v"] == Hash ? ForGood : "no-store";
            return http.Response.Body.WriteAsync(Bytes, http.RequestAborted).AsTask();
        }
    }
}
