using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>
/// The rules told once more, slowly: it walks second by second, looks at every condition with NodaTime's own calendar, and bisects a second in which
/// one turns. Shares nothing with the rater but the model.
/// </summary>
internal sealed class NaiveRater
{
    private readonly Tariff tariff;
    private readonly DateTimeZone zone;
    private readonly Instant start;
    private readonly SessionContext context;
    private readonly List<(Price Key, long Quantity)> used = [];
    private readonly List<(int Allowance, Price Key, long Quantity)> off = [];
    private readonly List<long> thresholds;
    private readonly List<LocalDate> taxDays;
    private readonly long?[] left;
    private long[] seen = [];
    private long[] look = [];
    private Price? lastEnergy;
    private Price? lastTimed;
    private Price? lastReserved;
    private bool flat;
    private bool reservedFlat;
    private bool expiredFlat;
    private bool begun;
    private Instant? reservedFrom;
    private Instant origin;
    private decimal? lastPower;
    private long before;
    private long charged;
    private long idled;
    private long graceUsed;
    private long sinceIdle;
    private Instant end;

    private NaiveRater(Tariff tariff, DateTimeZone zone, Instant start, SessionContext context)
    {
        (this.tariff, this.zone, this.start, this.context, end) = (tariff, zone, start, context, start);
        thresholds = [.. tariff.Elements.SelectMany(e => new[] { e.When?.MinEnergy, e.When?.MaxEnergy }).Where(e => e is not null).Select(e => e!.Value.MilliwattHours).Where(e => e > 0).Distinct().Order()];
        taxDays = [.. tariff.Elements.SelectMany(e => e.Components).SelectMany(c => c.Taxes).SelectMany(tax => new[] { tax.From, tax.Until }).OfType<LocalDate>().Distinct().Order()];
        left = [.. (context.Allowances ?? []).Select(allowance => allowance.Energy?.MilliwattHours ?? (long?)allowance.Time?.TotalMilliseconds)];
    }

    public static Cost Rate(Tariff tariff, DateTimeZone zone, Instant start, IEnumerable<MeasuredPeriod> periods, SessionContext? context = null)
    {
        var rater = new NaiveRater(tariff, zone, start, context ?? new SessionContext());
        foreach (var period in periods) rater.Walk(period);
        return rater.Total();
    }

    private void Walk(MeasuredPeriod period)
    {
        var (from, to, total, given) = (period.From.ToUnixTimeMilliseconds(), period.To.ToUnixTimeMilliseconds(), period.Energy.MilliwattHours, period.Exported.MilliwattHours);
        end = period.To;
        if (from == to && total == 0 && given == 0) return;
        if (period.Phase == Phase.Session) begun = true;
        else reservedFrom ??= period.From;
        origin = period.Phase == Phase.Session ? start : reservedFrom!.Value;
        lastPower = period.Power?.Milliwatts ?? (from == to ? lastPower : decimal.Floor((decimal)total * 3_600_000m / (to - from)));
        if (from == to) Jump(period, total, given);
        else Run(period, from, to, total, given);
    }

    /// <summary>Energy between two readings of one moment: it passes every threshold there and then.</summary>
    private void Jump(MeasuredPeriod period, long total, long given)
    {
        var time = period.From.ToUnixTimeMilliseconds();
        var counted = before;
        foreach (var threshold in thresholds.Where(k => k > before && k <= before + total).Append(before + total).Distinct().ToArray())
        {
            var scene = new Scene(time, counted, charged, idled, graceUsed, lastPower, period.CurrentA ?? (total == 0 ? 0m : null));
            Charge(scene, time, threshold - counted, given, period.State, period.Phase);
            (counted, given) = (threshold, 0);
        }
        before += total;
        if (period.State != VehicleState.EvIdle) sinceIdle += total;
    }

