using System.Net;
using System.Net.Sockets;

namespace Busbar.Kernel;

/// <summary>Who an address stands for, where what comes from outside is counted by its source.</summary>
public static class Subscriber
{
    private const int PrefixBytes = 8;

    /// <summary>
    /// An IPv4 address, also where a dual-stack socket shows it as an IPv6 one; or the first address of the /64 of which one IPv6 subscriber commands every
    /// address (RFC 6177 gives nobody less).
    /// </summary>
    public static IPAddress Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress([.. address.GetAddressBytes()[..PrefixBytes], .. new byte[PrefixBytes]]) : address;
    }
}
