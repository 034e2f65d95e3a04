using System.Collections;
using System.Text;
using NodaTime;

namespace Busbar.Rating;

/// <summary>The reasons behind a session's periods, written when somebody asks.</summary>
internal sealed class Trace(Fold fold, IReadOnlyList<Segment> segments) : IReadOnlyList<TraceEntry>
{
    private readonly Lazy<TraceEntry[]> entries = new(() => [.. segments.SelectMany(segment => Entries(fold, segment))]);

    public int Count => entries.Value.Length;

    public TraceEntry this[int index] => entries.Value[index];

    public IEnumerator<TraceEntry> GetEnumerator() => ((IEnumerable<TraceEntry>)entries.Value).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static IEnumerable<TraceEntry> Entries(Fold fold, Segment segment)
    {
        var moment = fold.MomentOf(segment);
        var active = segment.Active;
        if (segment.Phase == Phase.Session) yield return Entry(Dimension.Energy, active.Energy);
        if (segment.Phase == Phase.Session && segment.State != VehicleState.EvIdle)
            yield return segment.State == VehicleState.Charging ? Entry(Dimension.Time, active.Time) : Unbilled(Dimension.Time, "time is billed while the vehicle charges");
        if (segment.Phase != Phase.Session) yield return Entry(Dimension.Time, active.Time);
        if (segment.State == VehicleState.EvIdle) yield return Entry(Dimension.Idle, active.Idle);
        if (active.Flat != CompiledTariff.None) yield return Entry(Dimension.Flat, active.Flat);
        if (active.ExpiryFlat != CompiledTariff.None) yield return Entry(Dimension.Flat, active.ExpiryFlat);

        TraceEntry Entry(Dimension dimension, int winner) => new(
            From(), To(), dimension, winner == CompiledTariff.None ? null : fold.Tariff.Components[winner].Element, Why(fold.Tariff, dimension, winner, moment), segment.Evidence);
        TraceEntry Unbilled(Dimension dimension, string why) => new(From(), To(), dimension, null, why, segment.Evidence);
        Instant From() => Instant.FromUnixTimeMilliseconds(segment.From);
        Instant To() => Instant.FromUnixTimeMilliseconds(segment.To);
    }

    private static string Why(CompiledTariff tariff, Dimension dimension, int winner, in Moment moment)
    {
        var why = new StringBuilder();
        if (winner == CompiledTariff.None) why.Append("no element applies");
        else if (tariff.ConditionsOf(winner).Names is { Length: > 0 } names) why.Append("holds: ").Append(names);
        else why.Append("no restriction");
        foreach (var candidate in tariff.Candidates[(int)dimension])
        {
            if (candidate == winner) break;
            var failed = tariff.ConditionsOf(candidate).FirstFailure(moment) ?? "reservation";
            why.Append("; element ").Append(tariff.Components[candidate].Element).Append(" fails ").Append(failed);
        }
        return why.ToString();
    }
}