    private void Run(MeasuredPeriod period, long from, long to, long total, long given)
    {
        var power = lastPower;
        var current = period.CurrentA ?? (total == 0 ? 0m : null);
        if (period.State == VehicleState.EvIdle && tariff.Idle?.RestartAbove is { } above && sinceIdle > above.MilliwattHours) graceUsed = 0;
        long Part(long whole, long time) => (long)((Int128)whole * (time - from) / (to - from));
        Scene Scene(long time, long energy) => new(
            time, energy, charged + (period.State == VehicleState.Charging ? time - from : 0), idled + (period.State == VehicleState.EvIdle ? time - from : 0),
            graceUsed + (period.State == VehicleState.EvIdle ? time - from : 0), power, current);
        bool Same(Scene scene)
        {
            See(scene, ref look);
            return look.AsSpan().SequenceEqual(seen);
        }

        var (position, counted, back) = (from, before, 0L);
        See(Scene(position, counted), ref seen);
        for (var second = from; second < to;)
        {
            var next = Math.Min(second + 1_000, to);
            if (Same(Scene(next, before + Part(total, next))))
            {
                second = next;
                continue;
            }
            var (low, high) = (Math.Max(second, position), next);
            while (high - low > 1)
            {
                var middle = low + (high - low) / 2;
                if (Same(Scene(middle, before + Part(total, middle)))) low = middle;
                else high = middle;
            }
            var there = before + Part(total, high);
            foreach (var threshold in thresholds.Where(k => k > counted && k <= there).DefaultIfEmpty(there).ToArray())
            {
                Charge(Scene(position, counted), high, threshold - counted, Part(given, high) - back, period.State, period.Phase);
                (position, counted, back) = (high, threshold, Part(given, high));
            }
            See(Scene(position, counted), ref seen);
            second = high;
        }
        if (position < to || counted < before + total) Charge(Scene(position, counted), to, before + total - counted, given - back, period.State, period.Phase);
        before += total;
        if (period.State == VehicleState.Charging) charged += to - from;
        if (period.State == VehicleState.EvIdle) (idled, graceUsed, sinceIdle) = (idled + to - from, graceUsed + to - from, 0);
        else sinceIdle += total;
    }

    private void Charge(Scene scene, long to, long energy, long exported, VehicleState state, Phase phase)
    {
        var spent = to - scene.Time;
        if (spent == 0 && energy == 0 && exported == 0) return;
        if (phase != Phase.Session)
        {
            var expired = phase == Phase.ReservationExpired;
            reservedFlat = reservedFlat || Pays(Winner(Dimension.Flat, ReservationKind.Reserved));
            expiredFlat = expiredFlat || (expired && Pays(Winner(Dimension.Flat, ReservationKind.Expired)));
            if (((expired ? Winner(Dimension.Time, ReservationKind.Expired) : null) ?? Winner(Dimension.Time, ReservationKind.Reserved)) is { } kept) lastReserved = Use(kept, spent);
            return;
        }
        flat = flat || Pays(Winner(Dimension.Flat));
        if (energy > 0 && Winner(Dimension.Energy) is { } delivered) lastEnergy = Use(delivered, energy);
        if (exported > 0 && Winner(Dimension.Export) is { } returned) Use(returned, exported);
        Dimension? timed = state switch { VehicleState.Charging => Dimension.Time, VehicleState.EvIdle => Dimension.Idle, _ => null };
        if (timed == Dimension.Idle && tariff.Idle?.Grace is { } grace && scene.GraceUsed < grace.TotalMilliseconds) return;
        if (spent > 0 && timed is { } dimension && Winner(dimension) is { } held) lastTimed = Use(held, spent);

        bool Pays(Price? fee)
        {
            if (fee is { } due) Use(due, 1);
            return fee is not null;
        }

        Price? Winner(Dimension wanted, ReservationKind? kind = null)
        {
            for (var i = 0; i < tariff.Elements.Count; i++)
            {
                var component = tariff.Elements[i].Components.FirstOrDefault(c => c.Dimension == wanted);
                if (component is not null && tariff.Elements[i].When?.Reservation == kind && Held(tariff.Elements[i].When, scene, Local(scene.Time)) == ulong.MaxValue)
                    return new Price(i, wanted, PriceOf(component, scene.Time), tariff.TaxPoint == TaxPoint.EachDay ? Era(Local(scene.Time).Date) : 0);
            }
            return null;
        }
    }

