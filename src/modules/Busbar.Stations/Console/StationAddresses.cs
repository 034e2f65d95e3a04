using Busbar.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Busbar.Stations.Console;

/// <summary>What is entered on a charger.</summary>
/// <param name="Base">Without the station's id: many chargers add it by themselves.</param>
/// <param name="Full">With it.</param>
internal sealed record StationAddress(string Base, string Full)
{
    public bool IsTls => Base.StartsWith("wss:", StringComparison.Ordinal);
}

/// <summary>Where stations come in, as it looks from outside.</summary>
internal sealed class StationAddresses(IOptions<StationsOptions> options, IConfiguration configuration)
{
    /// <param name="console">How the operator's browser reaches this server: its host is the best guess at the name that chargers know too.</param>
    public StationAddress Of(Uri console, string slug, string identity)
    {
        var door = Door(console) + (slug == IdentityModule.DefaultSlug ? "/ocpp" : "/ocpp/" + slug);
        return new StationAddress(door, $"{door}/{Uri.EscapeDataString(identity)}");
    }

    private string Door(Uri console)
    {
        if (options.Value.PublicUrl is { Length: > 0 } known) return known.TrimEnd('/') is var door && door.EndsWith("/ocpp", StringComparison.Ordinal) ? door[..^5] : door;
        // The stations' own listener, if they have one; the first address of several.
        if (configuration[StationsOptions.Section + ":Url"]?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is not [var url, ..])
            return $"{Scheme(console.Scheme)}://{console.Authority}";
        var own = BindingAddress.Parse(url);
        var host = own.Host is "*" or "+" or "0.0.0.0" or "[::]" ? console.Host : own.Host;
        return $"{Scheme(own.Scheme)}://{host}" + (own.Port == (own.Scheme == "https" ? 443 : 80) ? "" : $":{own.Port}");
    }

    private static string Scheme(string web) => web == "https" ? "wss" : "ws";
}
