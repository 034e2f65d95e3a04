using System.Text;
using Busbar.Simulator.Crowds;
using NodaTime;

namespace Busbar.Tests.Simulator;

public sealed class TruthCheckerTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 20, 12, 0);

    // Session 0: all acknowledged. 1: the stop has no answer. 2: the start has no answer. 3: stopped being told after its second reading.
    private static readonly ObservedSession[] Right =
    [
        new("CP-0", "100", Noon, 180, 1),
        new("CP-1", "101", Noon, 180, 1),
        new("CP-3", "103", Noon, 120, 0),
    ];

    public static TheoryData<string, ObservedSession[], ViolationKind> Lies => new()
    {
        { "the acknowledged session is gone", [.. Right[1..]], ViolationKind.LostSession },
        { "its CDR is gone", [Right[0] with { CdrCount = 0 }, .. Right[1..]], ViolationKind.LostCdr },
        { "it is there twice under one number", [Right[0], .. Right], ViolationKind.DoubledSession },
        { "it is there twice under two numbers", [Right[0] with { TransactionId = "999" }, .. Right], ViolationKind.DoubledSession },
        { "it is there twice, once without a number", [Right[0] with { TransactionId = null, CdrCount = 0 }, .. Right], ViolationKind.DoubledSession },
        { "it has two CDRs", [Right[0] with { CdrCount = 2 }, .. Right[1..]], ViolationKind.DoubledCdr },
        { "the energy is short by one", [Right[0] with { EnergyWh = 179 }, .. Right[1..]], ViolationKind.WrongEnergy },
        { "the energy is doubled", [Right[0] with { EnergyWh = 360 }, .. Right[1..]], ViolationKind.WrongEnergy },
        { "the one without an answer has a wrong energy", [Right[0], Right[1] with { EnergyWh = 60 }, Right[2]], ViolationKind.WrongEnergy },
        { "the one without an answer is there twice", [.. Right, Right[1]], ViolationKind.DoubledSession },
        { "the one whose start was unknown is there twice", [.. Right, new("CP-2", "102", Noon, 0, 0), new("CP-2", "202", Noon, 0, 0)], ViolationKind.DoubledSession },
        { "a running session is gone", [.. Right[..2]], ViolationKind.LostSession },
        { "a running session has lost an acknowledged reading", [.. Right[..2], Right[2] with { EnergyWh = 60 }], ViolationKind.LostReading },
        { "a running session has more than was told", [.. Right[..2], Right[2] with { EnergyWh = 181 }], ViolationKind.WrongEnergy },
        { "a CDR was made without a stop", [.. Right[..2], Right[2] with { EnergyWh = 180, CdrCount = 1 }], ViolationKind.UntoldCdr },
        { "someone made a session up", [.. Right, new("CP-9", "109", Noon, 5, 1)], ViolationKind.UntoldSession },
        { "it stands at another station", [Right[0] with { StationId = "CP-8" }, .. Right[1..]], ViolationKind.LostSession },
        { "it begins at another time", [Right[0] with { StartedAt = Noon + Duration.FromHours(1) }, .. Right[1..]], ViolationKind.WrongStart },
    };

    [Fact]
    public void The_truth_is_clean_whether_the_unknown_ones_arrived_or_not()
    {
        var report = TruthChecker.Check(Log(), Right);
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal((4, 3, 1, 1, 1), (report.Sessions, report.AcknowledgedStarts, report.AcknowledgedStops, report.UnknownStarts, report.UnknownStops));

        Assert.True(TruthChecker.Check(Log(), [Right[0], Right[1] with { CdrCount = 0, EnergyWh = 135 }, Right[2], new("CP-2", "102", Noon, 0, 0)]).IsClean);
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public void Every_lie_is_found(string lie, ObservedSession[] observed, ViolationKind kind) =>
        Assert.True(TruthChecker.Check(Log(), observed).Violations.Any(violation => violation.Kind == kind), lie);

    [Fact]
    public void Two_numbers_for_one_start_and_one_number_for_two_starts_are_found()
    {
        var changed = Text().Replace("\"session\":\"B\",\"step\":\"Start\",\"index\":0,\"state\":\"Ok\",\"messageId\":\"m\",\"transactionId\":\"101\"", "\"session\":\"B\",\"step\":\"Start\",\"index\":0,\"state\":\"Ok\",\"messageId\":\"m\",\"transactionId\":\"555\"", StringComparison.Ordinal);
        var both = Read(Text() + string.Join('\n', changed.Split('\n').Where(line => line.Contains("555", StringComparison.Ordinal))));
        Assert.Contains(TruthChecker.Check(both, Right).Violations, violation => violation.Kind == ViolationKind.ChangedTransactionId);

        var shared = Read(Text().Replace("\"stationId\":\"CP-1\"", "\"stationId\":\"CP-0\"", StringComparison.Ordinal).Replace("\"transactionId\":\"101\"", "\"transactionId\":\"100\"", StringComparison.Ordinal));
        Assert.Contains(TruthChecker.Check(shared, Right).Violations, violation => violation.Kind == ViolationKind.SharedTransactionId);
    }

    [Fact]
    public void A_refusal_is_found_even_if_nothing_is_missing()
    {
        var log = Read(Text().Replace("\"step\":\"Stop\",\"index\":0,\"state\":\"Unknown\"", "\"step\":\"Stop\",\"index\":0,\"state\":\"Error\"", StringComparison.Ordinal));
        Assert.Contains(TruthChecker.Check(log, Right).Violations, violation => violation.Kind == ViolationKind.Refused);
    }

    [Fact]
    public void A_last_line_that_was_cut_is_left_out_and_a_broken_one_before_is_not_forgiven()
    {
        Assert.Equal(4, Read(Text() + """{"delivery":{"session":"A","st""").Sessions.Count);
        Assert.ThrowsAny<Exception>(() => Read("{\"truth\":\n" + Text()));
    }

    private static ClientLog Log() => Read(Text());

    private static ClientLog Read(string text) => ClientLog.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static string Text()
    {
        var stream = new MemoryStream();
        var writer = new ClientLogWriter(stream);
        Told("A", 0, "100", readings: 3, DeliveryState.Ok, DeliveryState.Ok);
        Told("B", 1, "101", readings: 3, DeliveryState.Ok, DeliveryState.Unknown);
        Told("C", 2, null, readings: 0, DeliveryState.Unknown, null);
        Told("D", 3, "103", readings: 2, DeliveryState.Ok, null);
        writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return Encoding.UTF8.GetString(stream.ToArray());

        void Told(string session, int station, string? transaction, int readings, DeliveryState start, DeliveryState? stop)
        {
            writer.Write(new SessionTruth(session, $"CP-{station}", 1, "TAG", Noon.ToUnixTimeMilliseconds(), 1_000, 1_180, [1_060, 1_120, 1_135]));
            writer.Write(session, TransactionStep.Start, 0, DeliveryState.Invoke, "m", null);
            writer.Write(session, TransactionStep.Start, 0, start, "m", transaction);
            for (var i = 0; i < readings; i++)
            {
                writer.Write(session, TransactionStep.Meter, i, DeliveryState.Ok, "m", transaction);
            }

            if (stop is { } state)
            {
                writer.Write(session, TransactionStep.Stop, 0, DeliveryState.Invoke, "m", transaction);
                writer.Write(session, TransactionStep.Stop, 0, state, "m", transaction);
            }
        }
    }
}
