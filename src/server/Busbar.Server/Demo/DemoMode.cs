using System.Net;
using System.Security.Cryptography;
using Busbar.Identity;

namespace Busbar.Server.Demo;

/// <summary>
/// What <c>--demo</c> makes of a start: a store of its own that is nobody's business, a network that lives, and doors that open to this machine only. Everything else is as it always is:
/// the demo is set up through the API and told by stations over sockets.
/// </summary>
internal static class DemoMode
{
    private const string Option = "--demo";
    private const string DefaultDirectory = "./data-demo";

    public static bool IsAsked(string[] args) => args.Contains(Option);

    /// <summary>The other arguments: the configuration would take the word behind a lonely name for its value.</summary>
    /// <exception cref="InvalidOperationException">The option was given a value.</exception>
    public static string[] Rest(string[] args) =>
        args.FirstOrDefault(static arg => arg.StartsWith(Option + "=", StringComparison.Ordinal)) is { } valued
            ? throw new InvalidOperationException($"{valued}: {Option} has no value.")
            : [.. args.Where(static arg => arg != Option)];

    /// <summary>The folder of this demo, and the keys of one that has none configured.</summary>
    /// <exception cref="InvalidOperationException">The configuration would let others in, or names a store that is no demo's.</exception>
    public static (DemoFolder Folder, IdentityOptions Identity) Prepare(IConfiguration configuration, IdentityOptions identity, string defaultUrl)
    {
        if (!string.IsNullOrEmpty(configuration["ConnectionStrings:Busbar"])) throw new InvalidOperationException("A demo has an embedded store of its own: start it without ConnectionStrings:Busbar.");
        foreach (var setting in new[] { "http_ports", "https_ports", "Busbar:Stations:Url" })
            if (!string.IsNullOrEmpty(configuration[setting])) throw OnlyHere(setting);
        if (configuration.GetSection("Kestrel:Endpoints").Exists()) throw OnlyHere("Kestrel:Endpoints");
        if (configuration.GetValue<bool>("Busbar:Cluster:Enabled")) throw OnlyHere("Busbar:Cluster:Enabled");
        foreach (var url in (configuration["urls"] ?? defaultUrl).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (!IsHere(url)) throw new InvalidOperationException($"A demo is reached from its own machine only, and {url} is not: use http://localhost:8080 or the like.");
        var directory = configuration["Busbar:DataDirectory"];
        var folder = DemoFolder.Open(Path.GetFullPath(string.IsNullOrEmpty(directory) ? DefaultDirectory : directory));
        return (folder, identity with { AdminKey = identity.AdminKey ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) });

        static InvalidOperationException OnlyHere(string setting) => new($"A demo is one process that is reached from its own machine only: start it without {setting}.");
    }

    // As the web server itself reads it: what it takes for no host it knows, it opens to every network.
    private static bool IsHere(string url) =>
        BindingAddress.Parse(url).Host is var host && (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip)));
}
