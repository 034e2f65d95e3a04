using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What the vehicle did, told in 1.6 by connector states and in 2.x by the transaction's events, and what of it is billed.</summary>
public sealed class StateTests
{
    // 21:30 in Berlin: the night tariff begins half an hour later.
    private static readonly Instant Begun = Instant.FromUtc(2026, 5, 31, 19, 30);
    private static readonly Instant Received = Instant.FromUtc(2026, 6, 1, 12, 0);

    private static readonly (int Minute, decimal Register)[] Meter =
        [(15, 1_003_000), (30, 1_006_500), (45, 1_010_000), (70, 1_014_123), (85, 1_014_123), (100, 1_014_123), (110, 1_014_123), (119, 1_015_500)];

    private static readonly Frame[] Told16 =
    [
        Frames.Status(1, "Preparing", At(-3)),
        Frames.Start(1, "TAG-A", At(0), 1_000_000),
        Frames.Status(1, "Charging", Begun + Duration.FromSeconds(10)),
        .. Meter.Select(read => Frames.Meter(1, Journal.IdOf(1), At(read.Minute), read.Register)),
        Frames.Status(1, "SuspendedEV", At(70)),
        Frames.Status(1, "SuspendedEVSE", At(100)),
        Frames.Status(1, "Charging", At(110)),
        Frames.Status(1, "Finishing", At(119)),
        Frames.Stop(Journal.IdOf(1), At(120), 1_015_500),
        Frames.Status(1, "Available", At(121)),
    ];

    private static readonly Frame[] Told2 =
    [
        Frames.Event("Started", "tx-1", 0, At(0), 1_000_000, "EVConnected", "TAG-A"),
        Frames.Event("Updated", "tx-1", 1, Begun + Duration.FromSeconds(10), state: "Charging"),
        .. Meter.Select((read, i) => Frames.Event("Updated", "tx-1", 2 + i, At(read.Minute), read.Register)),
        Frames.Event("Updated", "tx-1", 10, At(70), state: "SuspendedEV"),
        Frames.Event("Updated", "tx-1", 11, At(100), state: "SuspendedEVSE"),
        Frames.Event("Updated", "tx-1", 12, At(110), state: "Charging"),
        Frames.Event("Updated", "tx-1", 13, At(119), state: "EVConnected"),
        Frames.Event("Ended", "tx-1", 14, At(120), 1_015_500),
    ];

    private static Instant At(int minute) => Begun + Duration.FromMinutes(minute);

    [Fact]
    public void The_same_charge_told_in_both_ways_has_the_same_price_line_by_line()
    {
        var (old, now) = (Bill(Told16), Bill(Told2));
        Assert.Equal(15_500m, old.EnergyWh);
        Assert.Equal(old.EnergyWh, now.EnergyWh);
        Assert.Equal(old.TotalCost, now.TotalCost);
        Assert.Equal(Text(old), Text(now));
        Assert.Equal(["energy", "energy", "time", "idle", "flat"], old.Lines.Select(line => line.Kind).OrderBy(kind => Array.IndexOf(["energy", "time", "idle", "flat"], kind)));
        // Half an hour the vehicle did not want; ten minutes the station withheld are not its fault.
        Assert.Equal("0.5", old.Lines.Single(line => line.Kind == "idle").Quantity);
    }

    [Fact]
    public void A_charge_without_any_state_is_billed_as_charging_where_the_meter_moved()
    {
        var old = Bill([.. Told16.Where(frame => frame.Action != "StatusNotification")]);
        var now = Bill([Frames.Event("Started", "tx-1", 0, At(0), 1_000_000, token: "TAG-A"), .. Meter.Select((read, i) => Frames.Event("Updated", "tx-1", 1 + i, At(read.Minute), read.Register)), Frames.Event("Ended", "tx-1", 9, At(120), 1_015_500)]);
        Assert.Equal(Text(old), Text(now));
        Assert.DoesNotContain(old.Lines, line => line.Kind == "idle");
        // 0 to 70 and 110 to 119 minutes.
        Assert.Equal(79m, decimal.Parse(old.Lines.Single(line => line.Kind == "time").Quantity, System.Globalization.CultureInfo.InvariantCulture) * 60, 3);
    }

