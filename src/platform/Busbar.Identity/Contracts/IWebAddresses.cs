using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Busbar.Identity;

/// <summary>Where people and programs reach this process; empty while nothing listens. A listener for stations alone is not one of them.</summary>
public interface IWebAddresses
{
    /// <summary>As the web server tells them: <c>http://127.0.0.1:8080</c>, <c>https://[::]:8443</c>.</summary>
    IReadOnlyList<string> All { get; }
}

/// <summary>Where all listeners are the web's.</summary>
internal sealed class EveryAddress(IServer server) : IWebAddresses
{
    public IReadOnlyList<string> All => [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];
}
