using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Simulator.Wire;

namespace Busbar.Simulator;

/// <summary>What a CALL came to.</summary>
public enum CallVerdict
{
    /// <summary>No answer in time, or the connection ended: the server may have it or not.</summary>
    Unknown,
    Result,
    Error,
}

/// <param name="Payload">Of the CALLRESULT; a copy that may be kept.</param>
/// <param name="ErrorCode">Of a CALLERROR, else "".</param>
/// <param name="MessageId">As it was sent.</param>
public readonly record struct CallOutcome(CallVerdict Verdict, ReadOnlyMemory<byte> Payload, string ErrorCode, string ErrorDescription, string MessageId)
{
    /// <summary>Which of the server's frames on this connection it was, from 1 on: answers and CALLs are handled beside each other, and in no order.</summary>
    public long Frame { get; init; }

    public bool IsResult => Verdict == CallVerdict.Result;

    /// <summary>Reads the payload of a result.</summary>
    /// <exception cref="InvalidOperationException">There is no result.</exception>
    /// <exception cref="JsonException">The payload is no <typeparamref name="T"/>.</exception>
    public T Read<T>(JsonTypeInfo<T> type)
        where T : class =>
        IsResult ? WireJson.Read(Payload.Span, type) : throw new InvalidOperationException($"{MessageId}: {this}");

    public override string ToString() => Verdict switch
    {
        CallVerdict.Result => System.Text.Encoding.UTF8.GetString(Payload.Span),
        CallVerdict.Error => $"{ErrorCode} {ErrorDescription}".TrimEnd(),
        _ => "no answer",
    };
}

/// <summary>A CALL of the server's. The payload lives until the handler has answered.</summary>
/// <param name="Frame">As <see cref="CallOutcome.Frame"/>.</param>
public readonly record struct ServerCall(string MessageId, string Action, ReadOnlyMemory<byte> Payload, OcppVersion Version, long Frame = 0);

/// <summary>The station's answer: a payload, or the code of a CALLERROR, or none at all.</summary>
public readonly record struct StationAnswer
{
    private StationAnswer(ReadOnlyMemory<byte> payload, string? errorCode, string description, bool silent) =>
        (Payload, ErrorCode, Description, Silent) = (payload, errorCode, description, silent);

    public ReadOnlyMemory<byte> Payload { get; }

    public string? ErrorCode { get; }

    public string Description { get; }

    /// <summary>The server waits in vain.</summary>
    public bool Silent { get; }

    /// <summary>Runs when the answer is on its way: a reset answers first.</summary>
    public Func<Task>? Then { get; init; }

    public static StationAnswer Result(ReadOnlyMemory<byte> payload) => new(payload, null, "", false);

    public static StationAnswer Error(string code, string description = "") => new(default, code, description, false);

    public static StationAnswer None { get; } = new(default, null, "", true);
}

/// <summary>Which way a frame went, as seen from the station.</summary>
public enum FrameDirection
{
    Sent,
    Received,
}

/// <summary>
/// One connection of a station: CALLs out one at a time, the server's CALLs to a handler, one at a time too. It counts where the server does not keep to that rule
/// (<see cref="Overlaps"/>), and answers to nothing that was asked (<see cref="Strays"/>).
/// </summary>
public sealed class StationClient : IAsyncDisposable
{
    private readonly RawWebSocket _socket;
    private readonly StationClientOptions _options;
    private readonly Func<ServerCall, CancellationToken, ValueTask<StationAnswer>> _handler;
    private readonly SemaphoreSlim _lane = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationToken _ended;
    private readonly Lock _gate = new();
    private readonly Task _reading;
    private TaskCompletionSource<CallOutcome>? _waiting;
    private string _waitingFor = "";
    private Task _answering = Task.CompletedTask;
    private int _unanswered;
    private long _frames;
    private long _nextId;
    private long _overlaps;
    private long _strays;
    private long _serverCalls;

