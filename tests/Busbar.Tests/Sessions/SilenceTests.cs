using Busbar.Rating;
using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Edge case E16, loss of communication: what nobody measured is never idle time; what was measured offline and told later is.</summary>
public sealed class SilenceTests
{
    private static readonly Instant Ten = Instant.FromUtc(2026, 6, 1, 10, 0);

    [Fact]
    public void Idle_time_of_a_link_that_was_lost_is_not_billed()
    {
        // A reading in five minutes, the vehicle suspends at 10:30, the link is lost at 10:40, and the end at 15:00 comes over a new one.
        Assert.Equal("0.166667", Idle([.. Charge(40), Stop()]));
        // Lost at the very moment: nothing of it is known.
        Assert.Null(Idle([.. Charge(30), Stop()]));
        // Lost in between: what is measured again afterwards counts again.
        Assert.Equal("0.5", Idle([.. Charge(40), .. Readings(280, 300), Stop()]));
    }

    [Fact]
    public void Idle_time_that_was_measured_offline_and_told_later_is_billed()
    {
        Frame[] queued = [.. Readings(45, 295)];
        Assert.Equal("4.5", Idle([.. Charge(40), .. queued, Stop()]));
        // Told after the end, the last first.
        Assert.Equal("4.5", Idle([.. Charge(40), Stop(), .. queued.Reverse()]));
    }

    [Fact]
    public void A_reading_or_two_that_are_missing_are_no_loss_and_a_station_without_readings_is_taken_at_its_word()
    {
        Assert.Equal("4.5", Idle([.. Charge(40), .. Readings(45, 295).Where((_, i) => i % 3 == 0), Stop()]));
        Assert.Equal("4.5", Idle([Start(), Suspended(), Stop()]));
    }

    private static string? Idle(IReadOnlyList<Frame> frames)
    {
        var (journal, running) = (new Journal { Assign = _ => "4711" }, new RunningPrice());
        foreach (var frame in frames)
        {
            journal.Tell(frame, Ten + Duration.FromHours(6));
            foreach (var session in journal.Book.Open)
                Assert.Equal(RunningPrice.OfAll(session, OneTariff.DayAndNight, SessionContext.Unknown, RatingTimeline.EndOf(session)).Cost!.Total, running.Of(session, OneTariff.DayAndNight, null).Cost!.Total);
        }
        journal.Restart();
        return Assert.Single(journal.Live).Lines.SingleOrDefault(line => line.Kind == "idle")?.Quantity;
    }

    private static Frame[] Charge(int until) => [Start(), .. Readings(5, 30), Suspended(), .. Readings(35, until)];

    private static Frame Start() => Frames.Start(1, "TAG", Ten, 1_000);

    private static Frame Suspended() => Frames.Status(1, "SuspendedEV", At(30));

    private static Frame Stop() => Frames.Stop("4711", At(300), 7_000, "TAG");

    /// <summary>One in five minutes: 200 Wh each as long as the vehicle charges.</summary>
    private static IEnumerable<Frame> Readings(int from, int to)
    {
        for (var minute = from; minute <= to; minute += 5) yield return Frames.Meter(1, "4711", At(minute), 1_000 + 200 * Math.Min(minute, 30));
    }

    private static Instant At(int minutes) => Ten + Duration.FromMinutes(minutes);
}