    private Price Use(Price key, long quantity)
    {
        var at = used.FindIndex(one => one.Key == key);
        if (at < 0) used.Add((key, quantity));
        else used[at] = (key, used[at].Quantity + quantity);
        if (IsOfReservation(key)) return key;
        for (var i = 0; i < left.Length && quantity > 0; i++)
        {
            if (context.Allowances![i].Dimension != key.Dimension) continue;
            var taken = Math.Min(quantity, left[i] ?? quantity);
            if (taken == 0) continue;
            (left[i], quantity) = (left[i] - taken, quantity - taken);
            var known = off.FindIndex(one => one.Allowance == i && one.Key == key);
            if (known < 0) off.Add((i, key, taken));
            else off[known] = (i, key, off[known].Quantity + taken);
        }
        return key;
    }

    private bool IsOfReservation(Price key) => tariff.Elements[key.Element].When?.Reservation is not null;

    // All that can change a price, as numbers: when none of them has changed, nothing has.
    private void See(Scene scene, ref long[] into)
    {
        if (into.Length == 0) into = new long[tariff.Elements.Count + 3];
        var local = Local(scene.Time);
        for (var i = 0; i < tariff.Elements.Count; i++) into[i] = unchecked((long)Held(tariff.Elements[i].When, scene, local));
        into[^3] = tariff.TaxPoint == TaxPoint.EachDay ? Era(local.Date) : 0;
        into[^2] = tariff.Idle?.Grace is { } grace && scene.GraceUsed < grace.TotalMilliseconds ? 1 : 0;
        into[^1] = context.Curves is { Count: > 0 } curves && tariff.Elements.Any(e => e.Components.Any(c => c.Curve is { Lock: CurveLock.EachInterval }))
            ? curves.Aggregate(0L, (all, curve) => all * 100_000 + Interval(curve, scene.Time)) : 0;
    }

    /// <summary>A bit for each condition; those that are not there hold.</summary>
    private ulong Held(Restrictions? when, in Scene scene, LocalDateTime local)
    {
        if (when is null) return ulong.MaxValue;
        var (bits, place) = (0UL, 0);
        if (when.StartTime is not null || when.EndTime is not null)
        {
            var (open, close) = (when.StartTime ?? LocalTime.Midnight, when.EndTime ?? LocalTime.Midnight);
            var (after, until) = (local.TimeOfDay >= open, close == LocalTime.Midnight || local.TimeOfDay < close);
            Note(close == LocalTime.Midnight || open < close ? after && until : after || until);
        }
        if (when.StartDate is { } first) Note(local.Date >= first);
        if (when.EndDate is { } last) Note(local.Date < last);
        if (when.Weekdays is { } days) Note(days.HasFlag((Weekdays)(1 << ((int)local.DayOfWeek - 1))));
        if (when.SpecialDays is { } special) Note(tariff.Calendars!.Single(c => c.Name == special).Dates.Contains(local.Date));
        if (when.ExceptSpecialDays is { } ordinary) Note(!tariff.Calendars!.Single(c => c.Name == ordinary).Dates.Contains(local.Date));
        if (when.MinEnergy is { } minEnergy) Note(scene.Energy >= minEnergy.MilliwattHours);
        if (when.MaxEnergy is { } maxEnergy) Note(scene.Energy < maxEnergy.MilliwattHours);
        if (when.MinCurrentA is { } minCurrent) Note(scene.CurrentA is { } a && a >= minCurrent);
        if (when.MaxCurrentA is { } maxCurrent) Note(scene.CurrentA is { } b && b < maxCurrent);
        if (when.MinPower is { } minPower) Note(scene.Power >= minPower.Milliwatts);
        if (when.MaxPower is { } maxPower) Note(scene.Power < maxPower.Milliwatts);
        var since = Instant.FromUnixTimeMilliseconds(scene.Time) - origin;
        if (when.MinDuration is { } minDuration) Note(since >= minDuration);
        if (when.MaxDuration is { } maxDuration) Note(since < maxDuration);
        if (when.MinChargingTime is { } minCharging) Note(Duration.FromMilliseconds(scene.Charged) >= minCharging);
        if (when.MaxChargingTime is { } maxCharging) Note(Duration.FromMilliseconds(scene.Charged) < maxCharging);
        if (when.MinIdleTime is { } minIdle) Note(Duration.FromMilliseconds(scene.Idled) >= minIdle);
        if (when.MaxIdleTime is { } maxIdle) Note(Duration.FromMilliseconds(scene.Idled) < maxIdle);
        if (when.EvseKind is { } kind) Note(context.EvseKind == kind);
        if (when.TokenGroup is { } group) Note(string.Equals(context.TokenGroup, group, StringComparison.OrdinalIgnoreCase));
        if (when.PaymentBrand is { } brand) Note(string.Equals(brand, context.PaymentBrand, StringComparison.OrdinalIgnoreCase));
        if (when.PaymentRecognition is { } way) Note(string.Equals(way, context.PaymentRecognition, StringComparison.OrdinalIgnoreCase));
        return bits | ulong.MaxValue << place;

        void Note(bool holds) => bits |= (holds ? 1UL : 0) << place++;
    }

