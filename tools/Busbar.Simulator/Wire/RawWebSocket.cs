using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Busbar.Ocpp;

namespace Busbar.Simulator.Wire;

/// <summary>
/// A WebSocket of a station on a bare socket: text messages out and in, pings answered, and what no library offers: to go silent, to stop reading, to send
/// bytes as they are. One reader; writers wait for each other.
/// </summary>
public sealed class RawWebSocket : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly Socket _socket;
    private readonly StationSocketOptions _options;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly Xorshift _random;
    private readonly ReceiveBuffer _received;
    private ArrayBufferWriter<byte>? _fragments;
    private volatile bool _silent;
    private volatile TaskCompletionSource? _resumed;
    private bool _closeSent;

    private RawWebSocket(Socket socket, Stream stream, StationSocketOptions options, OcppVersion version, byte[] rest, Xorshift random)
    {
        _socket = socket;
        _stream = stream;
        _options = options;
        _random = random;
        Version = version;
        _received = new ReceiveBuffer(rest);
    }

    /// <summary>What the server chose.</summary>
    public OcppVersion Version { get; }

    /// <summary>The status of the server's close frame; null if none came.</summary>
    public int? CloseStatus { get; private set; }

    public EndPoint? LocalEndPoint { get; private init; }

    /// <exception cref="HandshakeRefusedException">The server answered something else than 101.</exception>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<RawWebSocket> ConnectAsync(StationSocketOptions options, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, options.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        var random = new Xorshift(options.Seed);
        var (address, port) = await ResolveAsync(options.Url, both.Token);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            if (options.ReceiveBuffer is { } bytes)
            {
                socket.ReceiveBufferSize = bytes;
            }

            if (options.Source is { } source)
            {
                socket.Bind(new IPEndPoint(source, 0));
            }

            await socket.ConnectAsync(address, port, both.Token);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (options.Url.Scheme is "wss" or "https")
            {
                stream = await SecureAsync(stream, options, both.Token);
            }

            var nonce = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(nonce, random.Next());
            BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(8), random.Next());
            var (version, rest) = await Handshake.RunAsync(stream, options, nonce, both.Token);
            return new(socket, stream, options, version, rest, random) { LocalEndPoint = socket.LocalEndPoint };
        }
        catch (Exception exception)
        {
            if (stream is not null)
            {
                await stream.DisposeAsync();
            }

            socket.Dispose();
            if (exception is OperationCanceledException && timeout.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                throw new TimeoutException($"No connection to {options.Url} within {options.ConnectTimeout.TotalSeconds:0} s.", exception);
            }

            throw;
        }
    }

    /// <summary>Sends one text message; while silent it only seems to.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken ct) => WriteAsync(WebSocketOpcode.Text, message, ct);

    /// <summary>Sends bytes as they are, framed or not: for what a correct client cannot do.</summary>
    public async ValueTask SendRawAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            await _stream.WriteAsync(bytes, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// The next text message, valid until the next call; null when the connection has ended, in good order or not. Pings are answered in here.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken ct)
    {
        _received.Shrink();
        try
        {
            while (true)
            {
                await PauseAsync(ct);
                if (!WebSocketFrames.TryReadHeader(_received.Content.Span, out var header))
                {
                    if (!await FillAsync(WebSocketFrames.MaxHeader, ct))
                    {
                        return null;
                    }

                    continue;
                }

                if (header.Masked || header.PayloadLength > _options.MaxMessageBytes)
                {
                    throw new InvalidDataException(header.Masked ? "The server masks its frames." : $"The server sent {header.PayloadLength} bytes in a frame.");
                }

                var whole = header.HeaderLength + (int)header.PayloadLength;
                while (_received.Length < whole)
                {
                    if (!await FillAsync(whole, ct))
                    {
                        return null;
                    }
                }

                var payload = _received.Content[header.HeaderLength..whole];
                _received.Use(whole);
                if (_silent)
                {
                    continue;
                }

                if (await TakeAsync(header, payload, ct) is { } message)
                {
                    return message;
                }

                if (CloseStatus is not null)
                {
                    return null;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>From now on nothing is sent and what comes is thrown away, while the socket stays open: what a station that lost its power looks like from afar.</summary>
    public void GoSilent() => _silent = true;

    /// <summary>Stops taking bytes from the socket, so that the server's sends pile up; a read that is under way still ends.</summary>
    public void PauseReading() => _resumed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void ResumeReading()
    {
        var resumed = _resumed;
        _resumed = null;
        resumed?.TrySetResult();
    }

    /// <summary>Sends a close frame; the connection ends when the server answers it or when it is disposed.</summary>
    public async ValueTask CloseAsync(int status, CancellationToken ct)
    {
        if (_closeSent)
        {
            return;
        }

        _closeSent = true;
        var payload = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        await WriteAsync(WebSocketOpcode.Close, payload, ct);
    }

    /// <summary>Ends the connection at once, with a TCP reset.</summary>
    public void Abort()
    {
        try
        {
            _socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        _stream.Dispose();
        ResumeReading();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        ResumeReading();
        _writing.Dispose();
    }

    private async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(WebSocketFrameHeader header, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        switch (header.Opcode)
        {
            case WebSocketOpcode.Text or WebSocketOpcode.Binary or WebSocketOpcode.Continuation:
                if (header.Final && _fragments is null)
                {
                    return payload;
                }

                _fragments ??= new ArrayBufferWriter<byte>(payload.Length * 2);
                if (_fragments.WrittenCount + payload.Length > _options.MaxMessageBytes)
                {
                    throw new InvalidDataException("The server sent an endless message.");
                }

                _fragments.Write(payload.Span);
                if (!header.Final)
                {
                    return null;
                }

                var message = _fragments.WrittenMemory;
                _fragments = null;
                return message;
            case WebSocketOpcode.Ping:
                if (_options.AnswersPings)
                {
                    await WriteAsync(WebSocketOpcode.Pong, payload, ct);
                }

                return null;
            case WebSocketOpcode.Close:
                CloseStatus = payload.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(payload.Span) : 1005;
                await CloseAsync(CloseStatus == 1005 ? 1000 : CloseStatus.Value, ct);
                return null;
            default:
                return null;
        }
    }

    private Task PauseAsync(CancellationToken ct) => _resumed is { } paused ? paused.Task.WaitAsync(ct) : Task.CompletedTask;

    private async ValueTask<bool> FillAsync(int needed, CancellationToken ct)
    {
        await PauseAsync(ct);
        _received.Reserve(needed);
        var count = await _stream.ReadAsync(_received.Free, ct);
        _received.Received(count);
        return count > 0;
    }

    private async ValueTask WriteAsync(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        if (_silent)
        {
            return;
        }

        var piece = opcode == WebSocketOpcode.Text && _options.FragmentBytes > 0 ? _options.FragmentBytes : int.MaxValue;
        var frames = payload.Length == 0 ? 1 : ((payload.Length - 1) / piece) + 1;
        await _writing.WaitAsync(ct);
        byte[]? buffer = null;
        try
        {
            buffer = ArrayPool<byte>.Shared.Rent(payload.Length + (frames * WebSocketFrames.MaxHeader));
            var length = 0;
            for (var i = 0; i < frames; i++)
            {
                var part = payload.Slice(i == 0 ? 0 : i * piece, i == frames - 1 ? payload.Length - (i == 0 ? 0 : i * piece) : piece);
                length += WebSocketFrames.Write(buffer.AsSpan(length), i == 0 ? opcode : WebSocketOpcode.Continuation, i == frames - 1, part.Span, (uint)(_random.Next() >> 32));
            }

            await _stream.WriteAsync(buffer.AsMemory(0, length), ct);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            _writing.Release();
        }
    }

    private static async Task<(IPAddress Address, int Port)> ResolveAsync(Uri url, CancellationToken ct)
    {
        var port = url.Port > 0 ? url.Port : url.Scheme is "wss" or "https" ? 443 : 80;
        if (IPAddress.TryParse(url.DnsSafeHost, out var address))
        {
            return (address, port);
        }

        // IPv4 first: a test's source addresses are 127.0.1.x.
        var found = await Dns.GetHostAddressesAsync(url.DnsSafeHost, ct);
        return (found.OrderBy(candidate => candidate.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).First(), port);
    }

    private static async Task<Stream> SecureAsync(Stream inner, StationSocketOptions options, CancellationToken ct)
    {
        var secure = new SslStream(inner);
        await secure.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = options.Url.DnsSafeHost,
                EnabledSslProtocols = SslProtocols.None,
                ClientCertificates = options.Certificate is null ? null : [options.Certificate],
                RemoteCertificateValidationCallback = options.ServerCertificate,
            },
            ct);
        return secure;
    }
}
