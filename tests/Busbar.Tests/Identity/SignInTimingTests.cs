using System.Diagnostics;
using System.Net;
using Busbar.Storage;
using Busbar.Tests.Support;

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
}