    private decimal PriceOf(PriceComponent component, long time)
    {
        if (component.Curve is not { } by) return component.Price;
        var at = by.Lock == CurveLock.AtStart ? start.ToUnixTimeMilliseconds() : time;
        if (context.Curves?.SingleOrDefault(c => c.Name == by.Name) is not { } curve) return component.Price;
        var interval = Interval(curve, at);
        if (interval < 0 || interval >= curve.Prices.Count || curve.Prices[(int)interval] is not { } market) return component.Price;
        var price = market * by.Percent / 100;
        price = Math.Min(Math.Max(price, by.Least ?? price), by.Most ?? decimal.MaxValue);
        return Math.Round(price + by.Add, 10, MidpointRounding.AwayFromZero);
    }

    private static long Interval(PriceCurve curve, long time)
    {
        var passed = time - curve.From.ToUnixTimeMilliseconds();
        return passed < 0 ? -1 : Math.Min(passed / (curve.StepSeconds * 1_000L), curve.Prices.Count);
    }

    private LocalDateTime Local(long time) => Instant.FromUnixTimeMilliseconds(time).InZone(zone).LocalDateTime;

    /// <summary>The day of the last moment, which is the millisecond before an end.</summary>
    private int LastEra() => Era(Local((end > start || (reservedFrom is not null && !begun) ? end - Duration.FromMilliseconds(1) : start).ToUnixTimeMilliseconds()).Date);

    private int Era(LocalDate day) => taxDays.Count(change => change <= day);

