using System.Diagnostics;
using System.Net;
using Busbar.Identity;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>How long the sign-in takes says nothing of an account (S11).</summary>
[Trait("suite", "sockets")]
public sealed class SignInTimingTests(Servers servers)
{
    // A hash is a fifth of a second of one processor: what is there beside it would be a few thousandths.
    private const int Rounds = 16;

    [Fact]
    public async Task A_wrong_password_takes_as_long_whoever_it_is_of_and_is_answered_alike()
    {
        await using var server = await RunningServer.StartAsync(
            await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:AdminKey=", "--Busbar:Limits:SignInsPerSource=1000000", "--Busbar:Limits:SignInsPerAccount=1000000", "--Busbar:Limits:SignInsFromStrangers=1000000");
        var owner = new Browser(server);
        (await Staff.SetUpAsync(owner, Staff.Code(server), "ada@example.org")).Is(HttpStatusCode.SeeOther);
        var stranger = new Browser(server);
        string[] who = ["ada@example.org", "nobody@example.org", "not an address"];
        var times = who.Select(_ => new List<TimeSpan>(Rounds)).ToArray();
        string? said = null;
        for (var i = 0; i < Rounds + 2; i++)
        {
            // In turns, and each first as often as the others.
            for (var turn = 0; turn < who.Length; turn++)
            {
                var which = (i + turn) % who.Length;
                var started = Stopwatch.GetTimestamp();
                var answer = await stranger.SubmitAsync("/signin", ("email", who[which]), ("password", "a wrong guess"));
                var lasted = Stopwatch.GetElapsedTime(started);
                if (i >= 2) times[which].Add(lasted);
                var told = $"{(int)answer.Status} {answer.Text.Replace(WebUtility.HtmlEncode(who[which]), "", StringComparison.Ordinal)}";
                Assert.Equal(said ??= told, told);
            }
        }
        var medians = times.Select(one => one.Order().ElementAt(Rounds / 2).TotalMilliseconds).ToList();
        var quickest = times.Select(one => one.Min().TotalMilliseconds).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"S11: medians of {Rounds} wrong passwords: an account {medians[0]:0.0} ms, nobody's {medians[1]:0.0} ms, no address {medians[2]:0.0} ms; the quickest {quickest[0]:0.0}, {quickest[1]:0.0}, {quickest[2]:0.0} ms (bar 5 % apart).");
        // The quickest of many: a machine that is busy with something else is not the subject.
        Assert.All(quickest, one => Assert.InRange(one / quickest[0], 0.95, 1.05));
    }

    // What is behind the answer is some thousandths of a second of work, which is not waited for; until the next one asks it is done.
    private const int People = 120, AsksOfEach = 3;
    private static readonly TimeSpan BetweenAsks = TimeSpan.FromMilliseconds(25);

    [Fact]
    public async Task Asking_for_a_new_password_takes_as_long_whoever_it_is_for_and_is_answered_alike()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, ["--Busbar:ForgottenPasswords:PublicUrl=https://busbar.example.org/", "--Busbar:Limits:SignInsPerSource=1000000", .. post.Settings]);
        await Staff.FoundAsync(server);
        await AddPeopleAsync(server);
        var stranger = new Browser(server);
        for (var i = 0; i < 50; i++) await stranger.SubmitAsync("/signin/forgot", ("email", $"warm{i}@example.org"));
        var times = new[] { new List<double>(), new List<double>() };
        string? said = null;
        // Each address is asked for as often as there are mails for it at once, so that every time there is one to send.
        for (var i = 0; i < People * AsksOfEach; i++)
        {
            // There, not there, not there, there.
            foreach (var turn in new[] { 0, 1, 1, 0 }.Skip(i % 2 * 2).Take(2))
            {
                var email = $"{(turn == 0 ? "person" : "nobody")}{i % People:000}@example.org";
                var started = Stopwatch.GetTimestamp();
                var answer = await stranger.SubmitAsync("/signin/forgot", ("email", email));
                times[turn].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                Assert.Equal(said ??= $"{answer.Status} {answer.Text}", $"{answer.Status} {answer.Text}");
                await Task.Delay(BetweenAsks);
            }
        }
        for (var i = 0; i < 600 && post.Raw.Count < People * AsksOfEach; i++) await Task.Delay(100);
        var quick = times.Select(one => one.Order().Take(one.Count / 4).Average()).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"S11: {times[0].Count} times a new password was asked for by the address of an account and of nobody: the quickest quarter {quick[0]:0.000} and {quick[1]:0.000} ms, medians {times[0].Order().ElementAt(times[0].Count / 2):0.000} and {times[1].Order().ElementAt(times[1].Count / 2):0.000} ms (bar 5 % apart); {post.Raw.Count} mails.");
        // There was something to do for each.
        Assert.Equal(People * AsksOfEach, post.Raw.Count);
        Assert.InRange(quick[0] / quick[1], 0.95, 1.05);
    }

    private static async Task AddPeopleAsync(RunningServer server)
    {
        await using (var rows = await Staff.RowsAsync(server))
        {
            var tenant = (await rows.Tenants.SingleAsync()).TenantId;
            var ids = server.Services.GetRequiredService<IdSource>();
            for (var i = 0; i < People; i++)
            {
                var email = $"person{i:000}@example.org";
                rows.Add(new OperatorRow { TenantId = tenant, Id = ids.New<OperatorId>(), Email = email, EmailFolded = OperatorDesk.Fold(email), PasswordHash = "none", SecurityStamp = OperatorDesk.NewStamp(), CreatedAt = NodaTime.Instant.FromUnixTimeSeconds(1) });
            }
            await rows.CommitAsync(CancellationToken.None);
        }
        await server.Services.GetRequiredService<IdentityDirectory>().ReloadAsync(CancellationToken.None);
    }
}
