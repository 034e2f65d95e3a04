using Busbar.Sessions;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Bar R9: OCPP 2.x transactions by sequence number, in every order.</summary>
public sealed class SequenceTests
{
    private static readonly Instant Begun = Instant.FromUtc(2026, 5, 31, 19, 30);
    private static readonly Instant Received = Instant.FromUtc(2026, 6, 1, 0, 0);

    /// <summary>Cable first, token later, a pause of the vehicle, an end: seven events.</summary>
    private static readonly Frame[] Seven =
    [
        Frames.Event("Started", "tx-1", 0, At(0), 1_000_000, "EVConnected"),
        Frames.Event("Updated", "tx-1", 1, At(1), 1_000_000, "Charging", "TAG-A"),
        Frames.Event("Updated", "tx-1", 2, At(20), 1_004_000),
        Frames.Event("Updated", "tx-1", 3, At(40), 1_008_000, "SuspendedEV"),
        Frames.Event("Updated", "tx-1", 4, At(50), 1_008_000, "Charging", offline: true),
        Frames.Event("Updated", "tx-1", 5, At(55), 1_009_000, "EVConnected", offline: true),
        Frames.Event("Ended", "tx-1", 6, At(60), 1_009_000, token: "TAG-B"),
    ];

    /// <summary>The same events in other bytes: a station that was offline says so when it repeats them.</summary>
    private static readonly Frame[] Again =
    [
        Frames.Event("Started", "tx-1", 0, At(0), 1_000_000, "EVConnected", offline: true),
        Frames.Event("Updated", "tx-1", 1, At(1), 1_000_000, "Charging", "TAG-A", offline: true),
        Frames.Event("Updated", "tx-1", 2, At(20), 1_004_000, offline: true),
        Frames.Event("Updated", "tx-1", 3, At(40), 1_008_000, "SuspendedEV", offline: true),
        Frames.Event("Updated", "tx-1", 4, At(50), 1_008_000, "Charging"),
        Frames.Event("Updated", "tx-1", 5, At(55), 1_009_000, "EVConnected"),
        Frames.Event("Ended", "tx-1", 6, At(60), 1_009_000, token: "TAG-B", offline: true),
    ];

    private static readonly Frame[] Reused =
    [
        Frames.Event("Started", "tx-1", 0, At(0), 1_000_000, "Charging", "TAG-A"),
        Frames.Event("Updated", "tx-1", 1, At(20), 1_004_000),
        Frames.Event("Ended", "tx-1", 2, At(40), 1_006_000),
        Frames.Boot(),
        Frames.Event("Started", "tx-1", 0, At(90), 1_006_000, "Charging", "TAG-B"),
        Frames.Event("Updated", "tx-1", 1, At(100), 1_008_000, "SuspendedEV"),
        Frames.Event("Ended", "tx-1", 2, At(120), 1_008_000),
    ];

    private static Instant At(int minutes) => Begun + Duration.FromMinutes(minutes);

    [Fact]
    public void Every_order_of_seven_events_gives_the_same_session_and_bill() => Assert.Empty(OrderViolations(Seven, Again, Sabotage.None));

    [Fact]
    public void Every_order_of_two_sessions_with_one_transaction_id_gives_the_same_two_sessions() => Assert.Empty(OrderViolations(Reused, [], Sabotage.None));

    [Theory]
    [InlineData(6)]
    [InlineData(3)]
    [InlineData(0)]
    public void The_late_end_of_an_earlier_session_of_a_reused_id_leaves_the_later_ones_bill(int others)
    {
        var journal = Told([Reused[0], Reused[3], Reused[4], Reused[5], Reused[6]]);
        var bill = Content(Assert.Single(journal.Live));
        // So many that both have left the book, only the earlier one, or neither.
        for (var i = 0; i < others; i++)
        {
            journal.Tell(Frames.Event("Started", $"other-{i}", 0, At(130 + 2 * i), 1_000, "Charging", "TAG-C", evse: 2), Received);
            journal.Tell(Frames.Event("Ended", $"other-{i}", 1, At(131 + 2 * i), 2_000, evse: 2), Received);
        }
        journal.Tell(Reused[2], Received);
        journal.Tell(Reused[1], Received);
        Assert.Contains(bill, journal.Live.Select(Content));
        Assert.DoesNotContain(journal.Sessions, session => session.Issues.Contains(Issues.EndBeforeStart));
        Assert.Contains(Content(Told(Reused).Live.Single(cdr => cdr.TokenUid == "TAG-A")), journal.Live.Select(Content));
        Assert.Equal(2, journal.Sessions.Count(session => session.TransactionId == "tx-1"));
    }

    [Fact]
    public void Ignoring_what_comes_after_the_end_is_caught() => Assert.NotEmpty(OrderViolations(Seven, Again, Sabotage.DropsAfterEnd));

    [Fact]
    public void Ordering_by_arrival_is_caught() => Assert.NotEmpty(OrderViolations(Seven, [], Sabotage.OrdersByArrival));

