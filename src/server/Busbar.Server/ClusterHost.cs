using System.Net;
using System.Net.Sockets;
using Busbar.Stations;
using Busbar.Storage;
using Orleans.Configuration;

namespace Busbar.Server;

/// <summary>How this process takes part in a cluster, configured under <c>Busbar:Cluster</c>.</summary>
internal sealed class ClusterHostOptions
{
    public const string Section = "Busbar:Cluster";

    /// <summary>Serve the database together with every other process that says so. Needs PostgreSQL.</summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// The IP address of this machine at which the other processes reach this one, and the only one it listens on for them. What passes there is
    /// neither encrypted nor authenticated: a private network's. The default serves processes of one machine.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1";

    /// <summary>The port there; 0 takes a free one. A fixed one lets a process that was killed come back at once.</summary>
    public int Port { get; set; }

    /// <exception cref="InvalidOperationException">An option cannot be so.</exception>
    internal IPEndPoint Endpoint()
    {
        if (!IPAddress.TryParse(Address, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
            throw new InvalidOperationException($"{Section}:Address must be an IP address at which the other processes reach this one, not '{Address}'.");
        if (Port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
            throw new InvalidOperationException($"{Section}:Port must be 0 to {IPEndPoint.MaxPort}, not {Port}.");
        return new IPEndPoint(address, Port == 0 ? FreePort(address) : Port);
    }

    // The port is part of a member's name and must be known before the engine listens on it.
    private static int FreePort(IPAddress address)
    {
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}

/// <summary>Joins the cluster of the database: which processes there are, and calls between them. State and facts stay out of it (docs/adr/0010).</summary>
internal static class ClusterHost
{
    // One database is one cluster; its name need not tell it from others.
    private const string Name = "busbar";

    // A process that was killed is voted dead after about NumMissedProbesLimit probes; until then commands to its stations end as offline or unknown.
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(4);
    private const int MissedProbes = 3;

    // A vote of a member that has been silent for longer than twice this is not waited for.
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    // Commands to one station that may be on their way at once; beyond, they are refused as not sent.
    private const int Mailbox = 100;

    private const int LargestMessage = 16 * 1024 * 1024;

    /// <exception cref="InvalidOperationException">The configuration is wrong.</exception>
    public static void AddCluster(this WebApplicationBuilder builder, Database database)
    {
        var options = builder.Configuration.GetSection(ClusterHostOptions.Section).Get<ClusterHostOptions>() ?? new ClusterHostOptions();
        if (!options.Enabled) return;
        if (database.Kind != DatabaseKind.Postgres)
            throw new InvalidOperationException($"{ClusterHostOptions.Section}:Enabled needs PostgreSQL (ConnectionStrings:Busbar): the embedded store belongs to one process.");
        var endpoint = options.Endpoint();
        // While a killed process is not voted dead, the engine tells of every attempt to reach it, four times a second.
        builder.Logging.AddFilter("Orleans", LogLevel.Error);
        builder.Logging.AddFilter("Orleans.Runtime.MembershipService", LogLevel.Warning);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (Name, Name));
            silo.Configure<SiloOptions>(node => node.SiloName = NodeName.Current);
            silo.Configure<EndpointOptions>(listen =>
            {
                (listen.AdvertisedIPAddress, listen.SiloPort, listen.GatewayPort) = (endpoint.Address, endpoint.Port, 0);
                listen.SiloListeningEndpoint = endpoint;
            });
            silo.Configure<ClusterMembershipOptions>(members =>
            {
                (members.ProbeTimeout, members.NumMissedProbesLimit) = (Probe, MissedProbes);
                (members.IAmAliveTablePublishTimeout, members.NumMissedTableIAmAliveLimit) = (SignOfLife, 2);
                members.TableRefreshTimeout = TimeSpan.FromSeconds(15);
                members.DefunctSiloExpiration = TimeSpan.FromHours(1);
            });
            silo.Configure<SiloMessagingOptions>(messages => (messages.MaxEnqueuedRequestsHardLimit, messages.MaxMessageBodySize) = (Mailbox, LargestMessage));
            silo.Services.AddSingleton<IMembershipTable, MembershipTable>();
            silo.AddStationRouting();
        });
    }
}
