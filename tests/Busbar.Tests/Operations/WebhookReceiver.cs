using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Busbar.Tests.Operations;

/// <summary>What came to a webhook.</summary>
internal sealed record Hook(IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public JsonElement Event => JsonElement.Parse(Body);

    /// <summary>As a receiver checks it, by the words of standardwebhooks.com.</summary>
    public bool IsSignedWith(string secret)
    {
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        var signed = Encoding.UTF8.GetBytes($"{Headers["webhook-id"]}.{Headers["webhook-timestamp"]}.").Concat(Body).ToArray();
        var age = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Headers["webhook-timestamp"], CultureInfo.InvariantCulture)) - TimeProvider.System.GetUtcNow();
        return age.Duration() < TimeSpan.FromMinutes(5) && Headers["webhook-signature"].Split(' ').Contains("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
    }
}

/// <summary>Somebody's program that takes webhooks, on this machine.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public WebhookReceiver()
    {
        Url = $"http://127.0.0.1:{SmtpReceiver.FreePort()}/hooks/";
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>A server that may reach this machine.</summary>
    public static string[] Allowed(params IEnumerable<int> ports) =>
        ["--Busbar:Egress:Purposes:Webhooks:Http=true", "--Busbar:Egress:Purposes:Webhooks:AllowedNetworks:0=127.0.0.0/8", .. ports.Select((port, i) => $"--Busbar:Egress:Purposes:Webhooks:Ports:{i}={port}")];

    public string Url { get; }

    public int Port => new Uri(Url).Port;

    public ConcurrentQueue<Hook> Hooks { get; } = [];

    /// <summary>What it answers; 0: it hangs up.</summary>
    public volatile int Status = 200;

    public volatile int Asked;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                Interlocked.Increment(ref Asked);
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (Status == 0) context.Response.Abort();
                else
                {
                    if (Status == 200) Hooks.Enqueue(new Hook(context.Request.Headers.AllKeys.ToDictionary(name => name!.ToLowerInvariant(), name => context.Request.Headers[name]!), body.ToArray()));
                    context.Response.StatusCode = Status;
                    context.Response.Close();
                }
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
