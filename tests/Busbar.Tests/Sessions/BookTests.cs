using System.Globalization;
using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What a station's book holds is bounded, what it cannot place is kept and shown, and a long session costs no more than a short one.</summary>
public sealed class BookTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 6, 1, 10, 0);

    private static Instant At(double minutes) => Now + Duration.FromSeconds(minutes * 60);

    [Fact]
    public void An_end_of_nobody_is_kept_answered_and_given_to_the_start_that_it_fits()
    {
        var journal = new Journal();
        var answer = journal.Tell(Frames.Stop("4711", At(60), 1_009_000, "TAG-A"), At(60));
        Assert.Equal("4711", Assert.Single(journal.Orphans).TransactionId);
        Assert.Empty(journal.Sessions);
        Assert.Equal(answer, journal.Tell(Frames.Stop("4711", At(60), 1_009_000, "TAG-A"), At(61)));
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), At(62));
        Assert.Empty(journal.Orphans);
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
        Assert.Contains(Issues.MatchedByEvidence, journal.Sessions.Single().Issues);
    }

    [Fact]
    public void An_end_that_fits_two_sessions_is_given_to_neither()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Start(2, "TAG-A", Now, 1_000_500), Now);
        journal.Tell(Frames.Stop("-1", At(60), 1_009_000, "TAG-A"), At(60));
        Assert.Single(journal.Orphans);
        Assert.All(journal.Sessions, session => Assert.Equal(SessionPhase.Charging, session.Phase));
        // The other one ends by its own id: then only one is left.
        journal.Tell(Frames.Stop(Journal.IdOf(2), At(61), 1_005_000), At(61));
        Assert.Empty(journal.Orphans);
        Assert.Equal(2, journal.Live.Count);
    }

    [Fact]
    public void A_guess_that_later_facts_contradict_is_taken_back_and_credited()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Stop("-1", At(60), 1_009_000, "TAG-A"), At(60));
        Assert.Single(journal.Live);
        // The same driver's other session, whose start comes late, may have been meant just as well.
        journal.Tell(Frames.Start(2, "TAG-A", At(1), 1_001_000), At(61));
        Assert.Empty(journal.Live);
        Assert.Equal(2, journal.Cdrs.Count);
        Assert.Single(journal.Orphans);
        Assert.Equal(SessionPhase.Charging, journal.Sessions.Single(session => session.Evse == 1).Phase);
        // And the station's own word decides.
        journal.Tell(Frames.Stop(Journal.IdOf(1), At(60), 1_009_000), At(62));
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
    }

    [Fact]
    public void A_number_that_is_another_connectors_session_says_nothing()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Start(2, "TAG-B", Now, 5_000_000), Now);
        journal.Tell(Frames.Meter(2, Journal.IdOf(1), At(30), 5_003_000), At(30));
        Assert.DoesNotContain(journal.Sessions.Single(session => session.Evse == 1).Timeline.Readings, reading => reading.Register?.WattHours == 5_003_000m);
        Assert.Contains(journal.Sessions.Single(session => session.Evse == 2).Timeline.Readings, reading => reading.Register?.WattHours == 5_003_000m);
    }

    [Fact]
    public void A_flood_of_foreign_transactions_leaves_a_bounded_book_and_the_real_session_its_bill()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        for (var i = 0; i < 10_000; i++)
        {
            var at = Now + Duration.FromMilliseconds(i);
            journal.Tell((i % 3) switch
            {
                0 => Frames.Stop((1_000_000 + i).ToString(CultureInfo.InvariantCulture), at, 17, "TAG-X"),
                1 => Frames.Meter(9, (1_000_000 + i).ToString(CultureInfo.InvariantCulture), at, 17),
                _ => Frames.Status(10 + i, "Charging", at),
            }, At(1));
        }
        Assert.Equal(StationBook.OrphanLimit, journal.Book.Orphans.Count);
        Assert.True(journal.Book.Connectors.Count <= StationBook.ConnectorLimit);
        journal.Tell(Frames.Stop(Journal.IdOf(1), At(60), 1_009_000), At(60));
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
    }

    [Fact]
    public void A_flood_of_new_transactions_closes_the_oldest_as_held_and_loses_none()
    {
        var journal = new Journal();
        journal.Tell(Frames.Event("Started", "mine", 0, Now, 1_000_000, "Charging", "TAG-A"), Now);
        for (var i = 0; i < 2_000; i++) journal.Tell(Frames.Event("Updated", $"flood-{i}", 3, At(1), 17, evse: 2), At(1));
        Assert.True(journal.Book.Open.Length <= StationBook.OpenLimit);
        Assert.Equal(2_001, journal.Sessions.Count);
        Assert.Empty(journal.Cdrs);
        journal.Tell(Frames.Event("Ended", "mine", 1, At(60), 1_009_000), At(60));
        Assert.Equal(9_000m, Assert.Single(journal.Live).EnergyWh);
        // One that was closed for want of room is found again when the station comes back to it.
        journal.Tell(Frames.Event("Started", "flood-0", 2, At(0.5), 10, evse: 2), At(61));
        journal.Tell(Frames.Event("Ended", "flood-0", 4, At(2), 20, evse: 2), At(62));
        Assert.Equal(2, journal.Live.Count);
        Assert.Equal(2_001, journal.Sessions.Count);
    }

    [Fact]
    public void A_flood_within_one_session_is_bounded_and_its_end_still_counts()
    {
        var session = new Session { Id = default, TransactionId = "1", StartKnown = true, StartedAt = Now };
        var samples = Enumerable.Range(0, SessionRules.TimelineLimit + 500).Select(i => new Busbar.Stations.Contracts.MeterSample
        {
            Time = new(Now + Duration.FromSeconds(i), "", Busbar.Stations.Contracts.ClockQuality.Plausible), Register = new Busbar.Kernel.Energy(1_000_000L + i),
        }).ToList();
        session = SessionRules.WithReadings(session, samples, At(10_000));
        Assert.Equal(SessionRules.TimelineLimit, session.Timeline.Readings.Count);
        Assert.Contains(Issues.TooMuchData, session.Issues);
        session = SessionRules.WithReadings(session, [samples[^1] with { Context = Busbar.Stations.Contracts.SampleContext.End }], At(10_000));
        Assert.Equal(samples.Count - 1, MeterJudge.Judge(session).Energy.MilliwattHours);
    }

    [Theory]
    [InlineData(Busbar.Stations.Contracts.SampleContext.Begin)]
    [InlineData(Busbar.Stations.Contracts.SampleContext.End)]
    public void A_flood_of_beginnings_or_ends_is_bounded_too(Busbar.Stations.Contracts.SampleContext context)
    {
        var session = new Session { Id = default, TransactionId = "1", StartKnown = true, StartedAt = Now };
        var samples = Enumerable.Range(0, SessionRules.TimelineLimit + 50).Select(i => new Busbar.Stations.Contracts.MeterSample
        {
            Time = new(Now + Duration.FromSeconds(i), "", Busbar.Stations.Contracts.ClockQuality.Plausible), Register = new Busbar.Kernel.Energy(1_000_000L + i), Context = context,
        }).ToList();
        session = SessionRules.WithReadings(session, samples, At(10_000));
        Assert.Equal(SessionRules.TimelineLimit, session.Timeline.Readings.Count);
        Assert.Contains(Issues.TooMuchData, session.Issues);
        // The beginning is the first one, the end the last one, whatever stands between.
        Assert.Equal(1_000_000L, session.Timeline.Readings[0].Register?.MilliwattHours);
        if (context == Busbar.Stations.Contracts.SampleContext.End) Assert.Equal(samples[^1].Register, session.Timeline.Readings[^1].Register);
    }

    [Fact]
    public void Numbers_with_gaps_between_all_of_them_are_bounded()
    {
        var log = SequenceLog.Empty;
        for (var i = 0; i < 3 * SequenceLog.RangeLimit; i++) log = log.Add(2 * i, Now + Duration.FromSeconds(i));
        Assert.Equal(SequenceLog.RangeLimit, log.Seen.Length);
        Assert.True(log.HasGap);
        // What closes a gap still does.
        log = log.Add(1, At(100_000)).Add(3, At(100_001));
        Assert.Equal(SequenceLog.RangeLimit - 2, log.Seen.Length);
        Assert.True(log.Contains(4));
    }

    [Fact]
    public void A_superseded_session_that_is_given_up_is_held_and_a_running_one_goes_on()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        journal.Tell(Frames.Meter(1, Journal.IdOf(1), At(30), 1_004_000), At(30));
        journal.Tell(Abandoned(1, 0), At(40));
        Assert.Equal(SessionPhase.Charging, journal.Sessions.Single().Phase);
        journal.Tell(Frames.Start(1, "TAG-B", At(60), 1_004_000), At(60));
        journal.Tell(Abandoned(1, 0), At(70));
        var first = journal.Sessions.Single(session => session.Token!.Uid == "TAG-A");
        Assert.Equal((SessionPhase.Held, At(30)), (first.Phase, first.EndedAt));
        Assert.Contains(Issues.NoEnd, first.Issues);
        Assert.Equal(4_000m, MeterJudge.Judge(first).Energy.WattHours);
    }

    private static Frame Abandoned(int connector, int start)
    {
        var fact = new Busbar.Stations.Contracts.ChargingFact.GapsAbandoned { Time = Busbar.Stations.Contracts.StationTime.Missing, TransactionId = Journal.IdOf(connector, start) };
        return new Frame(fact, 0, Busbar.Stations.Dialects.OwnFacts.ActionOf(fact), Busbar.Stations.Dialects.OwnFacts.Write(fact));
    }

    [Fact]
    public void A_reading_costs_the_same_after_ten_thousand_others()
    {
        var journal = new Journal();
        journal.Tell(Frames.Start(1, "TAG-A", Now, 1_000_000), Now);
        var frames = Enumerable.Range(1, 10_000).Select(i => Frames.Meter(1, Journal.IdOf(1), At(i / 6.0), 1_000_000 + i)).ToArray();
        Tell(journal, frames.AsSpan(0, 200));
        var early = Allocated(journal, frames.AsSpan(200, 300));
        Tell(journal, frames.AsSpan(500, 9_200));
        var late = Allocated(journal, frames.AsSpan(9_700, 300));
        Assert.Equal(10_001, journal.Sessions.Single().Timeline.Readings.Count);
        Assert.True(late < early * 2, $"{early / 300} bytes for a reading in the beginning, {late / 300} at the end");
    }

    private static long Allocated(Journal journal, ReadOnlySpan<Frame> frames)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Tell(journal, frames);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Tell(Journal journal, ReadOnlySpan<Frame> frames)
    {
        foreach (var frame in frames) journal.Tell(frame, At(2_000));
    }
}
