using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Busbar.Identity.Operators;
using Busbar.Storage;
using Busbar.Tests.Support;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Busbar.Tests.Identity;

/// <summary>An operator's own list of leaked passwords: looked up by halving, and asked at every way in.</summary>
public sealed class LeakedPasswordTests(Servers servers)
{
    private const string Leaked = "analytical engine no 3";

    internal static LeakedPasswords ListOf(string path) => new(Options.Create(new OperatorOptions { LeakedPasswords = path }), new TestMeters(), NullLogger<LeakedPasswords>.Instance);

    [Fact]
    public void Halving_finds_what_a_naive_search_finds()
    {
        var hash = Gen.Byte.Array[SHA1.HashSizeInBytes];
        // Few different bytes at the front, so that there are neighbours.
        var near = Gen.Select(Gen.Byte[0, 2], Gen.Byte[0, 3], Gen.Byte, (first, second, last) => (byte[])[first, second, .. new byte[17], last]);
        var looked = 0;
        Gen.Select(Gen.OneOf(hash, near).Array[0, 60], Gen.Bool, Gen.Bool, Gen.Bool, Gen.OneOf(hash, near).Array[20], Gen.Int[0, int.MaxValue]).Sample((hashes, isCrlf, isEnded, isLower, others, most) =>
        {
            var lines = hashes.Select(Convert.ToHexString).Distinct().Order(StringComparer.Ordinal).ToList();
            var path = Path.GetTempFileName();
            try
            {
                var end = isCrlf ? "\r\n" : "\n";
                File.WriteAllText(path, string.Join(end, lines.Select((line, i) => $"{(isLower ? line.ToLowerInvariant() : line)}:{(most >> (i % 31)).ToString(CultureInfo.InvariantCulture)}")) + (isEnded && lines.Count > 0 ? end : ""));
                Assert.Equal(lines.Count == 0, LeakedPasswords.FaultOf(path) is not null);
                using var file = File.OpenHandle(path);
                foreach (var wanted in hashes.Concat(others).Concat(hashes.SelectMany(Neighbours)))
                {
                    looked++;
                    Assert.Equal(lines.Contains(Convert.ToHexString(wanted)), LeakedPasswords.Find(file, wanted));
                }
            }
            finally { File.Delete(path); }
        }, iter: 300);
        TestContext.Current.TestOutputHelper?.WriteLine($"{looked} hashes were looked up both ways.");
        Assert.True(looked > 5_000);
    }