    private StationClient(RawWebSocket socket, StationClientOptions options, Func<ServerCall, CancellationToken, ValueTask<StationAnswer>>? handler)
    {
        _socket = socket;
        _options = options;
        _handler = handler ?? ((_, _) => ValueTask.FromResult(StationAnswer.Error(RpcErrorCodes.NotSupported)));
        _nextId = options.FirstMessageId;
        _ended = _ending.Token;
        _reading = Task.Run(ReadAsync);
    }

    public OcppVersion Version => _socket.Version;

    /// <summary>The socket below, to be silent on, to be read slowly from, to be aborted.</summary>
    public RawWebSocket Socket => _socket;

    /// <summary>Ends when the connection does, whoever ended it; never fails.</summary>
    public Task Closed => _reading;

    /// <summary>Cancelled when the connection has ended or gone silent.</summary>
    public CancellationToken Ended => _ended;

    public bool IsSilent { get; private set; }

    /// <summary>Where the counter of message ids stands.</summary>
    public long LastMessageId => Interlocked.Read(ref _nextId);

    /// <summary>CALLs of the server's that came while an earlier one had no answer yet.</summary>
    public long Overlaps => Interlocked.Read(ref _overlaps);

    /// <summary>Answers that nobody waited for: late, doubled, or with a foreign id.</summary>
    public long Strays => Interlocked.Read(ref _strays);

    public long ServerCalls => Interlocked.Read(ref _serverCalls);

    /// <exception cref="HandshakeRefusedException">The server answered something else than 101.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens there.</exception>
    /// <exception cref="TimeoutException">No connection in time.</exception>
    public static async Task<StationClient> ConnectAsync(
        StationClientOptions options, Func<ServerCall, CancellationToken, ValueTask<StationAnswer>>? handler = null, CancellationToken ct = default) =>
        new(await RawWebSocket.ConnectAsync(options.Socket, ct), options, handler);

