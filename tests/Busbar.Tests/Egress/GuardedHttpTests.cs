using System.Net;
using System.Text;
using Busbar.Egress.Contracts;

namespace Busbar.Tests.Egress;

/// <summary>Bar S9: whatever URL a peer names, nothing of ours is connected.</summary>
public sealed class GuardedHttpTests
{
    /// <summary>Written where the canaries listen, in every spelling that some client has fallen for. <c>PORT</c> is theirs.</summary>
    internal static readonly string[] Evil =
    [
        "http://127.0.0.1:PORT/", "http://127.0.0.2:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/", "http://127.255.255.254:PORT/",
        "http://2130706433:PORT/", "http://017700000001:PORT/", "http://0x7f000001:PORT/", "http://0x7F.1:PORT/", "http://0177.0.0.1:PORT/", "http://0x7f.0x0.0x0.0x1:PORT/",
        "http://0177.0.0x0.1:PORT/", "http://00000177.0.0.01:PORT/", "http://127.0.0.1.:PORT/", "http://4294967295:PORT/", "http://3232235777:PORT/",
        "http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://localhost.:PORT/", "http://localhost.localdomain:PORT/", "http://sub.localhost:PORT/", "http://ip6-localhost:PORT/",
        "http://[::1]:PORT/", "http://[::]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[::ffff:0.0.0.0]:PORT/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/", "http://[::127.0.0.1]:PORT/", "http://[64:ff9b::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://[64:ff9b:1::7f00:1]:PORT/",
        "http://[2002:7f00:1::]:PORT/", "http://[2002:a9fe:a9fe::1]:PORT/", "http://[2001:0:7f00:1::80ff:fffe]:PORT/", "http://[2606:4700::5efe:7f00:1]:PORT/",
        "http://[fe80::1]:PORT/", "http://[fe80::1%25lo]:PORT/", "http://[fd00:ec2::254]:PORT/", "http://[ff02::1]:PORT/", "http://[::ffff:169.254.169.254]:PORT/",
        "http://169.254.169.254:PORT/latest/meta-data/", "http://2852039166:PORT/", "http://0xA9FEA9FE:PORT/", "http://metadata.google.internal:PORT/", "http://168.63.129.16:PORT/",
        "http://100.100.100.200:PORT/", "http://10.0.0.1:PORT/", "http://172.16.0.1:PORT/", "http://192.168.1.1:PORT/", "http://100.64.0.1:PORT/", "http://198.18.0.1:PORT/",
        "http://224.0.0.1:PORT/", "http://255.255.255.255:PORT/", "http://240.0.0.1:PORT/",
        "http://example.com@127.0.0.1:PORT/", "http://user:secret@example.com:PORT/", "http://127.0.0.1:PORT@example.com:PORT/", "http://example.com%40127.0.0.1:PORT/",
        "http://127.0.0.1:PORT#@example.com/", "http://127.0.0.1:PORT\\@example.com/", "http://example.com\\@127.0.0.1:PORT/", "http:\\\\127.0.0.1:PORT/", "http:/127.0.0.1:PORT/", "//127.0.0.1:PORT/",
        "http://127.0.0.1.example.com:PORT/", "http://xn--80ak6aa92e.example:PORT/", "http://аррӏе.example:PORT/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://127。0。0。1:PORT/",
        "http://１２７.0.0.1:PORT/", "http://127.0.0.1%00.example.com:PORT/", "http://%6c%6f%63%61%6c%68%6f%73%74:PORT/", "http://127.0.0.1%2eexample.com:PORT/", " http://127.0.0.1:PORT/", "hTTp://127.0.0.1:PORT/",
        "ftp://127.0.0.1:PORT/", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_GET", "ws://127.0.0.1:PORT/", "unix:///var/run/docker.sock", "data:text/plain,x", "javascript:alert(1)", "http://", "http:///x",
    ];

