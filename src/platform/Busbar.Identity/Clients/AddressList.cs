using System.Net;
using System.Net.Sockets;

namespace Busbar.Identity.Clients;

/// <summary>The networks that a client may call from.</summary>
internal sealed class AddressList
{
    private const int MappedBits = 96;

    private readonly IPNetwork[] _networks;

    private AddressList(IPNetwork[] networks) => _networks = networks;

    /// <param name="stored">Networks as <see cref="TryParse"/> writes them, separated by spaces; null: there is no list.</param>
    public static AddressList? Of(string? stored) => stored is null ? null : new AddressList([.. stored.Split(' ').Select(IPNetwork.Parse)]);

    /// <summary>An IPv4 address that a dual-stack socket shows as an IPv6 one is that IPv4 address. A connection without an address is in no list.</summary>
    public bool Contains(IPAddress? source)
    {
        if (source is null) return false;
        var address = source.IsIPv4MappedToIPv6 ? source.MapToIPv4()
            // A scope says which of our interfaces it came by, and is no part of the address.
            : source is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(source.GetAddressBytes()) : source;
        return Array.Exists(_networks, network => network.Contains(address));
    }

    /// <summary>
    /// A network such as <c>192.0.2.0/24</c> or <c>2001:db8::/32</c>, or one address. Nothing that can be read in two ways: no shortened or octal IPv4 address, and no bits beyond the prefix.
    /// </summary>
    /// <param name="network">As it is kept: with its prefix, IPv4 as IPv4.</param>
    public static bool TryParse(string text, out string network)
    {
        network = "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var (written, bits) = slash < 0 ? (text, null) : (text[..slash], text[(slash + 1)..]);
        if (!IPAddress.TryParse(written, out var address) || address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } || written.Contains('%', StringComparison.Ordinal) || written.Contains('[', StringComparison.Ordinal)) return false;
        if (address.AddressFamily == AddressFamily.InterNetwork && address.ToString() != written) return false;
        var most = address.GetAddressBytes().Length * 8;
        var prefix = most;
        if (bits is not null && (!int.TryParse(bits, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out prefix) || prefix > most)) return false;
        if (address.IsIPv4MappedToIPv6)
        {
            if (prefix < MappedBits) return false;
            (address, prefix) = (address.MapToIPv4(), prefix - MappedBits);
        }
        // The library cuts off what is beyond the prefix.
        if (!IPNetwork.TryParse($"{address}/{prefix}", out var parsed) || !parsed.BaseAddress.Equals(address)) return false;
        network = parsed.ToString();
        return true;
    }
}
