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
        if (active.Export != CompiledTariff.None || segment.Exported > 0) yield return Entry(Dimension.Export, active.Export);
        if (segment.Phase == Phase.Session && segment.State != VehicleState.EvIdle)
            yield return segment.State == VehicleState.Charging ? Entry(Dimension.Time, active.Time) : Unbilled(Dimension.Time, "time is billed while the vehicle charges", PriceReason.NotCharging);
        if (segment.Phase != Phase.Session) yield return Entry(Dimension.Time, active.Time);
        if (segment.State == VehicleState.EvIdle) yield return active.Grace ? Unbilled(Dimension.Idle, "within the grace", PriceReason.Grace) : Entry(Dimension.Idle, active.Idle);
        if (segment.State == VehicleState.EvseWithholds && fold.Tariff.Candidates[(int)Dimension.Idle].Length > 0) yield return Unbilled(Dimension.Idle, "energy that is held back makes nobody idle", PriceReason.Withheld);
        if (active.Flat != CompiledTariff.None) yield return Entry(Dimension.Flat, active.Flat);
        if (active.ExpiryFlat != CompiledTariff.None) yield return Entry(Dimension.Flat, active.ExpiryFlat);

        TraceEntry Entry(Dimension dimension, int winner)
        {
            var (holds, fails) = Reasons(fold.Tariff, dimension, winner, moment);
            return new TraceEntry(From(), To(), dimension, winner == CompiledTariff.None ? null : fold.Tariff.Components[winner].Element, Why(winner, holds, fails), segment.Evidence)
            {
                Holds = holds, Fails = fails, UnitPrice = winner == CompiledTariff.None ? null : fold.PriceOf(winner, segment.From),
            };
        }
        TraceEntry Unbilled(Dimension dimension, string why, PriceReason reason) => new(From(), To(), dimension, null, why, segment.Evidence) { Reason = reason };
        Instant From() => Instant.FromUnixTimeMilliseconds(segment.From);
        Instant To() => Instant.FromUnixTimeMilliseconds(segment.To);
    }

    private static (string[] Holds, List<(int Element, string Condition)> Fails) Reasons(CompiledTariff tariff, Dimension dimension, int winner, in Moment moment)
    {
        var fails = new List<(int, string)>();
        foreach (var candidate in tariff.Candidates[(int)dimension])
        {
            if (candidate == winner) break;
            fails.Add((tariff.Components[candidate].Element, tariff.ConditionsOf(candidate).FirstFailure(moment) ?? "reservation"));
        }
        return (winner == CompiledTariff.None ? [] : [.. tariff.ConditionsOf(winner).Names], fails);
    }

    private static string Why(int winner, string[] holds, List<(int Element, string Condition)> fails)
    {
        var why = new StringBuilder(winner == CompiledTariff.None ? "no element applies" : holds.Length > 0 ? "holds: " + string.Join(", ", holds) : "no restriction");
        foreach (var (element, condition) in fails) why.Append("; element ").Append(element).Append(" fails ").Append(condition);
        return why.ToString();
    }
}
