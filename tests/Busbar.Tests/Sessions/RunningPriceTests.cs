using System.Globalization;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>The price so far is kept from reading to reading, and says at every moment what a rating of the whole session says.</summary>
public sealed class RunningPriceTests
{
    // Over the change of prices at 22:00 and at 06:00.
    private static readonly Instant Evening = Instant.FromUtc(2026, 6, 1, 17, 0);

    [Fact]
    public void The_running_price_is_that_of_the_whole_session_at_every_prefix()
    {
        var (compared, folded, begun) = (0, 0, 0);
        for (var seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);
            var journal = new Journal();
            var running = new Dictionary<SessionId, RunningPrice>();
            foreach (var (frame, at) in seed % 2 == 0 ? LongCharge(random, 40 + random.Next(80)) : RandomCharges.Of(random, 6))
            {
                journal.Tell(frame, at);
                foreach (var session in journal.Book.Sessions.Where(session => session is { StartKnown: true }))
                {
                    if (!running.TryGetValue(session.Id, out var price)) running[session.Id] = price = new RunningPrice();
                    Assert.Equal(Print(Whole(session)), Print(price.Of(session, OneTariff.DayAndNight, null)));
                    compared++;
                }
            }
            (folded, begun) = (folded + running.Values.Sum(price => price.Asked - price.Whole), begun + running.Values.Sum(price => price.Begun));
        }
        Assert.True(folded > compared / 4, $"{folded} of {compared} prices were folded");
        Assert.True(begun > 120, "nothing late, and no clock, made a fold begin again");
    }

    [Fact]
    public void A_plain_session_is_folded_once_however_long_it_is()
    {
        var (running, session) = Told(2_000, _ => { });
        Assert.Equal(1, running.Begun);
        Assert.True(running.Whole <= 2, $"rated whole {running.Whole} times");
        Assert.Equal(Print(Whole(session)), Print(running.Of(session, OneTariff.DayAndNight, null)));
    }

    [Fact]
    public void The_ten_thousandth_reading_costs_no_more_than_the_hundredth()
    {
        var costs = new List<long>();
        Told(10_000, costs.Add);
        // A mean, since it is folded for several readings at once; the meter's list now and then doubles.
        var (early, late) = (Median(costs[60..160]), Median(costs[^100..]));
        Assert.True(late <= early * 2, $"{early} bytes became {late}");
    }

    /// <summary>A session that is told reading by reading, each with its price.</summary>
    /// <param name="cost">Hears what each price allocated, in bytes.</param>
    private static (RunningPrice Running, Session Session) Told(int readings, Action<long> cost)
    {
        var journal = new Journal();
        journal.Tell(Frames.Event("Started", "T", 0, Evening, 1_000, "Charging", "TAG", receivedAt: Evening), Evening);
        var running = new RunningPrice();
        for (var i = 1; i <= readings; i++)
        {
            var at = Evening + Duration.FromSeconds(5L * i);
            journal.Tell(Frames.Event("Updated", "T", i, at, 1_000 + 10 * i, receivedAt: at), at);
            var session = journal.Book.Open[0];
            var before = GC.GetAllocatedBytesForCurrentThread();
            running.Of(session, OneTariff.DayAndNight, null);
            cost(GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return (running, journal.Book.Open[0]);
    }

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);

    private static PriceSoFar Whole(Session session) =>
        RunningPrice.OfAll(session, OneTariff.DayAndNight, RatingContext.Of(session), Instant.Max(session.StartedAt, RatingTimeline.EndOf(session)));

    private static string Print(PriceSoFar price) => $"{price.Energy} until {price.At}: {JsonSerializer.Serialize(price.Cost!.Lines)} {price.Cost.Total} {price.Cost.Usage}";

    /// <summary>Many readings, some with power, some bad, some late, with states, two readings of one moment, a clock that is not set, and now and then a meter that restarts.</summary>
    private static List<(Frame, Instant)> LongCharge(Random random, int readings)
    {
        var (at, register, seq) = (Evening, 50_000m, 1);
        var frames = new List<(Frame Frame, Instant At)> { (Frames.Event("Started", "T", 0, at, register, random.Next(3) == 0 ? null : "Charging", "TAG", receivedAt: at), at) };
        var late = new List<Frame>();
        for (var i = 0; i < readings; i++)
        {
            if (random.Next(15) != 0) at += Duration.FromMilliseconds(random.Next(1_000, 900_000));
            register += random.Next(3) == 0 ? 0 : random.Next(900) / 4m;
            if (random.Next(60) == 0) register = 0;
            var shown = random.Next(25) switch { 0 => 3, 1 => register + 900_000, _ => register };
            var state = random.Next(6) switch { 0 => "SuspendedEV", 1 => "Charging", 2 when random.Next(3) == 0 => "SuspendedEVSE", 3 when random.Next(3) == 0 => "EVConnected", _ => null };
            var frame = Event(seq++, at, random.Next(12) == 0 ? null : shown, random.Next(4) == 0 ? random.Next(11_000) : null, state, random.Next(40) == 0);
            if (random.Next(18) == 0) late.Add(frame);
            else frames.Add((frame, at + Duration.FromSeconds(1)));
            if (late.Count > 0 && random.Next(9) == 0)
            {
                frames.AddRange(late.Select(told => (told, at + Duration.FromSeconds(2))));
                late.Clear();
            }
        }
        at += Duration.FromMinutes(5);
        frames.AddRange(late.Select(told => (told, at)));
        frames.Add((Frames.Event("Ended", "T", seq, at, register, receivedAt: at), at));
        return frames;
    }

    private static Frame Event(int seq, Instant at, decimal? register, int? power, string? state, bool unset)
    {
        var time = unset ? "1970-01-01T00:00:09Z" : Frames.Text(at);
        var samples = new List<string>();
        if (register is { } value) samples.Add(string.Create(CultureInfo.InvariantCulture, $"{{\"value\":{value}}}"));
        if (power is { } watts) samples.Add(string.Create(CultureInfo.InvariantCulture, $"{{\"value\":{watts},\"measurand\":\"Power.Active.Import\",\"unitOfMeasure\":{{\"unit\":\"W\"}}}}"));
        var meter = samples.Count == 0 ? "" : $",\"meterValue\":[{{\"timestamp\":\"{time}\",\"sampledValue\":[{string.Join(',', samples)}]}}]";
        return Frames.Read(201, "TransactionEvent", string.Create(CultureInfo.InvariantCulture,
            $"{{\"eventType\":\"Updated\",\"timestamp\":\"{time}\",\"triggerReason\":\"MeterValuePeriodic\",\"seqNo\":{seq},\"transactionInfo\":{{\"transactionId\":\"T\"{(state is null ? "" : $",\"chargingState\":\"{state}\"")}}},\"evse\":{{\"id\":1,\"connectorId\":1}}{meter}}}"), at);
    }
}