    [Fact]
    public void A_state_at_the_very_end_is_no_late_data()
    {
        var journal = new Journal();
        foreach (var frame in new[] { Frames.Start(1, "TAG-A", At(0), 1_000_000), Frames.Stop(Journal.IdOf(1), At(60), 1_005_000), Frames.Status(1, "Finishing", At(60)), Frames.Status(1, "Available", At(60)) })
            journal.Tell(frame, Received);
        Assert.Equal(1, journal.Sessions.Single().Version);
        Assert.DoesNotContain(Issues.LateData, journal.Sessions.Single().Issues);
    }

    [Fact]
    public void A_plugged_cable_alone_is_no_word_about_energy() =>
        Assert.Equal(Text(Bill([.. Told16.Where(frame => frame.Action != "StatusNotification")])), Text(Bill([.. Told16.Where((frame, i) => i == 0 || frame.Action != "StatusNotification")])));

    [Theory]
    [InlineData("SuspendedEV", "idle")]
    [InlineData("SuspendedEVSE", null)]
    [InlineData("Faulted", null)]
    public void Only_a_vehicle_that_wants_nothing_pays_for_idling(string status, string? line)
    {
        var bill = Bill([Frames.Start(1, "TAG-A", At(0), 1_000_000), Frames.Status(1, "Charging", At(0)), Frames.Status(1, status, At(30)), Frames.Stop(Journal.IdOf(1), At(60), 1_005_000)]);
        Assert.Equal(line, bill.Lines.Select(known => known.Kind).SingleOrDefault(kind => kind == "idle"));
    }

    [Fact]
    public void States_told_before_the_start_after_the_end_or_in_any_order_make_the_same_bill()
    {
        var expected = Text(Bill(Told16));
        var random = new Random(7);
        for (var run = 0; run < 500; run++)
        {
            var frames = Told16.ToArray();
            random.Shuffle(frames);
            Assert.Equal(expected, Text(Bill(frames)));
        }
    }

    [Fact]
    public void A_state_of_an_earlier_charge_is_not_carried_into_the_next_one()
    {
        var journal = new Journal();
        foreach (var frame in new[]
        {
            Frames.Start(1, "TAG-A", At(-120), 990_000), Frames.Status(1, "SuspendedEV", At(-90)), Frames.Stop(Journal.IdOf(1), At(-60), 1_000_000),
            Frames.Start(1, "TAG-A", At(0), 1_000_000), Frames.Stop(Journal.IdOf(1, 1), At(60), 1_005_000),
        }) journal.Tell(frame, Received);
        Assert.DoesNotContain(journal.Live[^1].Lines, line => line.Kind == "idle");
        Assert.Equal("1", journal.Live[^1].Lines.Single(line => line.Kind == "time").Quantity);
    }

    [Fact]
    public void A_meter_value_without_a_transaction_is_the_sessions_that_had_the_connector()
    {
        var frames = new[]
        {
            Frames.Start(1, "TAG-A", At(0), 1_000_000), Frames.Meter(1, null, At(20), 1_004_000), Frames.Meter(1, null, At(65), 1_005_000), Frames.Stop(Journal.IdOf(1), At(60), 1_005_000),
            Frames.Start(1, "TAG-B", At(90), 1_005_000), Frames.Meter(1, null, At(100), 1_007_000), Frames.Stop(Journal.IdOf(1, 1), At(120), 1_009_000),
        };
        foreach (var order in Orders.Of(4))
        {
            var journal = new Journal();
            foreach (var index in order) journal.Tell(frames[index], Received);
            foreach (var index in order) if (index < 3) journal.Tell(frames[index + 4], Received);
            Assert.Equal([5_000m, 4_000m], journal.Live.OrderBy(cdr => cdr.StartedAt, StringComparer.Ordinal).Select(cdr => cdr.EnergyWh));
            Assert.Contains(journal.Sessions.Single(session => session.Token!.Uid == "TAG-A").Timeline.Readings, reading => reading.At == At(20));
            Assert.Contains(journal.Sessions.Single(session => session.Token!.Uid == "TAG-B").Timeline.Readings, reading => reading.At == At(100));
        }
    }

    private static Cdr Bill(Frame[] frames)
    {
        var journal = new Journal();
        foreach (var frame in frames) journal.Tell(frame, Received);
        return Assert.Single(journal.Live);
    }

    private static string Text(Cdr cdr) => System.Text.Json.JsonSerializer.Serialize(new { cdr.EnergyWh, cdr.TotalCost, cdr.Lines, cdr.Periods });
}
