using System.Globalization;
using System.Net;
using System.Text.Json;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations;
using Busbar.Stations.Api;
using Busbar.Stations.Console;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>What the page that connects a charger says of what it sees.</summary>
public sealed class ConnectJudgeTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 26, 12, 0);
    private static readonly StationAddress Plain = new("ws://here/ocpp", "ws://here/ocpp/CP-1");

    [Fact]
    public void Of_a_charger_that_was_never_heard_of_the_first_step_is_waited_for_and_no_other()
    {
        var steps = Judge(New());
        Assert.Equal((StepState.Now, "connect-nothing"), (steps[0].State, steps[0].Text));
        Assert.All(steps.Skip(1), step => Assert.Equal(StepState.Waiting, step.State));
    }

    [Theory]
    [InlineData(Gatekeeper.WrongPassword, "connect-wrong-password")]
    [InlineData(Gatekeeper.OtherUser, "connect-other-user")]
    [InlineData(Gatekeeper.NeedsTls, "connect-no-tls-here")]
    [InlineData(Gatekeeper.ProfileOver, "connect-profile-over")]
    [InlineData(StationRefusal.NoProtocol, "connect-no-protocol")]
    [InlineData(StationRefusal.NoUpgrade, "connect-no-upgrade")]
    public void Each_refusal_says_what_to_set(string reason, string text)
    {
        var steps = Judge(New() with { Refused = Refused(reason) });
        Assert.Equal(StepState.Done, steps[0].State);
        Assert.Equal((StepState.Problem, text), (steps[1].State, steps[1].Text));
    }

    [Fact]
    public void A_version_that_nobody_speaks_here_is_named()
    {
        var step = Judge(New() with { Refused = Refused(StationRefusal.NoProtocol) with { Offered = ["ocpp1.5"] } })[1];
        Assert.Equal("connect-other-protocol", step.Text);
        Assert.Contains("ocpp1.5", StationTexts.Say(step.Text!, step.Values), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_came_twice_or_was_typed_wrong_is_told()
    {
        Assert.Equal("connect-id-twice", Judge(New() with { CameWithIdTwice = true })[0].Text);
        var resembling = Judge(New() with { Resembling = Refused(Gatekeeper.UnknownStation) with { Identity = "CP1" } })[0];
        Assert.Equal((StepState.Problem, "connect-resembling"), (resembling.State, resembling.Text));
    }

    [Fact]
    public void What_was_refused_before_it_came_in_is_over()
    {
        var steps = Judge(New(online: true) with { Refused = Refused(Gatekeeper.WrongPassword) });
        Assert.Equal(StepState.Done, steps[1].State);
        Assert.Equal(StepState.Now, steps[2].State);
    }

    [Fact]
    public void A_connection_without_a_boot_becomes_a_problem()
    {
        Assert.Equal("connect-boot-soon", Judge(New(online: true, lastSeen: Now))[2].Text);
        Assert.Equal((StepState.Problem, "connect-no-boot"), Judge(New(online: true, lastSeen: Now - Duration.FromMinutes(1)))[2] is var step ? (step.State, step.Text) : default);
    }

    [Theory]
    [InlineData(0L, null)]
    [InlineData(59_000L, null)]
    [InlineData(-7_200_000L, "connect-clock-behind")]
    [InlineData(90_000L, "connect-clock-ahead")]
    public void A_wrong_clock_is_told_with_its_direction(long offset, string? text)
    {
        var step = Judge(New(online: true) with { Station = View(true, Now, offset, vendor: "Volta") }).Single(step => step.Key == "clock");
        Assert.Equal((text is null ? StepState.Done : StepState.Problem, text), (step.State, step.Text));
    }

    [Theory]
    [InlineData("CP-1", "CP1", true)]
    [InlineData("HARBOUR-01", "harbour_01", true)]
    [InlineData("HARBOUR-01", "HARBUOR-01", true)]
    [InlineData("HARBOUR-01", "DEPOT-07", false)]
    [InlineData("CP-1", "CP-27", false)]
    [InlineData("--", "..", false)]
    public void A_slip_of_the_pen_is_a_resemblance(string one, string other, bool resembles) => Assert.Equal(resembles, ConnectJudge.Resembles(one, other));

    [Fact]
    public void A_whole_story_ends_with_all_steps_done_and_each_text_is_there_in_both_languages()
    {
        var story = new (string Direction, string Kind, string? Action, string Payload)[]
        {
            ("fromStation", "call", "BootNotification", "{}"), ("toStation", "callResult", "BootNotification", """{"status":"Accepted"}"""),
            ("fromStation", "call", "Authorize", "{}"), ("toStation", "callResult", "Authorize", """{"idTagInfo":{"status":"Invalid"}}"""),
            ("fromStation", "call", "StartTransaction", "{}"),
        };
        MessageView[] messages = [.. story.Select(it => new MessageView(Now, it.Direction, it.Kind, it.Action, "1", JsonElement.Parse(it.Payload))).Reverse()];
        Assert.Equal(new WireDigest(true, true, "Invalid", true), WireDigest.Of(messages));
        var seen = New(online: true) with { Wire = WireDigest.Of(messages), Station = View(true, Now, 0, "Volta", 2) };
        Assert.All(Judge(seen), step => Assert.Equal(StepState.Done, step.State));
        var refused = Judge(seen with { Wire = WireDigest.Of(messages[1..]) })[^1];
        Assert.Equal((StepState.Problem, "connect-token-refused"), (refused.State, refused.Text));

        foreach (var language in new[] { "en-GB", "de-DE" })
        {
            CultureInfo.CurrentUICulture = new CultureInfo(language);
            foreach (var step in Judge(seen).Append(refused))
            {
                StationTexts.Say("step-" + step.Key);
                if (step.Text is { } text) StationTexts.Say(text, step.Values);
            }
            foreach (var state in Enum.GetValues<StepState>()) StationTexts.Say("step-is-" + state);
            foreach (var make in VendorHint.All) StationTexts.Say("vendor-" + make.Key);
        }
    }

    private static IReadOnlyList<ConnectStep> Judge(ConnectEvidence seen) => ConnectJudge.Judge(seen);

    private static ConnectEvidence New(bool online = false, Instant? lastSeen = null) =>
        new(View(online, online ? lastSeen ?? Now : null), new WireDigest(false, false, null, false), Plain, Now);

    private static RefusedKnock Refused(string reason) => new("default", "CP-1", reason, IPAddress.Loopback, false, [], Now - Duration.FromMinutes(1), 1);

    private static StationView View(bool online, Instant? lastSeen, long? offset = null, string? vendor = null, int connectors = 0) => new(
        new StationId(Guid.Empty), "CP-1", null, null, 1, null, online, "ocpp1.6", lastSeen, lastSeen, vendor, null, null, null, offset,
        [new EvseView(1, null, true, [.. Enumerable.Range(1, connectors).Select(n => new ConnectorView(n, null, null, "Available", "Available", Now, null, true))])], [], [], Now);
}