    [Fact]
    public async Task No_spelling_of_an_inner_address_is_connected()
    {
        await using var canary = new Canary();
        await using var canary6 = new Canary(IPAddress.IPv6Loopback, canary.Port);
        // Http and the port are allowed, so that the address alone is in the way.
        await using var rig = new EgressRig(("Http", "true"), ("Ports:0", $"{canary.Port}"), ("ConnectSeconds", "1"));
        Assert.InRange(Evil.Length, 60, 200);
        foreach (var url in Evil)
        {
            var error = await rig.TryAsync(At(url, canary));
            Assert.True(error is EgressRefusedException or UriFormatException or InvalidOperationException or NotSupportedException, $"{url}: {error?.ToString() ?? "answered"}");
        }
        Assert.Equal((0, 0), (canary.Connects, canary6.Connects));

        // The control: these spellings do lead there, once loopback is allowed.
        await using var open = new EgressRig(("Http", "true"), ("Ports:0", $"{canary.Port}"), ("AllowedNetworks:0", "127.0.0.0/8"), ("AllowedNetworks:1", "::1/128"), ("ConnectSeconds", "1"));
        foreach (var url in Evil) await open.TryAsync(At(url, canary));
        Assert.InRange(canary.Connects, 20, Evil.Length);
        Assert.InRange(canary6.Connects, 2, Evil.Length);
    }

    [Fact]
    public async Task A_name_that_changes_its_mind_is_judged_by_the_address_that_is_connected()
    {
        await using var inner = new Canary();
        await using var outer = new Canary(IPAddress.Parse("127.0.0.2"), inner.Port);      // stands for a public address
        await using var rig = new EgressRig(("Http", "true"), ("Ports:0", $"{inner.Port}"), ("AllowedNetworks:0", "127.0.0.2/32"));
        rig.Name("rebound.example", ["127.0.0.2"], ["127.0.0.1"]);
        Assert.Null(await rig.TryAsync($"http://rebound.example:{inner.Port}/"));
        Assert.Equal((1, 0, 1), (outer.Connects, inner.Connects, rig.Lookups.Count));      // looked up once: what was judged is what was connected
        Assert.Equal(EgressRefusal.Address, Refusal(await rig.TryAsync($"http://rebound.example:{inner.Port}/")));
        Assert.Equal((1, 0, 2), (outer.Connects, inner.Connects, rig.Lookups.Count));

        // One bad address among good ones is no accident.
        rig.Name("mixed.example", ["127.0.0.2", "127.0.0.1"]);
        Assert.Equal(EgressRefusal.Address, Refusal(await rig.TryAsync($"http://mixed.example:{inner.Port}/")));
        Assert.Equal((1, 0), (outer.Connects, inner.Connects));
    }

