using System.Diagnostics;
using System.Net;
using Busbar.Identity;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>How long the sign-in takes says nothing of an account (S11).</summary>
[Trait("suite", "sockets")]
public sealed class SignInTimingTests(Servers servers)
{
    // A hash is a fifth of a second of one processor: what is there beside it would be a few thousandths.
    private const int Rounds = 16;

    private static readonly string[] Open = ["--Busbar:AdminKey=", "--Busbar:Limits:SignInsPerSource=1000000", "--Busbar:Limits:SignInsPerAccount=1000000", "--Busbar:Limits:SignInsFromStrangers=1000000"];
    private static readonly string[] Who = ["ada@example.org", "nobody@example.org", "not an address"];

    [Fact]
    public async Task A_wrong_password_takes_as_long_whoever_it_is_of_and_is_answered_alike()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, Open);
        (await Staff.SetUpAsync(new Browser(server), Staff.Code(server), Who[0])).Is(HttpStatusCode.SeeOther);
        var times = await GuessAsync(server, Rounds);
        var medians = times.Select(one => one.Order().ElementAt(Rounds / 2)).ToList();
        var quickest = times.Select(one => one.Min()).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"S11: medians of {Rounds} wrong passwords: an account {medians[0]:0.0} ms, nobody's {medians[1]:0.0} ms, no address {medians[2]:0.0} ms; the quickest {quickest[0]:0.0}, {quickest[1]:0.0}, {quickest[2]:0.0} ms (bar 5 % apart).");
        // The quickest of many: a machine that is busy with something else is not the subject.
        Assert.All(quickest, one => Assert.True(IsAlike(one, quickest[0]), $"{one:0.0} and {quickest[0]:0.0} ms"));
    }

    /// <summary>The negative control: the account's hash is made by a sixth of the rounds that nobody's has.</summary>
    [Fact]
    public async Task A_hash_that_is_cheaper_than_nobodys_is_caught()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using (var before = await RunningServer.StartAsync(store, services => services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = Passwords.Iterations / 6), Open))
            (await Staff.SetUpAsync(new Browser(before), Staff.Code(before), Who[0])).Is(HttpStatusCode.SeeOther);
        await using var server = await RunningServer.StartAsync(store, null, Open);
        var times = await GuessAsync(server, 4);
        Assert.False(IsAlike(times[1].Min(), times[0].Min()));
    }

    private static bool IsAlike(double one, double other) => one / other is >= 0.95 and <= 1.05;

    /// <summary>Wrong passwords, in ms, by <see cref="Who"/>. All have one answer.</summary>
    private static async Task<List<double>[]> GuessAsync(RunningServer server, int rounds)
    {
        var stranger = new Browser(server);
        var times = Who.Select(_ => new List<double>(rounds)).ToArray();
        string? said = null;
        for (var i = 0; i < rounds + 2; i++)
        {
            // In turns, and each first as often as the others.
            for (var turn = 0; turn < Who.Length; turn++)
            {
                var which = (i + turn) % Who.Length;
                var started = Stopwatch.GetTimestamp();
                var answer = await stranger.SubmitAsync("/signin", ("email", Who[which]), ("password", "a wrong guess"));
                var lasted = Stopwatch.GetElapsedTime(started);
                if (i >= 2) times[which].Add(lasted.TotalMilliseconds);
                var told = $"{(int)answer.Status} {answer.Text.Replace(WebUtility.HtmlEncode(Who[which]), "", StringComparison.Ordinal)}";
                Assert.Equal(said ??= told, told);
            }
        }
        return times;
    }

    // What is behind the answer is some thousandths of a second of work, which is not waited for; until the next one asks it is done.
    private const int People = 120, AsksOfEach = 3;

    // Thirty microseconds are the bar: what was busy elsewhere passes, and what an account costs does not.
    private const int Tries = 3;
    private static readonly TimeSpan BetweenAsks = TimeSpan.FromMilliseconds(15);

    [Fact]
    public async Task Asking_for_a_new_password_takes_as_long_whoever_it_is_for_and_is_answered_alike()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, ["--Busbar:ForgottenPasswords:PublicUrl=https://busbar.example.org/", "--Busbar:Limits:SignInsPerSource=1000000", .. post.Settings]);
        await Staff.FoundAsync(server);
        await AddPeopleAsync(server);
        var stranger = new Browser(server);
        for (var i = 0; i < 50; i++) await stranger.SubmitAsync("/signin/forgot", ("email", $"warm{i}@example.org"));
        var (mails, ratio) = (0, 0.0);
        for (var attempt = 0; attempt < Tries && !IsAlike(ratio, 1); attempt++)
        {
            var times = await AskAsync(stranger, attempt * People);
            mails += People * AsksOfEach;
            for (var i = 0; i < 600 && post.Raw.Count < mails; i++) await Task.Delay(100);
            // There was something to do for each.
            Assert.Equal(mails, post.Raw.Count);
            var quick = times.Select(one => one.Order().Take(one.Count / 4).Average()).ToList();
            ratio = quick[0] / quick[1];
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"S11: {times[0].Count} times a new password was asked for by the address of an account and of nobody: the quickest quarter {quick[0]:0.000} and {quick[1]:0.000} ms, medians {times[0].Order().ElementAt(times[0].Count / 2):0.000} and {times[1].Order().ElementAt(times[1].Count / 2):0.000} ms (bar 5 % apart); {post.Raw.Count} mails.");
        }
        Assert.InRange(ratio, 0.95, 1.05);
    }

    /// <summary>In ms: by addresses of accounts, and by addresses of nobody.</summary>
    private static async Task<List<double>[]> AskAsync(Browser stranger, int first)
    {
        var times = new[] { new List<double>(), new List<double>() };
        string? said = null;
        // Each address is asked for as often as there are mails for it at once, so that every time there is one to send.
        for (var i = 0; i < People * AsksOfEach; i++)
        {
            // In an order, and after pauses, that keep no step with what is done a tenth of a second behind each answer.
            var mixed = unchecked((uint)i * 2_654_435_761);
            var begins = (int)(mixed >> 31);
            foreach (var turn in (int[])[begins, 1 - begins])
            {
                var email = $"{(turn == 0 ? "person" : "nobody")}{first + (i % People):000}@example.org";
                var started = Stopwatch.GetTimestamp();
                var answer = await stranger.SubmitAsync("/signin/forgot", ("email", email));
                times[turn].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Assert.Equal(said ??= $"{answer.Status} {answer.Text}", $"{answer.Status} {answer.Text}");
                await Task.Delay(BetweenAsks + TimeSpan.FromMilliseconds((mixed >> 16) % 32));
            }
        }
        return times;
    }

    private static async Task AddPeopleAsync(RunningServer server)
    {
        await using (var rows = await Staff.RowsAsync(server))
        {
            var tenant = (await rows.Tenants.SingleAsync()).TenantId;
            var ids = server.Services.GetRequiredService<IdSource>();
            for (var i = 0; i < Tries * People; i++)
            {
                var email = $"person{i:000}@example.org";
                rows.Add(new OperatorRow { TenantId = tenant, Id = ids.New<OperatorId>(), Email = email, EmailFolded = OperatorDesk.Fold(email), PasswordHash = "none", SecurityStamp = OperatorDesk.NewStamp(), CreatedAt = NodaTime.Instant.FromUnixTimeSeconds(1) });
            }
            await rows.CommitAsync(CancellationToken.None);
        }
        await server.Services.GetRequiredService<IdentityDirectory>().ReloadAsync(CancellationToken.None);
    }
}
