using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>
/// The rules told once more, slowly: it walks second by second, looks at every condition with NodaTime's own calendar, and bisects a second in which
/// one turns. Shares nothing with the rater but the model.
/// </summary>
internal sealed class NaiveRater(Tariff tariff, DateTimeZone zone, Instant start)
{
    private readonly Dictionary<(int Element, Dimension Dimension), long> used = [];
    private readonly List<long> thresholds =
        [.. tariff.Elements.SelectMany(e => new[] { e.When?.MinEnergy, e.When?.MaxEnergy }).Where(e => e is not null).Select(e => e!.Value.MilliwattHours).Where(e => e > 0).Distinct().Order()];
    private (int, Dimension)? lastEnergy;
    private (int, Dimension)? lastTimed;
    private bool flat;
    private long before;

    public static Cost Rate(Tariff tariff, DateTimeZone zone, Instant start, IEnumerable<MeasuredPeriod> periods)
    {
        var rater = new NaiveRater(tariff, zone, start);
        foreach (var period in periods) rater.Walk(period);
        return rater.Total();
    }

    private void Walk(MeasuredPeriod period)
    {
        var (from, to, total) = (period.From.ToUnixTimeMilliseconds(), period.To.ToUnixTimeMilliseconds(), period.Energy.MilliwattHours);
        if (from == to) return;
        var mean = (decimal)total * 3_600_000m / (to - from);
        var power = period.Power?.Milliwatts ?? decimal.Floor(mean);
        var current = period.CurrentA ?? (total == 0 ? 0m : null);
        long At(long time) => before + (long)((System.Numerics.BigInteger)total * (time - from) / (to - from));
        bool[] See(long time, long energy) => [.. tariff.Elements.SelectMany(e => Conditions(e.When, time, energy, power, current))];

        var (position, counted) = (from, before);
        var seen = See(position, counted);
        for (var second = from; second < to;)
        {
            var next = Math.Min(second + 1_000, to);
            if (See(next, At(next)).SequenceEqual(seen))
            {
                second = next;
                continue;
            }
            var (low, high) = (Math.Max(second, position), next);
            while (high - low > 1)
            {
                var middle = low + (high - low) / 2;
                if (See(middle, At(middle)).SequenceEqual(seen)) low = middle;
                else high = middle;
            }
            var crossed = thresholds.Where(k => k > counted && k <= At(high)).ToArray();
            foreach (var threshold in crossed)
            {
                Charge(position, high, threshold - counted, period.State, power, current, counted);
                (position, counted) = (high, threshold);
            }
            if (crossed.Length == 0)
            {
                Charge(position, high, At(high) - counted, period.State, power, current, counted);
                (position, counted) = (high, At(high));
            }
            seen = See(position, counted);
            second = high;
        }
        if (position < to || counted < before + total) Charge(position, to, before + total - counted, period.State, power, current, counted);
        before += total;
    }

    private void Charge(long from, long to, long energy, VehicleState state, decimal power, decimal? current, long counted)
    {
        if (from == to && energy == 0) return;
        if (!flat && Winner(Dimension.Flat) is { } fee)
        {
            flat = true;
            used[fee] = 1;
        }
        if (energy > 0 && Winner(Dimension.Energy) is { } delivered) used[(lastEnergy = delivered).Value] = used.GetValueOrDefault(delivered) + energy;
        Dimension? timed = state switch { VehicleState.Charging => Dimension.Time, VehicleState.EvIdle => Dimension.Idle, _ => null };
        if (to > from && timed is { } dimension && Winner(dimension) is { } spent) used[(lastTimed = spent).Value] = used.GetValueOrDefault(spent) + to - from;

        (int, Dimension)? Winner(Dimension wanted)
        {
            for (var i = 0; i < tariff.Elements.Count; i++)
                if (tariff.Elements[i].Components.Any(c => c.Dimension == wanted) && Conditions(tariff.Elements[i].When, from, counted, power, current).All(holds => holds)) return (i, wanted);
            return null;
        }
    }

