using System.Net;
using Microsoft.Extensions.Configuration;

namespace Busbar.Egress;

/// <summary>
/// What a purpose may reach, configured under <c>Busbar:Egress</c> for all and under <c>Busbar:Egress:Purposes:&lt;Name&gt;</c> for one, which adds to the lists
/// and overrides the rest.
/// </summary>
internal sealed class EgressOptions
{
    public const string Section = "Busbar:Egress";
    public const string Purposes = Section + ":Purposes";

    /// <summary>Plain http too: for development.</summary>
    public bool Http { get; set; }

    /// <summary>Ports that may be connected; none: the scheme's own.</summary>
    public List<int> Ports { get; set; } = [];

    /// <summary>Hosts that may be reached, <c>.example.com</c> with all below it; none: any.</summary>
    public List<string> Hosts { get; set; } = [];

    /// <summary>Networks that are not public and may be reached nevertheless, such as <c>127.0.0.0/8</c> for development.</summary>
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>Bytes of an answer.</summary>
    public int AnswerBytes { get; set; } = 1024 * 1024;

    /// <summary>Seconds until connected, TLS included.</summary>
    public int ConnectSeconds { get; set; } = 5;

    /// <summary>Seconds from the request to the answer's last byte.</summary>
    public int Seconds { get; set; } = 20;

    internal IReadOnlyList<IPNetwork> Networks { get; private set; } = [];

    /// <exception cref="InvalidOperationException">A value makes no sense.</exception>
    public static EgressOptions Read(IConfiguration configuration, string? purpose = null)
    {
        var options = new EgressOptions();
        configuration.GetSection(Section).Bind(options);
        if (purpose is not null) configuration.GetSection(Purposes).GetSection(purpose).Bind(options);
        if (options.AnswerBytes <= 0 || options.ConnectSeconds <= 0 || options.Seconds <= 0)
            throw new InvalidOperationException($"{Section}: AnswerBytes, ConnectSeconds and Seconds must be above 0.");
        options.Networks = [.. options.AllowedNetworks.Select(text => IPNetwork.TryParse(text, out var network)
            ? network
            : throw new InvalidOperationException($"{Section}:AllowedNetworks: '{text}' is no network, such as 10.1.0.0/16."))];
        return options;
    }

    public bool HasPort(Uri url) => Ports.Count == 0 ? url.IsDefaultPort : Ports.Contains(url.Port);

    public bool HasHost(string host) => Hosts.Count == 0 || Hosts.Any(known => known.StartsWith('.')
        ? host.EndsWith(known, StringComparison.OrdinalIgnoreCase)
        : string.Equals(host, known, StringComparison.OrdinalIgnoreCase));
}