    [Fact]
    public void Merging_reused_transaction_ids_is_caught() => Assert.NotEmpty(OrderViolations(Reused, [], Sabotage.MergesReusedIds));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_gap_is_visible_and_unbilled_in_every_order_until_one_message_fills_it(int missing)
    {
        var bill = Content(Told(Seven).Live.Single());
        foreach (var order in Orders.Of(6))
        {
            var journal = Told([.. order.Select(index => Seven[index < missing ? index : index + 1])]);
            var session = Assert.Single(journal.Sessions);
            Assert.Equal(SessionPhase.Ending, session.Phase);
            Assert.Contains(Issues.SequenceGap, session.Issues);
            Assert.Empty(journal.Cdrs);

            journal.Tell(Reported(ongoing: false, queued: true), Received);
            journal.Tell(Reported(ongoing: true, queued: false), Received);
            Assert.Empty(journal.Cdrs);

            journal.Tell(Seven[missing], Received);
            Assert.DoesNotContain(Issues.SequenceGap, journal.Sessions.Single().Issues);
            Assert.Equal(bill, Content(Assert.Single(journal.Cdrs)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_gap_that_nobody_waits_for_is_billed_with_its_flag_and_corrected_when_it_is_filled_after_all(bool abandoned)
    {
        var bill = Content(Told(Seven).Live.Single());
        var journal = Told([Seven[0], Seven[1], Seven[2], Seven[4], Seven[5], Seven[6]]);
        journal.Tell(abandoned ? Own(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "tx-1" }) : Reported(ongoing: null, queued: false), Received);
        var first = Assert.Single(journal.Cdrs);
        Assert.Contains(Issues.SequenceGap, journal.Sessions.Single().Issues);
        Assert.Equal(1, journal.Sessions.Single().Version);

        journal.Tell(Seven[3], Received);
        var session = journal.Sessions.Single();
        Assert.DoesNotContain(Issues.SequenceGap, session.Issues);
        Assert.Contains(Issues.LateData, session.Issues);
        Assert.Equal(2, session.Version);
        Assert.Equal([1, 2, 3], journal.Cdrs.Select(cdr => cdr.Version));
        Assert.Equal(first.Id, journal.Cdrs[1].CreditOf);
        Assert.Equal("-" + first.TotalCost!.InclTax, journal.Cdrs[1].TotalCost!.InclTax);
        Assert.Equal(bill, Content(journal.Live.Single()));
    }

    [Fact]
    public void A_late_event_that_says_nothing_new_is_no_new_bill()
    {
        var journal = Told(Seven);
        journal.Tell(Frames.Event("Updated", "tx-1", 7, At(59)), Received);
        Assert.Equal(2, journal.Sessions.Single().Version);
        Assert.Single(journal.Cdrs);
        journal.Tell(Frames.Event("Updated", "tx-1", 8, At(59), state: "EVConnected"), Received);
        Assert.Single(journal.Cdrs);
        Assert.Equal(SessionPhase.Completed, journal.Sessions.Single().Phase);
    }

    [Fact]
    public void A_session_without_its_start_waits_is_held_when_given_up_and_billed_when_the_start_comes()
    {
        var journal = Told(Seven[1..]);
        Assert.Equal(SessionPhase.Pending, journal.Sessions.Single().Phase);
        journal.Tell(Own(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "tx-1" }), Received);
        Assert.Equal(SessionPhase.Held, journal.Sessions.Single().Phase);
        Assert.Contains(Issues.UnknownTransaction, journal.Sessions.Single().Issues);
        Assert.Equal((At(1), At(60)), (journal.Sessions.Single().StartedAt, journal.Sessions.Single().EndedAt));
        journal.Tell(Seven[0], Received);
        Assert.Equal(Content(Told(Seven).Live.Single()), Content(Assert.Single(journal.Cdrs)));
    }

    [Fact]
    public void A_session_that_the_station_no_longer_knows_is_held_with_no_energy_that_was_not_measured()
    {
        var journal = Told(Seven[..3]);
        journal.Tell(Reported(ongoing: false, queued: true), Received);
        Assert.Equal(SessionPhase.Charging, journal.Sessions.Single().Phase);
        journal.Tell(Reported(ongoing: false, queued: false), Received);
        var session = journal.Sessions.Single();
        Assert.Equal(SessionPhase.Held, session.Phase);
        Assert.Contains(Issues.NoEnd, session.Issues);
        Assert.Equal(At(20), session.EndedAt);
        Assert.Equal(4_000m, MeterJudge.Judge(session).Energy.WattHours);
        foreach (var late in Seven[3..]) journal.Tell(late, Received);
        Assert.Equal(Content(Told(Seven).Live.Single()), Content(Assert.Single(journal.Live)));
    }

    [Theory]
    [InlineData(AbandonReason.ConnectorFree, Issues.ConnectorFree)]
    [InlineData(AbandonReason.StationSilent, Issues.StationSilent)]
    public void A_session_whose_station_fell_silent_is_held_at_its_last_reading_and_billed_when_its_end_comes_after_all(AbandonReason reason, string issue)
    {
        Frame[] charge = [Frames.Start(1, "TAG-A", At(0), 1_000_000), Frames.Meter(1, Journal.IdOf(1), At(20), 1_004_000)];
        var stop = Frames.Stop(Journal.IdOf(1), At(60), 1_009_000);
        var journal = Told(charge);
        journal.Tell(Own(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = Journal.IdOf(1) }), Received);
        Assert.Equal(SessionPhase.Charging, journal.Sessions.Single().Phase);
        journal.Tell(Own(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = Journal.IdOf(1), Reason = reason }), Received);
        var held = journal.Sessions.Single();
        Assert.Equal((SessionPhase.Held, At(20), 4_000m), (held.Phase, held.EndedAt, MeterJudge.Judge(held).Energy.WattHours));
        Assert.Contains(issue, held.Issues);
        Assert.DoesNotContain(Issues.NoEnd, held.Issues);
        Assert.Empty(journal.Cdrs);

        journal.Tell(stop, Received);
        Assert.DoesNotContain(issue, journal.Sessions.Single().Issues);
        Assert.Equal(Content(Told([.. charge, stop]).Live.Single()), Content(Assert.Single(journal.Cdrs)));
    }

