using System.Net;
using System.Net.WebSockets;
using System.Threading.Channels;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Gateway;

/// <summary>What the sockets of a process share.</summary>
internal sealed record SocketServices(GatewayOptions Limits, GatewayMetrics Metrics, TimeProvider Clock, IdSource Ids, ILogger Log);

/// <summary>
/// One connection. Two lanes: the read loop never awaits a handler; answers to our CALLs complete the outgoing lane directly, and the
/// station's CALLs go to a bounded queue with one consumer. When that queue is full, or the station's token bucket is empty, reading pauses.
/// </summary>
internal sealed class StationSocket : IStationLink, IDisposable
{
    private readonly WebSocket _socket;
    private readonly Action? _cut;
    private readonly SocketServices _services;
    private readonly SendQueue _send;
    private readonly CallLane _calls;
    private readonly FrameReceiver _receiver;
    private readonly Channel<Inbound> _inbound;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _ended = new();
    private IStationHandler? _handler;
    private TokenBucket _bucket;
    private long _lastInbound;
    private CallReply.Hangup? _closing;
    private int _open = 1;
    private int _goodbye;

    /// <param name="cut">Ends the connection below the WebSocket at once; null where there is none.</param>
    public StationSocket(WebSocket socket, Admission.Admitted who, OcppVersion version, IPAddress remote, SocketServices services, Action? cut = null)
    {
        _socket = socket;
        _cut = cut;
        _services = services;
        Tenant = who.Tenant;
        Station = who.Station;
        Identity = who.Identity;
        Version = version;
        SecurityProfile = who.SecurityProfile;
        Remote = remote;
        ConnectedAt = services.Clock.GetInstant();
        _lastInbound = ConnectedAt.ToUnixTimeMilliseconds();
        _bucket = new TokenBucket(services.Limits.FramesPerSecond, services.Limits.FrameBurst);
        _send = new SendQueue(socket, services.Limits, services.Clock);
        _calls = new CallLane(_send, services.Limits, services.Metrics, services.Clock, services.Ids, frame => Tap(FrameDirection.ToStation, frame));
        _receiver = new FrameReceiver(socket, services.Limits, () => _calls.ActionInFlight);
        _inbound = Channel.CreateBounded<Inbound>(
            new BoundedChannelOptions(services.Limits.InboundFrames) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });
    }

    public TenantId Tenant { get; }
    public Guid Station { get; }
    public string Identity { get; }
    public OcppVersion Version { get; }
    public int SecurityProfile { get; }
    public IPAddress Remote { get; }
    public Instant ConnectedAt { get; }
    public Instant LastInbound => Instant.FromUnixTimeMilliseconds(Volatile.Read(ref _lastInbound));
    public bool IsOpen => Volatile.Read(ref _open) == 1;

    /// <summary>Serves the connection until it ends; returns when its last frame was handled.</summary>
    public async Task RunAsync(IStationInbox inbox, CancellationToken ct)
    {
        using var stopping = ct.UnsafeRegister(static socket => ((StationSocket)socket!).Close(CallReply.Hangup.Restarting.Status, CallReply.Hangup.Restarting.Reason), this);
        _handler = inbox.Connected(this);
        var handling = HandleAllAsync();
        LinkEnd end;
        try
        {
            await ReadAllAsync();
            // Where we ended it, the station's own goodbye is only its answer.
            end = ClosedHere() ?? new LinkEnd(LinkEnding.ClosedByStation, (int?)_socket.CloseStatus, "closed by the station");
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            end = ClosedHere() ?? (IsUnanswered(error) ? new LinkEnd(LinkEnding.NoPong, null, "no pong") : new LinkEnd(LinkEnding.Broken, null, "the connection broke"));
        }
        catch (Exception error)
        {
            Fail(error);
            end = ClosedHere()!;
        }
        Volatile.Write(ref _open, 0);
        await _ended.CancelAsync();
        _inbound.Writer.TryComplete();
        _calls.Dispose();
        _send.Close();
        await handling;
        await GoodbyeAsync();
        _handler.OnClosed(end);
        _services.Metrics.Closed(end.Reason);
    }

    public Task<CallAnswer> CallAsync(string action, ReadOnlyMemory<byte> payload, TimeSpan deadline, CancellationToken ct, SendCondition? only = null) =>
        _calls.CallAsync(action, payload, deadline, ct, only);

    public void Close(int status, string reason)
    {
        if (Interlocked.CompareExchange(ref _closing, new CallReply.Hangup(status, reason), null) is not null) return;
        _stop.Cancel();
        _ = GoodbyeAsync();
    }

    // The token sources are not disposed: a newer connection may still close this one after it has ended, and without timers they hold nothing.
    public void Dispose() => _calls.Dispose();

    /// <summary>Called by the sweeper: cuts a station that does not take what is sent to it.</summary>
    public void CutIfStuck(long now)
    {
        if (!_send.IsStuck(now)) return;
        // Without a status: there is nobody to tell it.
        Interlocked.CompareExchange(ref _closing, new CallReply.Hangup(0, "slow reader"), null);
        Cut();
    }

    // Aborting the WebSocket leaves what was not sent yet to the web server, which waits for a peer that does not read: the connection would stay, for ever. So it
    // goes first; and with it gone, aborting the WebSocket has nothing left to wait for.
    private void Cut()
    {
        _cut?.Invoke();
        _socket.Abort();
    }

    private LinkEnd? ClosedHere() => _closing is { } ours ? new LinkEnd(LinkEnding.ClosedHere, ours.Status == 0 ? null : ours.Status, ours.Reason) : null;

    // A ping that is not answered in time is the one fault that the runtime finds by itself: it then aborts the connection from our side, which a peer cannot.
    private static bool IsUnanswered(Exception? error) => error switch
    {
        null => false,
        AggregateException several => several.InnerExceptions.Any(IsUnanswered),
        _ => error is ConnectionAbortedException or WebSocketException { WebSocketErrorCode: WebSocketError.Faulted } || IsUnanswered(error.InnerException),
    };

    private async Task ReadAllAsync()
    {
        while (true)
        {
            // Without a token: cancelling a receive aborts the socket, and the close frame with its status would never leave.
            var (kind, frame) = await _receiver.NextAsync(CancellationToken.None);
            if (kind != Received.Frame)
            {
                Refuse(kind);
                if (kind != Received.Closed) await _receiver.DiscardAsync();   // at most until the goodbye loses its patience
                return;
            }
            if (_stop.IsCancellationRequested)
            {
                // What still comes is thrown away as fast as it comes: not on a thread that the goodbye may need.
                await Task.Yield();
                continue;
            }
            // It reads on when it is ended while it waits: who leaves here disposes the socket, and the goodbye would take that for the peer's answer and not cut.
            await TakeAsync(frame);
        }
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var at = _services.Clock.GetInstant();
            Volatile.Write(ref _lastInbound, at.ToUnixTimeMilliseconds());
            _services.Metrics.Received();
            var wait = _bucket.Take(_services.Clock.GetUtcNow().Ticks);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, _services.Clock, _stop.Token);
                _bucket.Take(_services.Clock.GetUtcNow().Ticks);
            }
            _handler!.OnFrame(FrameDirection.FromStation, at, frame);

            var outcome = RpcReader.Read(frame, Version, out var rpc);
            if (outcome.IsOk && rpc.Kind is FrameKind.CallResult or FrameKind.CallError or FrameKind.CallResultError) _calls.Answer(rpc);
            else if (!_inbound.Writer.TryWrite(new Inbound(outcome, rpc, at))) await _inbound.Writer.WriteAsync(new Inbound(outcome, rpc, at), _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The connection was ended meanwhile.
        }
    }

    private void Refuse(Received kind)
    {
        if (kind == Received.TooLong) Close(1009, "message too long");
        else if (kind == Received.Binary) Close(1003, "binary messages are not OCPP-J");
    }

    private async Task HandleAllAsync()
    {
        try
        {
            await foreach (var inbound in _inbound.Reader.ReadAllAsync())
            {
                if (_stop.IsCancellationRequested) continue;   // not answered, so the station keeps its copy
                if (inbound.Outcome.IsOk)
                    await HandleAsync(new InboundCall(inbound.Frame.Kind, inbound.Frame.MessageId, inbound.Frame.Action, inbound.Frame.Payload, inbound.At));
                else AnswerMalformed(inbound.Outcome);
            }
        }
        catch (Exception error) { Fail(error); }
    }

    /// <summary>The connection ends by a fault of ours; the station keeps what was not answered.</summary>
    private void Fail(Exception error)
    {
        Log.ConnectionFailed(_services.Log, error, Identity);
        Close(1011, "internal error");
    }

    private async ValueTask HandleAsync(InboundCall call)
    {
        CallReply reply;
        try
        {
            reply = await _handler!.OnCallAsync(call, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            // Our own trouble is never a CALLERROR: the station keeps its copy and sends it again.
            Log.HandlerFailed(_services.Log, error, Identity, call.Action);
            reply = CallReply.Hangup.NotDurable;
        }
        if (reply is CallReply.Hangup hangup)
        {
            Close(hangup.Status, hangup.Reason);
            return;
        }
        if (reply is CallReply.Silence || call.Kind == FrameKind.Send) return;
        var frame = FrameBytes.Render((call, reply), static (output, state) =>
        {
            if (state.reply is CallReply.Result result) RpcWriter.WriteCallResult(output, state.call.MessageId, result.Payload.Span);
            else if (state.reply is CallReply.Error error) RpcWriter.WriteCallError(output, state.call.MessageId, error.Code, error.Description);
        });
        Send(frame);
        _handler!.OnReplied(call);
    }

    private void AnswerMalformed(RpcReadOutcome outcome)
    {
        Log.MalformedFrame(_services.Log, Identity, outcome.Verdict);
        if (outcome.Answer(Version) is not { } answer) return;
        Send(FrameBytes.Render(answer, static (output, error) => RpcWriter.WriteAnswer(output, error)));
    }

    private void Send(byte[] frame)
    {
        Tap(FrameDirection.ToStation, frame);
        if (!_send.TryEnqueue(frame)) Close(1008, "slow reader");
    }

    private void Tap(FrameDirection direction, ReadOnlyMemory<byte> frame)
    {
        if (direction == FrameDirection.ToStation) _services.Metrics.Sent();
        _handler!.OnFrame(direction, _services.Clock.GetInstant(), frame);
    }

    /// <summary>
    /// Sends the close frame once and gives the peer two seconds to answer it. A peer that does not, or whose send buffer is full, is cut.
    /// </summary>
    private async Task GoodbyeAsync()
    {
        if (Interlocked.Exchange(ref _goodbye, 1) == 1) return;
        var said = true;
        try
        {
            var patience = TimeSpan.FromSeconds(2);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                var status = _closing is { Status: not 0 } ours ? (WebSocketCloseStatus)ours.Status : WebSocketCloseStatus.NormalClosure;
                said = false;
                await _socket.CloseOutputAsync(status, _closing?.Reason, CancellationToken.None).WaitAsync(patience, _services.Clock);
                said = true;
            }
            if (_socket.State == WebSocketState.CloseSent) await Task.Delay(patience, _services.Clock, _ended.Token);
        }
        catch (Exception error) when (error is WebSocketException or TimeoutException or OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The peer is gone already, or does not read; there is nobody to say goodbye to.
        }
        if (!said || _socket.State != WebSocketState.Closed) Cut();
    }

    private readonly record struct Inbound(RpcReadOutcome Outcome, RpcFrame Frame, Instant At);
}
