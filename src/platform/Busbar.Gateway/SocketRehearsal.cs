using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Busbar.Gateway;

/// <summary>A connection that is nobody's, over no network: one CALL, its answer and the goodbye. It is counted in figures that nobody reads.</summary>
internal sealed class SocketRehearsal(TimeProvider clock, IdSource ids) : IWarmUp
{
    private const int MaskedLength = 0x80;

    // Two frames of a client, with a mask of zeros (RFC 6455 5.2): a text, and a close.
    private static readonly byte[] Spoken = [0x81, MaskedLength | 22, 0, 0, 0, 0, .. """[2,"1","Heartbeat",{}]"""u8, 0x88, MaskedLength, 0, 0, 0, 0];

    public bool IsFirst => true;

    public async Task WarmUpAsync(CancellationToken ct)
    {
        using var meters = new NoMeters();
        var services = new SocketServices(new GatewayOptions(), new GatewayMetrics(meters), clock, ids, NullLogger.Instance);
        await using var line = new Line();
        using var socket = WebSocket.CreateFromStream(line, new WebSocketCreationOptions { IsServer = true });
        using var connection = new StationSocket(socket, new Admission.Admitted(new TenantId(Guid.Empty), Guid.Empty, "A", 1), OcppVersion.V16, IPAddress.Loopback, services);
        await connection.RunAsync(new Answering(), ct);
    }

    private sealed class Answering : IStationInbox, IStationHandler
    {
        public IStationHandler Connected(IStationLink link) => this;

        public ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct) => ValueTask.FromResult<CallReply>(new CallReply.Result("{}"u8.ToArray()));

        public void OnReplied(InboundCall call)
        {
            // Nothing follows.
        }

        public void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame)
        {
            // No wire log.
        }

        public void OnClosed(LinkEnd end)
        {
            // Nothing is kept of it.
        }
    }

    private sealed class NoMeters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            // Telemetry listens to all that is named Busbar.
            var meter = new Meter("Rehearsal");
            _made.Add(meter);
            return meter;
        }

        public void Dispose() => _made.ForEach(meter => meter.Dispose());
    }

    /// <summary>What comes is <see cref="Spoken"/>; what is sent is gone.</summary>
    private sealed class Line() : MemoryStream(Spoken, writable: false)
    {
        public override bool CanWrite => true;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