    [Fact]
    public void An_unreadable_event_is_no_gap_and_holds_the_bill()
    {
        var journal = Told(Seven[..6]);
        var broken = Frames.Read(201, "TransactionEvent", """{"eventType":"Updated","seqNo":6,"transactionInfo":{"transactionId":"tx-1"},"meterValue":7}""");
        Assert.IsType<ChargingFact.Unreadable>(broken.Fact);
        journal.Tell(broken, Received);
        journal.Tell(Frames.Event("Ended", "tx-1", 7, At(60), 1_009_000), Received);
        var session = journal.Sessions.Single();
        Assert.Equal(SessionPhase.Held, session.Phase);
        Assert.DoesNotContain(Issues.SequenceGap, session.Issues);
        Assert.Empty(journal.Cdrs);
    }

    private static List<string> OrderViolations(Frame[] events, Frame[] again, Sabotage sabotage)
    {
        var expected = ContentOf(Told(events));
        var violations = new List<string>();
        foreach (var order in Orders.Of(events.Length))
        {
            if (violations.Count == 5) break;
            var journal = new Journal(sabotage);
            foreach (var index in order)
            {
                journal.Tell(events[index], Received);
                // A third of the events come again at once in the same bytes; and all of some orders come again in others.
                if ((index + order[0]) % 3 == 0 && events[index].Fact is not ChargingFact.Booted) journal.Tell(events[index], Received);
            }
            if (order[^1] % 2 == 0) foreach (var index in order.Where(index => index < again.Length)) journal.Tell(again[index], Received);
            var content = ContentOf(journal);
            if (content != expected) violations.Add($"order {string.Concat(order)}: {content} instead of {expected}");
            if (Unbalanced(journal) is { } cdr) violations.Add($"order {string.Concat(order)}: {cdr}");
        }
        return violations;
    }

    /// <summary>Every CDR but the last of a session is credited once, by the same amount.</summary>
    private static string? Unbalanced(Journal journal)
    {
        foreach (var session in journal.Cdrs.GroupBy(cdr => cdr.SessionId))
        {
            var credited = session.Where(cdr => cdr.CreditOf is not null).ToDictionary(cdr => cdr.CreditOf!);
            var issued = session.Where(cdr => cdr.CreditOf is null).ToList();
            foreach (var cdr in issued)
            {
                var credit = credited.GetValueOrDefault(cdr.Id);
                if (cdr == issued[^1] ? credit is not null : credit?.TotalCost?.InclTax != "-" + cdr.TotalCost?.InclTax) return $"{cdr.Id} is not balanced: {string.Join(", ", session.Select(known => $"{known.Id[^3..]} v{known.Version} {known.TotalCost?.InclTax} of {known.CreditOf?[^3..]}"))}";
            }
        }
        return null;
    }

    private static string ContentOf(Journal journal) =>
        string.Join(" | ", journal.Sessions.Select(SessionContent.Of).Order(StringComparer.Ordinal).Concat(journal.Live.Select(Content).Order(StringComparer.Ordinal)));

    private static Journal Told(Frame[] frames)
    {
        var journal = new Journal();
        foreach (var frame in frames) journal.Tell(frame, Received);
        return journal;
    }

    private static string Content(Cdr cdr) => CdrContent.Of(cdr);

    private static Frame Reported(bool? ongoing, bool queued) =>
        Own(new ChargingFact.StatusReported { Time = StationTime.Missing, TransactionId = "tx-1", Ongoing = ongoing, MessagesInQueue = queued });

    private static Frame Own(ChargingFact fact) => new(fact, 0, OwnFacts.ActionOf(fact), OwnFacts.Write(fact));
}
