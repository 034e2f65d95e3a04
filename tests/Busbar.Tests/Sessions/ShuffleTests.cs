using Busbar.Sessions;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Random short histories of a station, in any order: the same sessions, the same bills.</summary>
public sealed class ShuffleTests
{
    private static readonly Instant Received = Instant.FromUtc(2026, 6, 3, 0, 0);

    [Fact]
    public void Any_order_of_a_random_history_gives_the_same_sessions_and_bills() => Assert.Null(FirstDifference(Sabotage.None));

    [Theory]
    [InlineData(Sabotage.DropsAfterEnd)]
    [InlineData(Sabotage.DropsUnknownTransactions)]
    [InlineData(Sabotage.MergesReusedIds)]
    public void A_rule_that_depends_on_the_order_is_caught(object sabotage) => Assert.NotNull(FirstDifference((Sabotage)sabotage));

    private static string? FirstDifference(Sabotage sabotage)
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var frames = RandomCharges.Of(random, 3).Select(told => told.Frame).Distinct().ToArray();
            var ids = Ids(frames);
            var expected = ContentOf(Told(frames, ids, sabotage));
            for (var run = 0; run < 4; run++)
            {
                random.Shuffle(frames);
                var content = ContentOf(Told(frames, ids, sabotage));
                if (expected != content) return $"seed {seed}, run {run}:{Environment.NewLine}{Difference(expected, content)}";
            }
        }
        return null;
    }

    private static string Difference(string expected, string content)
    {
        var (a, b) = (expected.Split(Environment.NewLine), content.Split(Environment.NewLine));
        return string.Join(Environment.NewLine, a.Except(b).Concat(b.Except(a)));
    }

    // The station was told its ids in the order of its starts.
    private static Dictionary<object, string> Ids(Frame[] frames)
    {
        var starts = new int[3];
        return frames.Select(frame => frame.Fact).OfType<ChargingFact.Started>().Where(start => start.TransactionId is null).OrderBy(start => start.Time.At)
            .ToDictionary<ChargingFact.Started, object, string>(start => start, start => Journal.IdOf(start.Evse!.Value, starts[start.Evse.Value]++), ReferenceEqualityComparer.Instance);
    }

    private static Journal Told(Frame[] frames, Dictionary<object, string> ids, Sabotage sabotage)
    {
        var journal = new Journal(sabotage) { Assign = start => ids[start] };
        foreach (var frame in frames) journal.Tell(frame, Received);
        return journal;
    }

    private static string ContentOf(Journal journal) => string.Join(Environment.NewLine, journal.Sessions.Select(Content).Order(StringComparer.Ordinal)
        .Concat(journal.Live.Select(CdrContent.Of).Order(StringComparer.Ordinal)).Append($"{journal.Orphans.Count} orphans"));

    // States and connector readings outside of a session's time stay where they were told; what was adopted is named by its place.
    private static string Content(Session session) => SessionContent.Of(session with
    {
        Adopted = AppendList<Adoption>.Of(session.Adopted.Select(adoption => adoption with { Place = default }).OrderBy(adoption => adoption.End?.At).ThenBy(adoption => adoption.Readings.Count > 0 ? adoption.Readings[0].At : default)),
        Timeline = new SessionTimeline(
            AppendList<Reading>.Of(session.Timeline.Readings.Where(reading => reading.At >= session.StartedAt && !(reading.At > session.EndedAt))),
            AppendList<StateMark>.Of(session.Timeline.States.Where(mark => mark.From >= session.StartedAt && !(mark.From > session.EndedAt)))),
    });
}
