using Busbar.Kernel;

namespace Busbar.Sessions;

/// <summary>
/// Follows a register from reading to reading. Where two stories fit (a bad reading, or a meter that restarted), the one with less energy is taken, and
/// if the difference is money a person decides. Readings are told apart by what comes after them, so that one bad value never speaks for itself.
/// </summary>
internal sealed class RegisterChain(List<Reading> points, Power rated, SortedSet<string> issues)
{
    /// <summary>How many bad readings in a row are still taken for bad readings.</summary>
    private const int GlitchLength = 3;

    /// <summary>More links than the last readings can take back: each of them takes back at most <see cref="GlitchLength"/> and what came since.</summary>
    private const int DeepestGlitch = 24;

    /// <summary>1.6 tells a start and a stop in whole Wh (6.45 meterStart, 6.49 meterStop) and samples with decimals: what is less lower than this is the same register, cut off.</summary>
    private static readonly Energy Rounding = Energy.FromWattHours(1);

    /// <summary>A reading that is accepted, and the energy that it comes to.</summary>
    public readonly record struct Link(Reading Reading, Energy Total)
    {
        public Energy Register => Reading.Register!.Value;
    }

    /// <summary>A restart that was assumed: from where the chain goes on if the high readings come back after all.</summary>
    /// <param name="Kept">Links before it.</param>
    private readonly record struct Restart(int Index, int Kept, int Epoch, bool WasImplausible, bool WasReset);

    private readonly List<Link> _chain = new(points.Count);
    private int _epoch;
    private Restart? _restart;
    private int _next;

    private Link Last => _chain[^1];

    /// <summary>Of the links that there were before the last call, how many it left as they were at every moment; <see cref="int.MaxValue"/>: all.</summary>
    public int Untouched { get; private set; } = int.MaxValue;

    public MeterVerdict Judge(IReadOnlyList<Reading> all)
    {
        Follow(points.Count);
        return new MeterVerdict(WithPower(all), Last.Total, [.. issues]) { Stood = _chain[0].Register };
    }

    /// <summary>Takes the readings for which enough come after them that more of them would change nothing.</summary>
    /// <returns>How many links there are.</returns>
    public int FollowCertain()
    {
        Untouched = int.MaxValue;
        Follow(Math.Max(1, points.Count - GlitchLength));
        return _chain.Count;
    }

    /// <summary>The links from one on, as they stand with all readings that there are; the chain itself stays where it was.</summary>
    public List<Link> Ahead(int from)
    {
        var (next, count, epoch, restart) = (_next, _chain.Count, _epoch, _restart);
        var kept = Math.Max(0, count - DeepestGlitch);
        var before = _chain.GetRange(kept, count - kept);
        Untouched = int.MaxValue;
        Follow(points.Count);
        var ahead = from < _chain.Count ? _chain.GetRange(from, _chain.Count - from) : [];
        if (Untouched < kept) throw new InvalidOperationException("More readings were taken back than a few bad ones can have been.");
        _chain.RemoveRange(kept, _chain.Count - kept);
        _chain.AddRange(before);
        (_next, _epoch, _restart) = (next, epoch, restart);
        return ahead;
    }

    private void Follow(int end)
    {
        if (_next == 0)
        {
            _chain.Add(new Link(points[0], Energy.Zero));
            _next = 1;
        }
        for (; _next < end; _next++)
        {
            var i = _next;
            if (points[i].Register >= Last.Register) Grown(i);
            else if (Last.Register - points[i].Register!.Value < Rounding) _chain.Add(Last with { Reading = points[i] with { Register = Last.Register } });
            else Fallen(i);
        }
    }

    private void TakeBack(int kept)
    {
        _chain.RemoveRange(kept, _chain.Count - kept);
        Untouched = Math.Min(Untouched, kept);
    }

    private void Grown(int i)
    {
        var point = points[i];
        var next = Follow(Last, point);
        if (_restart is { } restart && i - restart.Index <= GlitchLength && CameBack(restart, point) is { } back)
        {
            // No restart, then. But if what lay between grew by itself, a meter that restarted and overtook itself fits as well, and a person decides.
            var isOpen = next is not null && Last.Register > _chain[restart.Kept].Register;
            Forget(restart, back);
            if (isOpen) issues.Add(Issues.MeterImplausible);
            return;
        }
        if (next is not null)
        {
            _chain.Add(next.Value);
            return;
        }
        for (var later = i + 1; later < points.Count && later <= i + GlitchLength; later++)
        {
            if (points[later].Register < Last.Register || Follow(Last, points[later]) is null) continue;
            issues.Add(Issues.MeterGlitch);
            return;
        }
        issues.Add(Issues.MeterImplausible);
        StartEpoch(new Link(point, Last.Total));
    }

