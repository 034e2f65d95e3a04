using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What we hold back is journalled, and is nobody's idle time; what a vehicle gives back is counted apart.</summary>
public sealed class HeldBackTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Fact]
    public void Time_in_which_we_held_back_is_not_idle_whatever_the_station_says_and_whenever_it_is_told()
    {
        var held = Held(1, Noon + Duration.FromMinutes(30), Noon + Duration.FromMinutes(50));
        Frame[] charge = [Started(), Suspended(), Ended()];
        Frame[][] orders = [[Started(), Suspended(), held, Ended()], [Started(), held, Suspended(), Ended()], [.. charge, held], [.. charge, held, held]];
        Assert.Equal("0.5", Idle(charge));
        foreach (var order in orders) Assert.Equal("0.166667", Idle(order));
        // Another EVSE, and before the session.
        Assert.Equal("0.5", Idle([Started(), Suspended(), Held(2, Noon, Noon + Duration.FromHours(1)), Ended()]));
        Assert.Equal("0.5", Idle([Started(), Suspended(), Held(1, Noon - Duration.FromHours(1), Noon), Ended()]));
    }

    [Fact]
    public void A_journalled_time_is_read_back_as_it_was_told()
    {
        var fact = (ChargingFact.Withheld)Held(3, Noon, Noon + Duration.FromMilliseconds(90_001)).Fact;
        var read = Assert.IsType<ChargingFact.Withheld>(OwnFacts.Read("Withheld", OwnFacts.Write(fact)));
        Assert.Equal((3, Noon, Noon + Duration.FromMilliseconds(90_001)), (read.Evse, read.From, read.Time.At));
    }

    [Fact]
    public void Export_registers_are_judged_as_those_of_import_and_given_to_the_rater()
    {
        var journal = new Journal();
        journal.Tell(Started(), Noon);
        // The third is a bad reading.
        long[] exported = [7_000, 7_400, 1, 9_000];
        for (var i = 0; i < exported.Length; i++) journal.Tell(Exported(i + 1, exported[i]), Noon + Duration.FromMinutes(10 * (i + 1)));
        journal.Restart();
        var session = journal.Book.Open[0];
        var verdict = MeterJudge.Judge(session);
        var usage = Rater.Rate(OneTariff.DayAndNight, DateTimeZone.Utc, RatingTimeline.Of(session, verdict, RatingTimeline.EndOf(session))).Usage;
        Assert.Equal(Energy.FromWattHours(2_000), usage.Exported);
        Assert.Equal(Energy.Zero, usage.Energy);
        Assert.Contains(Issues.MeterGlitch, verdict.Issues);
    }

    [Fact]
    public void A_register_of_energy_given_back_that_contradicts_itself_keeps_nothing_that_was_sold_from_being_billed()
    {
        var journal = new Journal();
        journal.Tell(Started(), Noon);
        // From nothing to what the meter has counted in its whole life, and back.
        journal.Tell(Exported(1, 0), Noon + Duration.FromMinutes(10));
        journal.Tell(Exported(2, 123_456_789), Noon + Duration.FromMinutes(20));
        journal.Tell(Exported(3, 123_456_800), Noon + Duration.FromMinutes(30));
        journal.Tell(Frames.Event("Ended", "T", 4, Noon + Duration.FromHours(1), 3_000, offline: true), Noon + Duration.FromHours(1));
        journal.Restart();
        Assert.Equal("2", Assert.Single(Assert.Single(journal.Live).Lines, line => line.Kind == "energy").Quantity);
        Assert.Contains(Issues.ExportUnclear, Assert.Single(journal.Book.Sessions).Issues);
    }

    [Fact]
    public void A_start_that_is_told_again_has_the_card_that_was_shown_first()
    {
        var journal = new Journal();
        journal.Tell(Paid("VISA"), Noon);
        journal.Tell(Paid(null), Noon + Duration.FromMinutes(1));
        journal.Restart();
        Assert.Equal("VISA", Assert.Single(journal.Book.Open).Token?.PaymentBrand);
    }

    private static Frame Paid(string? brand)
    {
        var at = Frames.Text(Noon);
        var more = brand is null ? "" : $$""","additionalInfo":[{"additionalIdToken":"{{brand}}","type":"PaymentBrand"}]""";
        return Frames.Read(201, "TransactionEvent",
            $$"""{"eventType":"Started","timestamp":"{{at}}","triggerReason":"Authorized","seqNo":0,"offline":true,"transactionInfo":{"transactionId":"T"},"idToken":{"idToken":"TAG","type":"ISO14443"{{more}}},"evse":{"id":1,"connectorId":1} }""");
    }

    private static string Idle(Frame[] frames)
    {
        var journal = new Journal();
        foreach (var frame in frames) journal.Tell(frame, Noon + Duration.FromHours(2));
        journal.Restart();
        return Assert.Single(Assert.Single(journal.Live).Lines, line => line.Kind == "idle").Quantity;
    }

    private static Frame Started() => Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true);

    private static Frame Suspended() => Frames.Event("Updated", "T", 1, Noon + Duration.FromMinutes(30), 3_000, "SuspendedEV", offline: true);

    private static Frame Ended() => Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(1), 3_000, offline: true);

    private static Frame Exported(int seq, long register)
    {
        var at = Frames.Text(Noon + Duration.FromMinutes(10 * seq));
        return Frames.Read(201, "TransactionEvent",
            $$"""{"eventType":"Updated","timestamp":"{{at}}","triggerReason":"MeterValuePeriodic","seqNo":{{seq}},"offline":true,"transactionInfo":{"transactionId":"T"},"meterValue":[{"timestamp":"{{at}}","sampledValue":[{"value":1000},{"value":{{register}},"measurand":"Energy.Active.Export.Register"}]}]}""");
    }

    private static Frame Held(int evse, Instant from, Instant until)
    {
        var fact = new ChargingFact.Withheld { Time = new StationTime(until, "", ClockQuality.Plausible), Evse = evse, From = from };
        return new Frame(fact, 0, OwnFacts.Withheld, OwnFacts.Write(fact));
    }
}