    private IEnumerable<bool> Conditions(Restrictions? when, long time, long energy, decimal power, decimal? current)
    {
        if (when is null) yield break;
        var instant = Instant.FromUnixTimeMilliseconds(time);
        var local = instant.InZone(zone).LocalDateTime;
        if (when.StartTime is not null || when.EndTime is not null)
        {
            var (open, close) = (when.StartTime ?? LocalTime.Midnight, when.EndTime ?? LocalTime.Midnight);
            var (after, until) = (local.TimeOfDay >= open, close == LocalTime.Midnight || local.TimeOfDay < close);
            yield return close == LocalTime.Midnight || open < close ? after && until : after || until;
        }
        if (when.StartDate is { } first) yield return local.Date >= first;
        if (when.EndDate is { } last) yield return local.Date < last;
        if (when.Weekdays is { } days) yield return days.HasFlag(Enum.Parse<Weekdays>(local.DayOfWeek.ToString()));
        if (when.MinEnergy is { } minEnergy) yield return energy >= minEnergy.MilliwattHours;
        if (when.MaxEnergy is { } maxEnergy) yield return energy < maxEnergy.MilliwattHours;
        if (when.MinCurrentA is { } minCurrent) yield return current is { } amperes && amperes >= minCurrent;
        if (when.MaxCurrentA is { } maxCurrent) yield return current is { } amperes && amperes < maxCurrent;
        if (when.MinPower is { } minPower) yield return power >= minPower.Milliwatts;
        if (when.MaxPower is { } maxPower) yield return power < maxPower.Milliwatts;
        if (when.MinDuration is { } minDuration) yield return instant - start >= minDuration;
        if (when.MaxDuration is { } maxDuration) yield return instant - start < maxDuration;
    }

    private Cost Total()
    {
        Round(lastEnergy, key => key.Dimension == Dimension.Energy);
        Round(lastTimed, key => key.Dimension == lastTimed!.Value.Item2);
        var (net, gross) = (0m, 0m);
        foreach (var ((element, dimension), quantity) in used)
        {
            var price = tariff.Elements[element].Components.Single(c => c.Dimension == dimension);
            var amount = dimension switch { Dimension.Energy => price.Price * quantity / 1_000_000m, Dimension.Flat => price.Price, _ => price.Price * quantity / 3_600_000m };
            var factors = price.Taxes.GroupBy(tax => tax.Stack).OrderBy(stack => stack.Key).ToArray();
            var exact = tariff.TaxMode == TaxMode.Inclusive ? amount / factors.Aggregate(1m, (f, stack) => f + f * stack.Sum(tax => tax.Percent) / 100m) : amount;
            var (below, taxes) = (exact, 0m);
            foreach (var stack in factors)
            {
                taxes += stack.Sum(tax => Published(below * tax.Percent / 100m));
                below += below * stack.Sum(tax => tax.Percent) / 100m;
            }
            if (tariff.TaxMode == TaxMode.NotApplicable) (exact, taxes) = (amount, 0m);
            net += tariff.TaxMode == TaxMode.Inclusive ? Published(amount) - taxes : Published(exact);
            gross += tariff.TaxMode == TaxMode.Inclusive ? Published(amount) : Published(exact) + taxes;
        }
        if (before == 0 && used.Count == 0 && tariff.Min is null) return default;
        return new Cost(
            Math.Min(Math.Max(net, tariff.Min?.BeforeTax ?? net), tariff.Max?.BeforeTax ?? decimal.MaxValue),
            Math.Min(Math.Max(gross, tariff.Min?.AfterTax ?? gross), tariff.Max?.AfterTax ?? decimal.MaxValue));
    }

    private void Round((int Element, Dimension Dimension)? last, Func<(int Element, Dimension Dimension), bool> same)
    {
        if (last is not { } key) return;
        var step = Math.Max(1, tariff.Elements[key.Element].Components.Single(c => c.Dimension == key.Dimension).StepSize) * 1_000L;
        var total = used.Where(pair => same(pair.Key)).Sum(pair => pair.Value);
        used[key] += (step - total % step) % step;
    }

    private static decimal Published(decimal amount) => Math.Round(amount, 6, MidpointRounding.AwayFromZero);
}