    [Theory]
    [InlineData(301), InlineData(302), InlineData(303), InlineData(307), InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var inner = new Canary();
        await using var outer = new Canary(IPAddress.Parse("127.0.0.2"), answer: (stream, ct) => Canary.SayAsync(stream,
            $"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{inner.Port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ct));
        await using var rig = new EgressRig(("Http", "true"), ("Ports:0", $"{inner.Port}"), ("Ports:1", $"{outer.Port}"), ("AllowedNetworks:0", "127.0.0.0/8"));
        using var answer = await rig.Http.GetAsync($"http://127.0.0.2:{outer.Port}/", TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal((1, 0), (outer.Connects, inner.Connects));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true)]
    public async Task An_answer_without_end_is_cut_at_the_purposes_size(string head, bool endless)
    {
        var chunk = "400\r\n" + new string('x', 1024) + "\r\n";
        long sent = 0;
        await using var peer = new Canary(answer: async (stream, ct) =>
        {
            await Canary.SayAsync(stream, head, ct);
            while (endless)
            {
                await Canary.SayAsync(stream, chunk, ct);
                sent += chunk.Length;
            }
        });
        await using var rig = Open(peer, ("AnswerBytes", "65536"));
        Assert.Equal(EgressRefusal.Size, Refusal(await rig.TryAsync($"http://127.0.0.1:{peer.Port}/")));
        Assert.InRange(sent, 0, 16 * 1024 * 1024);      // what stood in the sockets' buffers
    }

    [Fact]
    public async Task An_answer_that_drips_is_cut_at_the_purposes_time()
    {
        await using var peer = new Canary(answer: async (stream, ct) =>
        {
            await Canary.SayAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", ct);
            while (true)
            {
                await Canary.SayAsync(stream, "x", ct);
                await Task.Delay(100, ct);
            }
        });
        await using var rig = Open(peer, ("Seconds", "1"));
        var started = TimeProvider.System.GetTimestamp();
        Assert.Equal(EgressRefusal.Time, Refusal(await rig.TryAsync($"http://127.0.0.1:{peer.Port}/")));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 10);
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_cut_at_the_purposes_time()
    {
        await using var peer = new Canary(answer: (_, ct) => Task.Delay(Timeout.Infinite, ct));
        await using var rig = Open(peer, ("Seconds", "1"));
        Assert.Equal(EgressRefusal.Time, Refusal(await rig.TryAsync($"http://127.0.0.1:{peer.Port}/")));
    }

    [Theory]
    [InlineData("http://127.0.0.1:PORT/", "Http", "false", EgressRefusal.Url)]
    [InlineData("http://user@127.0.0.1:PORT/", "Http", "true", EgressRefusal.Url)]
    [InlineData("http://127.0.0.1:PORT/", "Ports:0", "443", EgressRefusal.Port)]
    [InlineData("http://127.0.0.1:PORT/", "Hosts:0", ".example.com", EgressRefusal.Host)]
    [InlineData("http://example.com:PORT/", "Hosts:0", ".example.com", EgressRefusal.Host)]
    [InlineData("http://evilexample.com:PORT/", "Hosts:0", ".example.com", EgressRefusal.Host)]
    [InlineData("http://a.example.com:PORT/", "Hosts:0", ".example.com", null)]
    [InlineData("http://A.example.com:PORT/", "Hosts:0", "a.example.COM", null)]
    [InlineData("http://127.0.0.1:PORT/", "Http", "true", null)]
    public async Task A_purpose_reaches_what_it_is_configured_for(string url, string key, string value, EgressRefusal? refusal)
    {
        await using var peer = new Canary();
        await using var rig = Open(peer, ($"Purposes:Test:{key}", value));
        var error = await rig.TryAsync(At(url, peer));
        Assert.Equal(refusal, error is null ? null : Refusal(error));
        Assert.Equal(refusal is null ? 1 : 0, peer.Connects);
    }

    [Fact]
    public async Task What_leaves_bears_nothing_of_ours_and_what_comes_is_kept_by_nobody()
    {
        await using var peer = new Canary(answer: (stream, ct) => Canary.SayAsync(stream, "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nOK", ct));
        await using var rig = Open(peer);
        using var activity = new System.Diagnostics.Activity("ours").Start();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{peer.Port}/") { Version = HttpVersion.Version30, VersionPolicy = HttpVersionPolicy.RequestVersionOrHigher };
            using var answer = await rig.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            Assert.Equal("OK", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
            Assert.Equal(HttpVersionPolicy.RequestVersionOrLower, request.VersionPolicy);
        }
        Assert.Equal(2, peer.Connects);
        Assert.All(peer.Heads, head => Assert.Equal($"GET / HTTP/1.1\r\nHost: 127.0.0.1:{peer.Port}\r\n\r\n", head));
    }

    [Fact]
    public async Task Nobody_passes_the_guard_by_asking_in_step()
    {
        await using var peer = new Canary();
        await using var rig = Open(peer);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{peer.Port}/");
        Assert.Throws<NotSupportedException>(() => rig.Http.Send(request, TestContext.Current.CancellationToken));
        Assert.Equal(0, peer.Connects);
    }

    [Theory]
    [InlineData("AllowedNetworks:0", "10.0.0.0/99")]
    [InlineData("AllowedNetworks:0", "everything")]
    [InlineData("Seconds", "0")]
    [InlineData("Purposes:Ocpi:AnswerBytes", "-1")]
    public void A_mistake_in_the_configuration_stops_the_start(string key, string value) =>
        Assert.Throws<InvalidOperationException>(() => new EgressRig((key, value)));

    private static EgressRig Open(Canary peer, params (string Key, string Value)[] more) =>
        new([("Http", "true"), .. more.Any(pair => pair.Key.Contains("Ports", StringComparison.Ordinal)) ? [] : new[] { ("Ports:0", $"{peer.Port}") }, ("AllowedNetworks:0", "127.0.0.0/8"), .. more]);

    private static string At(string url, Canary canary) => url.Replace("PORT", $"{canary.Port}", StringComparison.Ordinal);

    private static EgressRefusal? Refusal(Exception? error) => Assert.IsType<EgressRefusedException>(error).Refusal;
}