    private void Fallen(int i)
    {
        var point = points[i];
        if (RolledOver(Last, point) is { } rolled)
        {
            issues.Add(Issues.MeterRollover);
            StartEpoch(rolled);
            return;
        }
        var isFinal = i == points.Count - 1 || point.Kind == ReadingKind.End;
        if (!isFinal && points[i + 1].Register >= Last.Register && Follow(Last, points[i + 1]) is not null)
        {
            issues.Add(Issues.MeterGlitch);
            return;
        }
        if (WithoutTheLast(point) is var (kept, next))
        {
            // One reading stood out above both of its neighbours. Small registers might as well have restarted.
            if (isFinal) issues.Add(Issues.MeterRegression);
            else if (_chain.Count - kept > 1 || point.Register <= MeterJudge.Possible(rated, point.At - Last.Reading.At)) issues.Add(Issues.MeterImplausible);
            issues.Add(Issues.MeterGlitch);
            TakeBack(kept);
            _chain.Add(next);
            return;
        }
        if (isFinal)
        {
            // A last reading below what was measured before is no restart: there is nothing after it that would show one.
            issues.Add(Issues.MeterRegression);
            return;
        }
        // The register restarted: what it shows since then was delivered, if it can have been. What was lost before is not invented.
        var since = point.Register!.Value;
        var shown = new Link(point, Last.Total);
        var restart = new Restart(i, _chain.Count, _epoch, issues.Contains(Issues.MeterImplausible), issues.Contains(Issues.MeterReset));
        if (_chain.Count - _epoch >= 2 && since <= MeterJudge.Possible(rated, point.At - Last.Reading.At) && IsPossible(point, Last.Total + since))
            shown = new Link(point, Last.Total + since);
        else issues.Add(Issues.MeterImplausible);
        issues.Add(Issues.MeterReset);
        StartEpoch(shown);
        _restart = restart;
    }

    private void Forget(Restart restart, Link back)
    {
        if (!restart.WasImplausible) issues.Remove(Issues.MeterImplausible);
        if (!restart.WasReset) issues.Remove(Issues.MeterReset);
        issues.Add(Issues.MeterGlitch);
        TakeBack(restart.Kept);
        _chain.Add(back);
        (_restart, _epoch) = (null, restart.Epoch);
    }

    private void StartEpoch(Link first)
    {
        _chain.Add(first);
        (_epoch, _restart) = (_chain.Count - 1, null);
    }

    /// <summary>The link that a reading makes after another one; null if the connector cannot have delivered what lies between.</summary>
    private Link? Follow(Link link, Reading next)
    {
        var grown = next.Register!.Value - link.Register;
        return grown >= Energy.Zero && grown <= MeterJudge.Possible(rated, next.At - link.Reading.At) && IsPossible(next, link.Total + grown)
            ? new Link(next, link.Total + grown) : null;
    }

    // Each step may be a little more than the time allows; all of them together may not.
    private bool IsPossible(Reading reading, Energy total) => total <= MeterJudge.Possible(rated, reading.At - points[0].At);

    private Link? CameBack(Restart restart, Reading point)
    {
        var high = _chain[restart.Kept - 1];
        return point.Register >= high.Register ? Follow(high, point) : null;
    }

    /// <summary>Leaves out up to three accepted readings that stand above this one; the rest of the chain must lead to it.</summary>
    private (int Kept, Link Next)? WithoutTheLast(Reading point)
    {
        for (var kept = _chain.Count - 1; kept > _epoch && kept >= _chain.Count - GlitchLength; kept--)
        {
            if (_chain[kept - 1].Register > point.Register) continue;
            // Several good readings and then nothing: that is a meter which counts from zero again.
            if (point.Register == Energy.Zero && _chain.Count - kept > 1) return null;
            return Follow(_chain[kept - 1], point) is { } next ? (kept, next) : null;
        }
        return null;
    }

    /// <summary>Registers of 6 to 9 digits of Wh or kWh that passed their end; only from the last percent into the first.</summary>
    private Link? RolledOver(Link before, Reading after)
    {
        var (from, to) = (before.Register.MilliwattHours, after.Register!.Value.MilliwattHours);
        for (var modulus = 1_000_000_000L; modulus <= 1_000_000_000_000_000L; modulus *= 10)   // 10^6 Wh … 10^9 kWh, in mWh
        {
            if (from < modulus / 100 * 99 || from >= modulus || to > modulus / 100) continue;
            var grown = new Energy(modulus - from + to);
            if (grown <= MeterJudge.Possible(rated, after.At - before.Reading.At) && IsPossible(after, before.Total + grown)) return new Link(after, before.Total + grown);
        }
        return null;
    }

    /// <summary>Adds the power and current of readings that had no register: they decide prices that depend on them.</summary>
    private List<Rating.Reading> WithPower(IReadOnlyList<Reading> all)
    {
        var accepted = _chain.Select(link => MeterJudge.Accept(link.Reading, link.Total));
        var bare = all.Where(reading => reading.Register is null && (reading.Power is not null || reading.CurrentA is not null))
            .Select(reading => MeterJudge.Accept(reading, null)).ToList();
        return bare.Count == 0 ? [.. accepted] : [.. accepted.Concat(bare).OrderBy(reading => reading.At)];
    }
}
