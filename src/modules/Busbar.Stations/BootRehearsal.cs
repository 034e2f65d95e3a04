using System.Net;
using Busbar.Gateway.Contracts;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Presence;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations;

/// <summary>A station that is nobody's is looked for, is not known, connects all the same and boots: in books of its own, and without a claim.</summary>
internal sealed class BootRehearsal(
    StationDirectory directory, KeyedHash hash, IChargingDesk desk, SecurityEvents events, ToleranceMetrics tolerance, IOptions<StationsOptions> options, IdSource ids, TimeProvider clock) : IWarmUp
{
    public bool IsFirst => true;

    public async Task WarmUpAsync(CancellationToken ct)
    {
        await directory.FindAsync(new TenantId(Guid.Empty), "A", ct);
        // The first start makes the key meanwhile.
        await hash.ReadyAsync(ct);
        directory.Accepts(null, new byte[16]);
        var actors = new StationActors(new NoLeases(), desk, new PresenceBook(new Hints()), new ConnectionBook(ids, clock), events, tolerance, options, clock);
        var link = new Nobody(clock.GetInstant());
        var handler = actors.Connected(link);
        var call = new InboundCall(FrameKind.Call, "1", "BootNotification", """{"chargePointVendor":"A","chargePointModel":"B"}"""u8.ToArray(), link.ConnectedAt);
        handler.OnFrame(FrameDirection.FromStation, link.ConnectedAt, call.Payload);
        await handler.OnCallAsync(call, ct);
        handler.OnReplied(call);
        handler.OnClosed(new LinkEnd(LinkEnding.ClosedByStation, null, "rehearsed"));
    }

    private sealed class NoLeases : IStationLeases
    {
        public ValueTask<long> ClaimAsync(StationKey key, CancellationToken ct) => ValueTask.FromException<long>(new StorageUnavailableException(new InvalidOperationException("A rehearsal claims nothing.")));
    }

    private sealed class Nobody(Instant at) : IStationLink
    {
        public TenantId Tenant => new(Guid.Empty);
        public Guid Station => Guid.Empty;
        public string Identity => "A";
        public OcppVersion Version => OcppVersion.V16;
        public int SecurityProfile => 1;
        public IPAddress Remote => IPAddress.Loopback;
        public Instant ConnectedAt => at;
        public Instant LastInbound => at;
        public bool IsOpen => true;

        public Task<CallAnswer> CallAsync(string action, ReadOnlyMemory<byte> payload, TimeSpan deadline, CancellationToken ct, SendCondition? only = null) =>
            Task.FromResult<CallAnswer>(new CallAnswer.NotSent("a rehearsal calls nobody"));

        public void Close(int status, string reason)
        {
            // There is no socket.
        }
    }
}
