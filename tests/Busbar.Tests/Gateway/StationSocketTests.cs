using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using Busbar.Gateway;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Busbar.Tests.Gateway;

public sealed class StationSocketTests
{
    [Fact]
    public async Task A_connection_that_has_ended_may_still_be_closed_and_called()
    {
        // A newer connection of the station takes over at the moment at which this one is gone already.
        using var peer = new GonePeer();
        var socket = Given(peer);
        await socket.RunAsync(new Inbox(), TestContext.Current.CancellationToken);
        socket.Dispose();

        socket.Close(1008, "replaced by a newer connection");
        Assert.IsType<CallAnswer.NotSent>(await socket.CallAsync("Reset", "{}"u8.ToArray(), TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        socket.CutIfStuck(TimeProvider.System.GetTimestamp());
        Assert.False(socket.IsOpen);
    }

    private static StationSocket Given(WebSocket peer)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var ids = new IdSource(TimeProvider.System);
        var services = new SocketServices(new GatewayOptions(), new GatewayMetrics(meters), TimeProvider.System, ids, NullLogger.Instance);
        var who = new Admission.Admitted(ids.New<TenantId>(), ids.New<TenantId>().Value, "CP-1");
        return new StationSocket(peer, who, OcppVersion.V16, IPAddress.Loopback, services);
    }

    private sealed class Inbox : IStationInbox, IStationHandler
    {
        public IStationHandler Connected(IStationLink link) => this;
        public ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct) => ValueTask.FromResult<CallReply>(CallReply.Silence.Instance);
        public void OnReplied(InboundCall call) { }
        public void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame) { }
        public void OnClosed(string reason) { }
    }

    /// <summary>Has said goodbye before anything was read.</summary>
    private sealed class GonePeer : WebSocket
    {
        public override WebSocketCloseStatus? CloseStatus => WebSocketCloseStatus.NormalClosure;
        public override string? CloseStatusDescription => null;
        public override WebSocketState State => WebSocketState.Closed;
        public override string? SubProtocol => "ocpp1.6";
        public override void Abort() { }
        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;
        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;
        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            Task.FromResult(new WebSocketReceiveResult(0, WebSocketMessageType.Close, true));
        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) => Task.CompletedTask;
        public override void Dispose() { }
    }
}
