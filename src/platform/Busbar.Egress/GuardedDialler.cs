using System.Net;
using System.Net.Sockets;
using Busbar.Egress.Contracts;

namespace Busbar.Egress;

/// <summary>Names to addresses.</summary>
internal interface IHostResolver
{
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct);
}

internal sealed class SystemResolver : IHostResolver
{
    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) => Dns.GetHostAddressesAsync(host, ct);
}

/// <summary>
/// Resolves, judges, and connects to the very address that was judged: between the judgement and the connection no name is looked up again. A name with one
/// address that is not allowed is refused whole.
/// </summary>
internal sealed class GuardedDialler(IHostResolver resolver, IReadOnlyList<IPNetwork> allowed)
{
    private const int MaxAddresses = 4;

    public async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken ct)
    {
        var addresses = await resolver.ResolveAsync(target.Host, ct);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        if (!addresses.All(address => AddressJudge.Allows(address, allowed)))
            throw new EgressRefusedException(EgressRefusal.Address, $"{target.Host} is not at a public address.");
        SocketException? failure = null;
        foreach (var address in addresses.Take(MaxAddresses))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), ct);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException error)
            {
                failure = error;
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw failure!;
    }
}