    [Fact]
    public void Of_a_long_list_every_line_is_found_the_first_and_the_last_too()
    {
        using var list = new TemporaryList(Enumerable.Range(0, 50_000).Select(i => $"password {i}"));
        using var file = File.OpenHandle(list.Path);
        foreach (var i in new[] { list.First, list.Last }.Concat(Enumerable.Range(0, 500).Select(i => LeakedPasswords.HashOf($"password {i * 100}")))) Assert.True(LeakedPasswords.Find(file, i));
        for (var i = 0; i < 500; i++) Assert.False(LeakedPasswords.Find(file, LeakedPasswords.HashOf($"no password {i}")));
        Assert.Null(LeakedPasswords.FaultOf(list.Path));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("what this is nobody knows", "no line of 40 hexadecimal digits")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B:3\n", "no line of 40 hexadecimal digits")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8;3\n", "no line of 40 hexadecimal digits")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:many\n", "no line of 40 hexadecimal digits")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n\n", "no line of 40 hexadecimal digits")]
    [InlineData("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n0000000000000000000000000000000000000001:1\n", "not in the order of the hashes")]
    public void A_file_that_is_no_such_list_is_told(string text, string fault)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, text);
        Assert.Contains(fault, LeakedPasswords.FaultOf(path), StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains("cannot be read", LeakedPasswords.FaultOf(path), StringComparison.Ordinal);
        Assert.Contains("is a directory", LeakedPasswords.FaultOf(Path.GetTempPath()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_is_none_stops_the_start_and_one_that_goes_away_stops_nobody_and_is_counted()
    {
        var missing = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        var told = await Assert.ThrowsAsync<OptionsValidationException>(() => Staff.StartAsync(store, null, $"--Busbar:Operators:LeakedPasswords={missing}"));
        Assert.StartsWith($"Busbar:Operators:LeakedPasswords: {missing} cannot be read", told.Message, StringComparison.Ordinal);

        var list = new TemporaryList([Leaked]);
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, $"--Busbar:Operators:LeakedPasswords={list.Path}");
        using var lookups = new Outcomes(server.Services.GetRequiredService<IMeterFactory>(), "busbar.leaked_passwords");
        var owner = await Staff.FoundAsync(server);
        (await ChangeAsync(owner, Leaked)).Is(HttpStatusCode.BadRequest, "leakedPassword");
        list.Dispose();
        (await ChangeAsync(owner, Leaked)).Is(HttpStatusCode.NoContent);
        Assert.Equal(["notFound", "found", "failed"], lookups.Seen);
    }

    [Fact]
    public async Task A_leaked_password_is_taken_at_no_way_in()
    {
        using var list = new TemporaryList([Leaked]);
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, $"--Busbar:Operators:LeakedPasswords={list.Path}");
        const string said = "published with others that leaked";

        // The set-up.
        RefusedOn(await Staff.SetUpAsync(new Browser(server), Staff.Code(server), password: Leaked));
        var owner = await Staff.FoundAsync(server);
        // An invitation.
        var invited = await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "o@example.org", grants = new[] { new { role = "operator", where = "tenant" } } });
        RefusedOn(await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(invited), password: Leaked));
        var colleague = new Browser(server);
        (await Staff.AcceptAsync(colleague, Staff.CodeOf(invited))).Is(HttpStatusCode.SeeOther);
        // A link for a new password.
        var me = JsonElement.Parse((await colleague.GetAsync("/api/v1/me")).Text).GetProperty("id").GetString();
        var link = await owner.FetchAsync(HttpMethod.Post, $"/api/v1/people/{me}/new-password", new { });
        link.Is(HttpStatusCode.OK);
        RefusedOn(await new Browser(server).SubmitAsync("/password", ("code", Staff.CodeOf(link)), ("password", Leaked)));
        // One's own, by the API.
        var changed = await ChangeAsync(owner, Leaked);
        changed.Is(HttpStatusCode.BadRequest, "leakedPassword");
        Assert.Equal("leakedPassword", JsonElement.Parse(changed.Text).GetProperty("errors").GetProperty("/newPassword")[0].GetProperty("code").GetString());
        // The control: another is taken, and the same would be without the list.
        (await ChangeAsync(owner, Leaked + "!")).Is(HttpStatusCode.NoContent);

        void RefusedOn(PageAnswer page)
        {
            page.Is(HttpStatusCode.BadRequest);
            Assert.Contains(said, WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
        }
    }

    private static Task<PageAnswer> ChangeAsync(Browser browser, string password) => browser.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = password });

    private static IEnumerable<byte[]> Neighbours(byte[] hash)
    {
        var number = new BigInteger(hash, isUnsigned: true, isBigEndian: true);
        foreach (var near in new[] { number - 1, number + 1 })
        {
            if (near.Sign < 0 || near.GetByteCount(isUnsigned: true) > hash.Length) continue;
            var bytes = near.ToByteArray(isUnsigned: true, isBigEndian: true);
            yield return [.. new byte[hash.Length - bytes.Length], .. bytes];
        }
    }

    private sealed class TemporaryList : IDisposable
    {
        public TemporaryList(IEnumerable<string> passwords)
        {
            var hashes = passwords.Select(LeakedPasswords.HashOf).OrderBy(Convert.ToHexString, StringComparer.Ordinal).ToList();
            (First, Last) = (hashes[0], hashes[^1]);
            File.WriteAllLines(Path, hashes.Select((hash, i) => $"{Convert.ToHexString(hash)}:{i + 1}"));
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public byte[] First { get; }
        public byte[] Last { get; }

        public void Dispose() => File.Delete(Path);
    }
}
