using System.Buffers;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp.Rpc;

namespace Busbar.Gateway;

/// <summary>
/// Our CALLs to one station: one in flight, the others wait in order. Answers complete here straight from the read loop, so that they never
/// wait behind the station's own CALLs. An answer that matches nothing in flight on this connection is counted, not applied.
/// </summary>
internal sealed class CallLane(SendQueue send, GatewayOptions limits, GatewayMetrics metrics, TimeProvider clock, IdSource ids, Action<ReadOnlyMemory<byte>> tap)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _closed = new();
    private int _waiting;
    private InFlight? _inFlight;

    /// <summary>The action of the CALL in flight; null when there is none.</summary>
    public string? ActionInFlight => Volatile.Read(ref _inFlight)?.Action;

    public async Task<CallAnswer> CallAsync(string action, ReadOnlyMemory<byte> payload, TimeSpan deadline, CancellationToken ct, SendCondition? only = null)
    {
        if (Interlocked.Increment(ref _waiting) > limits.PendingCommands)
        {
            Interlocked.Decrement(ref _waiting);
            return new CallAnswer.NotSent("too many commands wait for this station");
        }
        using var expiry = new CancellationTokenSource(deadline, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, _closed.Token, ct);
        try
        {
            await _turn.WaitAsync(stop.Token);
        }
        catch (OperationCanceledException)
        {
            return new CallAnswer.NotSent(Why(ct));
        }
        finally { Interlocked.Decrement(ref _waiting); }
        try
        {
            return await SendAsync(action, payload, only, stop.Token, ct);
        }
        finally { _turn.Release(); }
    }

    /// <summary>Completes the CALL in flight if the answer is its own.</summary>
    public void Answer(RpcFrame frame)
    {
        var inFlight = Volatile.Read(ref _inFlight);
        if (inFlight is null || !string.Equals(inFlight.MessageId, frame.MessageId, StringComparison.Ordinal))
        {
            metrics.LateAnswer();
            return;
        }
        inFlight.Completion.TrySetResult(frame.Kind == FrameKind.CallResult
            ? new CallAnswer.Result(frame.Payload)
            : new CallAnswer.Error(frame.ErrorCode, frame.ErrorDescription, frame.Payload));
    }

    /// <summary>The connection ended: the CALL in flight becomes unknown and those that wait are not sent.</summary>
    public void Dispose() => _closed.Cancel();   // not disposed: callers still hold its token, and it has no timer

    private async Task<CallAnswer> SendAsync(string action, ReadOnlyMemory<byte> payload, SendCondition? only, CancellationToken stop, CancellationToken caller)
    {
        var call = new InFlight(NewMessageId(), action);
        var frame = FrameBytes.Render((call, payload), static (output, state) =>
            RpcWriter.WriteCall(output, state.call.MessageId, state.call.Action, state.payload.Span));
        Volatile.Write(ref _inFlight, call);
        try
        {
            if (stop.IsCancellationRequested) return new CallAnswer.NotSent(Why(caller));
            if (Leave(frame, only) is { } kept) return kept;
            return await call.Completion.Task.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return new CallAnswer.Unknown(Why(caller));
        }
        finally { Volatile.Write(ref _inFlight, null); }
    }

    /// <summary>Null: it is on its way.</summary>
    private CallAnswer.NotSent? Leave(byte[] frame, SendCondition? only)
    {
        if (only is null) return Leave(frame);
        lock (only.Gate) return only.Holds() ? Leave(frame) : new CallAnswer.NotSent("it does not hold any more");
    }

    private CallAnswer.NotSent? Leave(byte[] frame)
    {
        tap(frame);
        return send.TryEnqueue(frame) ? null : new CallAnswer.NotSent("the station reads too slowly");
    }

    // Unique over all connections of the station: OCPP-J 1.6 errata 3.1, 2.0.1 part 4 4.1.4.
    private string NewMessageId() => TypedId.Format(ids.New<MessageId>());

    private string Why(CancellationToken caller) =>
        _closed.IsCancellationRequested ? "the connection ended" : caller.IsCancellationRequested ? "the caller gave up" : "no answer in time";

    private sealed record InFlight(string MessageId, string Action)
    {
        public TaskCompletionSource<CallAnswer> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct MessageId(Guid Value) : ITypedId<MessageId>
    {
        public static string Prefix => "msg";
        public static MessageId From(Guid value) => new(value);
    }
}
