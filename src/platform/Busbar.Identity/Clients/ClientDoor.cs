using System.Net;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Clients;

/// <summary>Who comes in as a program: by a key, or by a token that a key was changed for. Who does not looks the same from outside, whatever it was.</summary>
internal sealed class ClientDoor(IdentityDirectory directory, AccessTokens tokens, DoorAudit audit, TimeProvider clock)
{
    /// <param name="credential">Null: there is none that could be one.</param>
    public ClientEntry? Enter(HttpContext context, string? credential) =>
        Admit(context, credential is null ? null : tokens.Read(credential) ?? directory.Authenticate(credential));

    /// <summary>As <see cref="Enter"/>, by the client's own key only.</summary>
    public ClientEntry? EnterByKey(HttpContext context, string id, string key) =>
        Admit(context, directory.Authenticate(key) is { } entry && entry.Client.Id.ToString() == id ? entry : null);

    private ClientEntry? Admit(HttpContext context, ClientEntry? entry)
    {
        var address = context.Connection.RemoteIpAddress;
        if (entry is null) audit.KeyRefused(RequestLimits.SourceOf(context));
        else if (entry.Client.IsOver(clock.GetInstant())) audit.ClientRefused(entry.Client, AddressOf(address), "expiredKeyRefused");
        else if (entry.Client.Addresses?.Contains(address) == false) audit.ClientRefused(entry.Client, AddressOf(address), "addressRefused");
        else
        {
            directory.Used(entry.Client, AddressOf(address));
            return entry;
        }
        return null;
    }

    /// <summary>An IPv4 address as one; empty where the connection has none.</summary>
    public static string AddressOf(IPAddress? address) => address is null ? "" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
}