    /// <summary>A message id that this connection has not used: a counter behind the options' prefix.</summary>
    public string NewMessageId() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_options.MessageIdPrefix}{Interlocked.Increment(ref _nextId)}");

    /// <summary>Sends a request when the ones before have their answers, and waits for its own.</summary>
    /// <param name="messageId">Null: a new one.</param>
    public async Task<CallOutcome> CallAsync(string action, ReadOnlyMemory<byte> payload, string? messageId = null, CancellationToken ct = default)
    {
        messageId ??= NewMessageId();
        var unknown = new CallOutcome(CallVerdict.Unknown, default, "", "", messageId);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, _ending.Token);
        try
        {
            await _lane.WaitAsync(ending.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return unknown;
        }

        try
        {
            var waiting = new TaskCompletionSource<CallOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                if (_ending.IsCancellationRequested)
                {
                    return unknown;
                }

                _waiting = waiting;
                _waitingFor = messageId;
            }

            var frame = new ArrayBufferWriter<byte>(payload.Length + 96);
            RpcWriter.WriteCall(frame, messageId, action, payload.Span);
            await SendAsync(frame.WrittenMemory, ending.Token);
            return await waiting.Task.WaitAsync(_options.CallTimeout, _options.Socket.Clock, ct);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException
            || (exception is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return unknown;
        }
        finally
        {
            lock (_gate)
            {
                _waiting = null;
            }

            _lane.Release();
        }
    }

    /// <summary>As <see cref="CallAsync(string, ReadOnlyMemory{byte}, string?, CancellationToken)"/>, with the message of the action.</summary>
    public Task<CallOutcome> CallAsync<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, TRequest request, string? messageId = null, CancellationToken ct = default)
        where TRequest : class
        where TResponse : class =>
        CallAsync(action.Name, JsonSerializer.SerializeToUtf8Bytes(request, action.Request), messageId, ct);

    /// <summary>Leaves the socket open and says nothing any more; what is under way has no answer.</summary>
    public void GoSilent()
    {
        IsSilent = true;
        _socket.GoSilent();
        End();
    }

    /// <summary>Closes in good order and waits at most <paramref name="patience"/> for the server to do the same.</summary>
    public async Task CloseAsync(TimeSpan patience, CancellationToken ct = default)
    {
        try
        {
            await _socket.CloseAsync(1000, ct);
            await _reading.WaitAsync(patience, _options.Socket.Clock, ct);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            _socket.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await _socket.DisposeAsync();
        await _reading;
        await _answering;
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _socket.ReceiveAsync(CancellationToken.None) is { } message)
            {
                _frames++;
                _options.Trace?.Invoke(FrameDirection.Received, message);
                if (!RpcReader.Read(message, Version, out var frame).IsOk)
                {
                    Interlocked.Increment(ref _strays);
                }
                else if (frame.IsAnswer)
                {
                    Complete(frame);
                }
                else if (frame.Kind == FrameKind.Call)
                {
                    Queue(frame);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or OperationCanceledException)
        {
            _socket.Abort();
        }
        finally
        {
            End();
        }
    }

    private void Complete(RpcFrame frame)
    {
        TaskCompletionSource<CallOutcome>? waiting;
        lock (_gate)
        {
            waiting = _waiting is not null && frame.MessageId == _waitingFor ? _waiting : null;
        }

        var outcome = frame.Kind == FrameKind.CallResult
            ? new CallOutcome(CallVerdict.Result, frame.Payload.ToArray(), "", "", frame.MessageId) { Frame = _frames }
            : new CallOutcome(CallVerdict.Error, default, frame.ErrorCode, frame.ErrorDescription, frame.MessageId);
        if (waiting is null || !waiting.TrySetResult(outcome))
        {
            Interlocked.Increment(ref _strays);
        }
    }

    /// <summary>The read loop never waits for a handler: an answer to our own CALL may be right behind.</summary>
    private void Queue(RpcFrame frame)
    {
        Interlocked.Increment(ref _serverCalls);
        if (Interlocked.Increment(ref _unanswered) > 1)
        {
            Interlocked.Increment(ref _overlaps);
        }

        var call = new ServerCall(frame.MessageId, frame.Action, frame.Payload.ToArray(), Version, _frames);
        _answering = AnswerAsync(_answering, call);
    }

    private async Task AnswerAsync(Task before, ServerCall call)
    {
        await before;
        await Task.Yield();
        Func<Task>? then = null;
        try
        {
            var answer = await _handler(call, _ending.Token);
            then = answer.Then;
            var frame = new ArrayBufferWriter<byte>(answer.Payload.Length + 64);
            if (answer.ErrorCode is { } code)
            {
                RpcWriter.WriteCallError(frame, call.MessageId, code, answer.Description);
            }
            else if (!answer.Silent)
            {
                RpcWriter.WriteCallResult(frame, call.MessageId, answer.Payload.Span);
            }

            // Before it is sent: the server may ask the next thing as soon as it has this.
            Interlocked.Decrement(ref _unanswered);
            if (frame.WrittenCount > 0)
            {
                await SendAsync(frame.WrittenMemory, _ending.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            return;
        }

        if (then is not null)
        {
            // Not awaited: what follows an answer (a session, a reboot) outlasts the answer, and may end this connection.
            _ = Task.Run(then);
        }
    }

    private ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken ct)
    {
        _options.Trace?.Invoke(FrameDirection.Sent, frame);
        return _socket.SendAsync(frame, ct);
    }

    private void End()
    {
        lock (_gate)
        {
            if (_ending.IsCancellationRequested)
            {
                return;
            }

            _ending.Cancel();
            _waiting?.TrySetCanceled();
        }
    }
}

/// <summary>How a station calls.</summary>
public sealed record StationClientOptions
{
    public required StationSocketOptions Socket { get; init; }

    /// <summary>After which a CALL has no answer.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Before the counter of a message id; a station that draws a new one per connection never repeats an id.</summary>
    public string MessageIdPrefix { get; init; } = "";

    /// <summary>Where the counter starts.</summary>
    public long FirstMessageId { get; init; }

    /// <summary>Sees every frame; must be quick and keep no reference to the bytes.</summary>
    public Action<FrameDirection, ReadOnlyMemory<byte>>? Trace { get; init; }
}
