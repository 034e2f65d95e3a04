using System.Net;
using System.Net.Sockets;

namespace Busbar.Egress;

/// <summary>
/// Which addresses are public: what the IANA special-purpose registries (RFC 6890) call globally reachable, less what reaches further than it says. An IPv6
/// address is taken only from the one block that is given out, and one that holds an IPv4 address is judged by it.
/// </summary>
internal static class AddressJudge
{
    private static readonly IPNetwork[] NotPublic4 = Networks(
        "0.0.0.0/8",            // this network: on Linux the machine itself
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
        "100.64.0.0/10",        // carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",       // link-local, and the clouds' metadata
        "168.63.129.16/32",     // a cloud's own agent, at an address that looks public
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4");

    private static readonly IPNetwork Given6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private static readonly IPNetwork[] NotPublic6 = Networks(
        "2001::/23",            // protocols' own, Teredo among them
        "2001:db8::/32", "3fff::/20",
        "2002::/16");           // 6to4: an IPv4 address behind whoever relays it

    /// <param name="allowed">Not public, and allowed nevertheless.</param>
    public static bool Allows(IPAddress address, IReadOnlyList<IPNetwork> allowed)
    {
        var plain = Unwrap(address);
        return IsPublic(plain) || allowed.Any(network => network.BaseAddress.AddressFamily == plain.AddressFamily && network.Contains(plain));
    }

    /// <summary>Globally reachable, as far as an address can say.</summary>
    public static bool IsPublic(IPAddress address)
    {
        var plain = Unwrap(address);
        if (plain.AddressFamily == AddressFamily.InterNetwork) return !NotPublic4.Any(network => network.Contains(plain));
        return plain.AddressFamily == AddressFamily.InterNetworkV6 && plain.ScopeId == 0
            && Given6.Contains(plain) && !NotPublic6.Any(network => network.Contains(plain)) && !IsIsatap(plain);
    }

    /// <summary>The IPv4 address inside, where a router or the system would take it out: mapped (RFC 4291 2.5.5.2), NAT64 (RFC 6052 2.1).</summary>
    private static IPAddress Unwrap(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 && Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address;
    }

    // RFC 5214 6.1: the interface's half is 0000:5efe or 0200:5efe and an IPv4 address.
    private static bool IsIsatap(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return bytes[8] is 0 or 2 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(network => IPNetwork.Parse(network))];
}