    private Cost Total()
    {
        Round(lastEnergy);
        Round(lastTimed);
        Round(lastReserved);
        var waived = begun && tariff.WaiveBelow is { } below && (below.Energy is not null || below.Duration is not null)
            && !(before >= below.Energy?.MilliwattHours) && !(end - start >= below.Duration);
        var (net, gross, idleNet, idleGross) = (0m, 0m, 0m, 0m);
        foreach (var (key, quantity) in used.Where(one => !waived || IsOfReservation(one.Key))) Add(key, quantity, key.UnitPrice);
        if (waived) return new Cost(net, gross);
        foreach (var (allowance, key, quantity) in off) Add(key, quantity, -key.UnitPrice * context.Allowances![allowance].PercentOff / 100);
        var (capNet, capGross) = Bounded(idleNet, idleGross, null, tariff.Idle?.Cap);
        (net, gross) = (net - idleNet + capNet, gross - idleGross + capGross);
        var (lastNet, lastGross) = begun ? Bounded(net, gross, tariff.Min, tariff.Max) : (net, gross);
        return new Cost(lastNet, lastGross);

        void Add(Price key, long quantity, decimal price)
        {
            var amount = key.Dimension switch { Dimension.Energy or Dimension.Export => price * quantity / 1_000_000m, Dimension.Flat => price, _ => price * quantity / 3_600_000m };
            var era = tariff.TaxPoint == TaxPoint.EachDay ? key.Era : LastEra();
            var rates = tariff.Elements[key.Element].Components.Single(c => c.Dimension == key.Dimension).Taxes
                .Where(tax => (tax.From is not { } from || Era(from) <= era) && (tax.Until is not { } until || Era(until) > era));
            var factors = rates.GroupBy(tax => tax.Stack).OrderBy(stack => stack.Key).ToArray();
            var exact = tariff.TaxMode == TaxMode.Inclusive ? amount / factors.Aggregate(1m, (f, stack) => f + f * stack.Sum(tax => tax.Percent) / 100m) : amount;
            var (below, taxes) = (exact, 0m);
            foreach (var stack in factors)
            {
                taxes += stack.Sum(tax => Published(below * tax.Percent / 100m));
                below += below * stack.Sum(tax => tax.Percent) / 100m;
            }
            if (tariff.TaxMode == TaxMode.NotApplicable) (exact, taxes) = (amount, 0m);
            var (lineNet, lineGross) = tariff.TaxMode == TaxMode.Inclusive ? (Published(amount) - taxes, Published(amount)) : (Published(exact), Published(exact) + taxes);
            (net, gross) = (net + lineNet, gross + lineGross);
            if (key.Dimension == Dimension.Idle) (idleNet, idleGross) = (idleNet + lineNet, idleGross + lineGross);
        }
    }

    /// <summary>Each bound holds by itself; the total of which the binding one says nothing goes along by the taxes that there are, as far as the other bound lets it.</summary>
    private (decimal Net, decimal Gross) Bounded(decimal net, decimal gross, PriceBound? min, PriceBound? max)
    {
        decimal Net(decimal amount) => Math.Min(Math.Max(amount, min?.BeforeTax ?? amount), max?.BeforeTax ?? decimal.MaxValue);
        decimal Gross(decimal amount) => Math.Min(Math.Max(amount, min?.AfterTax ?? amount), max?.AfterTax ?? decimal.MaxValue);
        if (tariff.TaxMode == TaxMode.NotApplicable) return (Gross(Net(net)), Gross(Net(net)));
        var (least, most) = (Net(net), Gross(gross));
        if (least != net && (least > net ? min : max)!.AfterTax is null) return (least, Gross(Published(net == 0 ? least * UsualFactor() : gross * least / net)));
        if (most != gross && (most > gross ? min : max)!.BeforeTax is null) return (Net(Published(gross == 0 ? most / UsualFactor() : net * most / gross)), most);
        return (least, most);
    }

    /// <summary>Gross by net of the first price that bears a tax on the last day.</summary>
    private decimal UsualFactor()
    {
        var era = LastEra();
        var rates = tariff.Elements.SelectMany(element => element.Components)
            .Select(component => component.Taxes.Where(tax => (tax.From is not { } from || Era(from) <= era) && (tax.Until is not { } until || Era(until) > era)).ToArray())
            .FirstOrDefault(taxes => taxes.Length > 0) ?? [];
        return rates.GroupBy(tax => tax.Stack).OrderBy(stack => stack.Key).Aggregate(1m, (factor, stack) => factor + factor * stack.Sum(tax => tax.Percent) / 100m);
    }

    private void Round(Price? last)
    {
        if (last is not { } key) return;
        var step = Math.Max(1, tariff.Elements[key.Element].Components.Single(c => c.Dimension == key.Dimension).StepSize) * 1_000L;
        var total = used.Where(one => one.Key.Dimension == key.Dimension && IsOfReservation(one.Key) == IsOfReservation(key)).Sum(one => one.Quantity);
        if (total % step > 0) Use(key, step - total % step);
    }

    private static decimal Published(decimal amount) => Math.Round(amount, 6, MidpointRounding.AwayFromZero);

    private readonly record struct Price(int Element, Dimension Dimension, decimal UnitPrice, int Era);

    private readonly record struct Scene(long Time, long Energy, long Charged, long Idled, long GraceUsed, decimal? Power, decimal? CurrentA);
}
