using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MimeKit;
using SmtpServer;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Busbar.Tests.Operations;

/// <summary>A mail server on this machine that keeps what it is sent.</summary>
internal sealed class SmtpReceiver : MessageStore, IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;

    public SmtpReceiver(int? port = null)
    {
        Port = port ?? FreePort();
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(this);
        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port))).Build();
        _serving = new SmtpServer.SmtpServer(options, services).StartAsync(_end.Token);
    }

    public int Port { get; }

    /// <summary>As they came over the wire.</summary>
    public ConcurrentQueue<byte[]> Raw { get; } = [];

    public IReadOnlyList<MimeMessage> Mails => [.. Raw.Select(bytes => MimeMessage.Load(new MemoryStream(bytes)))];

    /// <summary>What it answers.</summary>
    public SmtpResponse Answer { get; set; } = SmtpResponse.Ok;

    /// <summary>The settings of a server that sends here.</summary>
    public string[] Settings => [$"--Busbar:Mail:Host=127.0.0.1", $"--Busbar:Mail:Port={Port}", "--Busbar:Mail:Tls=None", "--Busbar:Mail:From=Busbar <alerts@busbar.example>"];

    public override Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
    {
        if (Answer.ReplyCode == SmtpReplyCode.Ok) Raw.Enqueue(buffer.ToArray());
        return Task.FromResult(Answer);
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        try { await _serving; }
        catch (OperationCanceledException)
        {
            // It was told to end.
        }
        _end.Dispose();
    }
}
