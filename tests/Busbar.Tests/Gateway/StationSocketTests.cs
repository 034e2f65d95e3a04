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

    [Theory]
    [InlineData("a frame's tap")]
    [InlineData("a reply's news")]
    public async Task A_fault_of_ours_ends_the_connection_and_its_handler_hears_of_it(string where)
    {
        using var peer = new TalkingPeer("""[2,"1","Heartbeat",{}]""");
        using var socket = Given(peer);
        var inbox = new Inbox { Faulty = where };
        await socket.RunAsync(inbox, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(new LinkEnd(LinkEnding.ClosedHere, 1011, "internal error"), inbox.Closed);
        Assert.Equal(WebSocketCloseStatus.InternalServerError, peer.Goodbye);
    }

    private static StationSocket Given(WebSocket peer)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var ids = new IdSource(TimeProvider.System);
        var services = new SocketServices(new GatewayOptions(), new GatewayMetrics(meters), TimeProvider.System, ids, NullLogger.Instance);
        var who = new Admission.Admitted(ids.New<TenantId>(), ids.New<TenantId>().Value, "CP-1", 1);
        return new StationSocket(peer, who, OcppVersion.V16, IPAddress.Loopback, services);
    }

    private sealed class Inbox : IStationInbox, IStationHandler
    {
        public IStationHandler Connected(IStationLink link) => this;
        public string? Faulty { get; init; }
        public LinkEnd? Closed { get; private set; }
        public ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct) => ValueTask.FromResult<CallReply>(new CallReply.Result("{}"u8.ToArray()));
        public void OnReplied(InboundCall call) => Break("a reply's news");
        public void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame) => Break("a frame's tap");
        public void OnClosed(LinkEnd end) => Closed = end;

        private void Break(string where)
        {
            if (where == Faulty) throw new DivideByZeroException();
        }
    }

    /// <summary>Says one thing, then listens until it is told to go.</summary>
    private sealed class TalkingPeer(string frame) : WebSocket
    {
        private readonly TaskCompletionSource<WebSocketReceiveResult> _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _read;

        public WebSocketCloseStatus? Goodbye { get; private set; }
        public override WebSocketCloseStatus? CloseStatus => null;
        public override string? CloseStatusDescription => null;
        public override WebSocketState State => Goodbye is null ? WebSocketState.Open : WebSocketState.Closed;
        public override string? SubProtocol => "ocpp1.6";
        public override void Abort() => _closing.TrySetException(new WebSocketException("aborted"));
        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        {
            Goodbye = closeStatus;
            _closing.TrySetResult(new WebSocketReceiveResult(0, WebSocketMessageType.Close, true));
            return Task.CompletedTask;
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
        {
            if (buffer.Count == 0 && _read == 0) return Task.FromResult(new WebSocketReceiveResult(0, WebSocketMessageType.Text, false));
            if (Interlocked.Exchange(ref _read, 1) == 1) return _closing.Task;
            var bytes = System.Text.Encoding.UTF8.GetBytes(frame);
            bytes.CopyTo(buffer.AsSpan());
            return Task.FromResult(new WebSocketReceiveResult(bytes.Length, WebSocketMessageType.Text, true));
        }

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) => Task.CompletedTask;
        public override void Dispose() { }
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
