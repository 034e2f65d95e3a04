using Busbar.Kernel;
using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Clocks that lie, tokens that may not, ends that disagree.</summary>
public sealed class ClockTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 6, 1, 10, 0);

    private static Instant At(int minute) => Now + Duration.FromMinutes(minute);

    private static Instant End => At(60);

    /// <param name="start">The start's timestamp, told at 10:00.</param>
    /// <param name="stop">The stop's, told at 11:00.</param>
    /// <param name="minutes">What is billed; negative: nothing, the session is held.</param>
    [Theory]
    [InlineData("1970-01-01T00:00:05Z", "1970-01-01T01:00:05Z", 60, Issues.TimeEstimated)]
    [InlineData("1970-01-01T00:00:05Z", "2026-06-01T11:00:00Z", 60, Issues.TimeEstimated)]
    [InlineData("2000-01-01T00:00:05Z", "2026-06-01T11:00:00Z", 60, Issues.TimeEstimated)]
    [InlineData("2099-01-01T00:00:00Z", "2099-01-01T01:00:00Z", 60, Issues.TimeEstimated)]
    [InlineData("2026-06-01T10:00:00", "2026-06-01T11:00:00", 60, Issues.TimeZoneMissing)]
    [InlineData("2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z", 60, Issues.ClockAhead)]
    [InlineData("2026-06-02T09:59:00Z", "2026-06-02T10:59:00Z", 60, Issues.ClockAhead)]
    [InlineData("2026-06-02T11:30:00Z", "2026-06-02T12:30:00Z", 60, Issues.TimeEstimated)]
    [InlineData("yesterday", "2026-06-01T11:00:00Z", 60, Issues.TimeEstimated)]
    [InlineData("2026-06-01T05:00:00Z", "2026-06-01T06:00:00Z", 60, Issues.ToldLate)]
    // The clock was set between start and end: nothing negative and nothing absurd is billed, and the energy waits for a person.
    [InlineData("2026-06-01T10:00:00Z", "2026-06-01T09:00:00Z", -1, Issues.EndBeforeStart)]
    [InlineData("2022-01-01T00:00:10Z", "2026-06-01T11:00:00Z", -1, Issues.ClockChanged)]
    [InlineData("2026-05-31T09:59:00Z", "2026-06-01T11:00:00Z", -1, Issues.ClockChanged)]
    // A queue is older than a day, and each of its charges is not.
    [InlineData("2026-05-30T00:00:00Z", "2026-05-30T10:00:00Z", 600, Issues.ToldLate)]
    // Nothing comes before it was written.
    [InlineData("2026-06-01T15:00:00Z", "2026-06-01T11:00:00Z", 60, Issues.ClockAhead)]
    [InlineData("2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z", 60, Issues.ClockAhead)]
    [InlineData("2026-06-01T10:00:00Z", "1970-01-01T01:00:05Z", 60, Issues.TimeEstimated)]
    [InlineData("2026-06-01T10:00:00Z", "2099-01-01T01:00:05Z", 60, Issues.TimeEstimated)]
    public void A_clock_that_lies_is_flagged_and_bills_nothing_absurd(string start, string stop, int minutes, string issue)
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", default, 1_000_000, start, Now), Now);
        journal.Tell(Frames.Stop(Journal.IdOf(1), default, 1_009_000, time: stop, receivedAt: End), End);
        var session = Assert.Single(journal.Sessions);
        Assert.Contains(issue, session.Issues);
        Assert.True(session.EndedAt >= session.StartedAt);
        if (minutes < 0)
        {
            Assert.Equal(SessionPhase.Held, session.Phase);
            Assert.Empty(journal.Cdrs);
            return;
        }
        Assert.Equal(Duration.FromMinutes(minutes), session.EndedAt - session.StartedAt);
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_2_x_event_that_was_told_at_once_has_no_time_of_long_ago(bool offline)
    {
        var journal = new Journal();
        journal.Tell(Frames.Event("Started", "tx-1", 0, default, 1_000_000, "Charging", "TAG-A", offline, "2022-01-01T00:00:10Z", receivedAt: Now), Now);
        journal.Tell(Frames.Event("Updated", "tx-1", 1, default, 1_004_000, offline: offline, time: "2022-01-01T00:30:10Z", receivedAt: At(30)), At(30));
        journal.Tell(Frames.Event("Ended", "tx-1", 2, End, 1_009_000, receivedAt: End), End);
        var session = Assert.Single(journal.Sessions);
        if (offline)
        {
            // It may have waited: nobody can tell, so nobody is billed.
            Assert.Equal(SessionPhase.Held, session.Phase);
            Assert.Contains(Issues.ClockChanged, session.Issues);
            Assert.Empty(journal.Cdrs);
            return;
        }
        Assert.Contains(Issues.TimeEstimated, session.Issues);
        Assert.Equal([Now, At(30), End], session.Timeline.Readings.Select(reading => reading.At));
        Assert.Equal((9_000m, Frames.Text(Now), Frames.Text(End)), (Assert.Single(journal.Live).EnergyWh, journal.Live[0].StartedAt, journal.Live[0].EndedAt));
    }

    [Fact]
    public void An_end_of_tomorrow_does_not_make_the_vehicle_idle_until_then()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Status(1, "Charging", Now), Now);
        journal.Tell(Frames.Status(1, "SuspendedEV", At(50)), At(50));
        journal.Tell(Frames.Stop(Journal.IdOf(1), default, 1_009_000, time: Frames.Text(End + Duration.FromHours(23)), receivedAt: End), End);
        var told = new Journal();
        told.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        told.Tell(Frames.Status(1, "Charging", Now), Now);
        told.Tell(Frames.Status(1, "SuspendedEV", At(50)), At(50));
        told.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        Assert.Equal(CdrContent.Of(Assert.Single(told.Live)), CdrContent.Of(Assert.Single(journal.Live)));
    }

    [Fact]
    public void A_start_of_an_unset_clock_comes_again_after_a_boot_and_is_the_same_one()
    {
        var journal = new Journal();
        var start = Frames.Start(1, "TAG-A", default, 1_000_000, "1970-01-01T00:00:05Z", Now);
        var first = journal.Tell(start, Now);
        journal.Tell(Frames.Boot(), At(1));
        Assert.Equal(first, journal.Tell(start, At(2)));
        Assert.Single(journal.Sessions);

        // Once it has ended, the same bytes are another session, for such a clock begins anew with each boot.
        journal.Tell(Frames.Stop(Journal.IdOf(1), At(60), 1_009_000), At(60));
        journal.Tell(Frames.Boot(), At(61));
        Assert.NotEqual(first, journal.Tell(start, At(62)));
        Assert.Equal(2, journal.Sessions.Count);
    }

    [Fact]
    public void A_start_of_a_clock_that_begins_in_the_past_with_each_boot_is_a_new_one_after_a_boot_and_an_end()
    {
        var journal = new Journal();
        var start = Frames.Start(1, "TAG-A", default, 1_000_000, "2022-01-01T00:00:30Z", Now);
        var first = journal.Tell(start, Now);
        Assert.Equal(first, journal.Tell(start, At(1)));
        journal.Tell(Frames.Boot(), At(2));
        Assert.Equal(first, journal.Tell(start, At(3)));
        journal.Tell(Frames.Stop(Journal.IdOf(1), default, 1_000_000, time: "2022-01-01T00:20:30Z", receivedAt: At(20)), At(20));
        Assert.Single(journal.Sessions);

        journal.Tell(Frames.Boot(), At(30));
        Assert.NotEqual(first, journal.Tell(start, At(31)));
        journal.Tell(Frames.Stop(Journal.IdOf(1, 1), default, 1_008_000, time: "2022-01-01T00:40:30Z", receivedAt: At(71)), At(71));
        Assert.Equal([0m, 8_000m], journal.Live.Select(cdr => cdr.EnergyWh));
        Assert.All(journal.Sessions, session => Assert.Contains(Issues.ToldLate, session.Issues));
    }

    [Fact]
    public void A_start_that_comes_again_after_days_because_its_answer_was_lost_is_the_same_one()
    {
        var journal = new Journal();
        var start = Frames.Start(1, "TAG-A", Now, 1_000_000);
        var first = journal.Tell(start, Now);
        journal.Tell(Frames.Boot(), At(60));
        Assert.Equal(first, journal.Tell(start, Now + Duration.FromDays(3)));
        Assert.Single(journal.Sessions);
    }

    [Fact]
    public void A_state_that_recurs_at_a_clock_that_stands_still_is_no_repeat()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        foreach (var (minute, status) in new[] { (1, "Charging"), (20, "SuspendedEV"), (30, "Charging"), (31, "Charging") })
            journal.Tell(Frames.Status(1, status, Instant.FromUnixTimeSeconds(5)), At(minute));
        journal.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        var right = new Journal();
        right.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        foreach (var (minute, status) in new[] { (1, "Charging"), (20, "SuspendedEV"), (30, "Charging") }) right.Tell(Frames.Status(1, status, At(minute)), At(minute));
        right.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        Assert.Equal(CdrContent.Of(Assert.Single(right.Live)), CdrContent.Of(Assert.Single(journal.Live)));
    }

    [Fact]
    public void An_end_of_an_unset_clock_told_again_in_other_bytes_is_one_end()
    {
        var journal = new Journal();
        journal.Tell(Frames.Event("Started", "tx-1", 0, Now, 1_000_000, token: "TAG-A"), Now);
        journal.Tell(Frames.Event("Ended", "tx-1", 1, default, 1_009_000, time: "1970-01-01T01:00:00Z"), End);
        journal.Tell(Frames.Event("Ended", "tx-1", 1, default, 1_009_000, time: "1970-01-01T01:00:00Z", offline: true), End + Duration.FromMinutes(30));
        var session = Assert.Single(journal.Sessions);
        Assert.DoesNotContain(Issues.DifferingStop, session.Issues);
        Assert.Equal(End, session.EndedAt);
        Assert.Single(journal.Cdrs);
    }

    [Theory]
    [InlineData("Invalid", Issues.TokenUnknown)]
    [InlineData("Blocked", Issues.TokenBlocked)]
    [InlineData("Expired", Issues.TokenExpired)]
    public void A_charge_with_a_token_that_may_not_is_recorded_billed_and_flagged(string status, string issue)
    {
        var journal = new Journal(judge: _ => status);
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        Assert.Contains(issue, journal.Sessions.Single().Issues);
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
    }

    [Fact]
    public void A_refused_start_without_energy_fails_and_costs_nothing()
    {
        var journal = new Journal(judge: _ => "Blocked");
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Stop(Journal.IdOf(1), At(1), 1_000_000), At(1));
        Assert.Equal(SessionPhase.Failed, journal.Sessions.Single().Phase);
        Assert.Empty(journal.Cdrs);
    }

    [Fact]
    public void A_cable_first_session_gets_the_token_that_comes_later_and_not_the_one_that_stops_it()
    {
        Frame[] frames =
        [
            Frames.Event("Started", "tx-1", 0, Now, 1_000_000), Frames.Event("Updated", "tx-1", 1, At(2), token: "TAG-A"), Frames.Event("Ended", "tx-1", 2, End, 1_009_000, token: "TAG-B"),
        ];
        foreach (var order in Orders.Of(3))
        {
            var journal = new Journal(judge: token => token.Uid == "TAG-A" ? "Accepted" : "Blocked");
            foreach (var index in order) journal.Tell(frames[index], End);
            Assert.Equal("TAG-A", Assert.Single(journal.Live).TokenUid);
            Assert.DoesNotContain(Issues.NoToken, journal.Sessions.Single().Issues);
            Assert.DoesNotContain(Issues.TokenBlocked, journal.Sessions.Single().Issues);
        }
    }

    [Fact]
    public void A_session_without_any_token_is_billed_to_nobody_and_says_so()
    {
        var journal = new Journal();
        journal.Tell(Frames.Event("Started", "tx-1", 0, Now, 1_000_000), Now);
        journal.Tell(Frames.Event("Ended", "tx-1", 1, End, 1_009_000), End);
        Assert.Contains(Issues.NoToken, journal.Sessions.Single().Issues);
        Assert.Null(Assert.Single(journal.Live).TokenUid);
    }

    [Fact]
    public void Two_ends_that_differ_are_both_kept_and_the_earlier_one_counts_in_both_orders()
    {
        Frame[] ends = [Frames.Stop(Journal.IdOf(1), End, 1_009_000), Frames.Stop(Journal.IdOf(1), At(75), 1_009_000, reason: "PowerLoss")];
        foreach (var order in Orders.Of(2))
        {
            var journal = new Journal();
            journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
            foreach (var index in order) journal.Tell(ends[index], At(80));
            var session = journal.Sessions.Single();
            Assert.Equal((End, "Local", 2), (session.EndedAt, session.EndReason, session.Ends.Count));
            Assert.Contains(Issues.DifferingStop, session.Issues);
            Assert.Equal(SessionPhase.Completed, session.Phase);
            Assert.Equal(Frames.Text(End), Assert.Single(journal.Live).EndedAt);
        }
    }

    [Fact]
    public void Two_ends_with_different_registers_are_held_and_what_was_billed_is_credited()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        journal.Tell(Frames.Stop(Journal.IdOf(1), End, 1_010_000), At(61));
        Assert.Equal(SessionPhase.Held, journal.Sessions.Single().Phase);
        Assert.Contains(Issues.StopsDisagree, journal.Sessions.Single().Issues);
        Assert.Empty(journal.Live);
        Assert.Equal([1, 2], journal.Cdrs.Select(cdr => cdr.Version));

        // What comes while it is held makes no second credit.
        journal.Tell(Frames.Meter(1, Journal.IdOf(1), At(30), 1_004_000), At(62));
        Assert.Equal(2, journal.Cdrs.Count);
    }

    [Fact]
    public void A_meter_value_after_the_stop_bills_nothing_and_is_shown()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Stop(Journal.IdOf(1), End, 1_009_000), End);
        journal.Tell(Frames.Meter(1, Journal.IdOf(1), End, 1_009_000), End);
        Assert.DoesNotContain(Issues.EnergyAfterEnd, journal.Sessions.Single().Issues);
        journal.Tell(Frames.Meter(1, Journal.IdOf(1), At(70), 1_012_000), At(70));
        Assert.Contains(Issues.EnergyAfterEnd, journal.Sessions.Single().Issues);
        Assert.Equal(SessionPhase.Completed, journal.Sessions.Single().Phase);
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
    }

    [Fact]
    public void A_second_session_on_a_connector_supersedes_the_first_until_its_end_is_known()
    {
        Frame[] frames =
        [
            Frames.Start(1, "TAG-A", Now, 1_000_000), Frames.Start(1, "TAG-B", At(70), 1_009_000), Frames.Stop(Journal.IdOf(1), End, 1_009_000),
        ];
        var journal = new Journal();
        foreach (var frame in frames[..2]) journal.Tell(frame, At(71));
        var first = journal.Sessions.Single(session => session.Token!.Uid == "TAG-A");
        Assert.Equal(SessionPhase.Charging, first.Phase);
        Assert.Contains(Issues.Superseded, first.Issues);
        journal.Tell(frames[2], At(72));
        Assert.DoesNotContain(Issues.Superseded, journal.Sessions.Single(session => session.Token!.Uid == "TAG-A").Issues);
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);

        // An end that reaches into the next session cannot be true.
        var overlapping = new Journal();
        foreach (var frame in frames[..2]) overlapping.Tell(frame, At(71));
        overlapping.Tell(Frames.Stop(Journal.IdOf(1), At(90), 1_012_000), At(91));
        Assert.Equal(SessionPhase.Held, overlapping.Sessions.Single(session => session.Token!.Uid == "TAG-A").Phase);
        Assert.Empty(overlapping.Live);
    }
}
