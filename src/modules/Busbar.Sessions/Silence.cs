using Busbar.Rating;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// Idle time in which a station that reads its meter regularly told no reading is unknown, and never billed (edge case E16, loss of communication): the vehicle may have
/// asked for energy, and the station may have held it back, without anybody hearing of it. What a station queued while it was offline and told later with its own
/// times was measured, and counts as if it had been told at once. A station that reads too rarely to be missed is taken at its last word.
/// </summary>
internal static class Silence
{
    /// <summary>So many of the last readings say how often the station reads.</summary>
    private const int Recent = 16;

    /// <summary>Fewer distances between readings than this show no habit.</summary>
    private const int Habit = 3;

    /// <summary>So many readings may be missing.</summary>
    private const int Missing = 3;

    /// <summary>A station that starts again, or a message that is told twice, is no loss.</summary>
    private static readonly Duration Patience = Duration.FromMinutes(5);

    /// <summary>The same states, with unknown ones where idle time is not witnessed.</summary>
    /// <param name="states">In the order of time.</param>
    /// <param name="readings">All of the session's, whether or not they are billed: each is a sign of the station.</param>
    /// <param name="end">Of what is priced.</param>
    public static List<StateChange> Unbilled(List<StateChange> states, AppendList<Reading> readings, Instant end)
    {
        if (!states.Exists(change => change.State == VehicleState.EvIdle)) return states;
        var known = new List<StateChange>(states.Count);
        for (var i = 0; i < states.Count; i++)
        {
            known.Add(states[i]);
            if (states[i].State != VehicleState.EvIdle) continue;
            var until = i + 1 < states.Count ? states[i + 1].From : end;
            var sign = states[i].From;
            for (var next = CountUpTo(readings, sign); next < readings.Count && readings[next].At < until; sign = readings[next++].At)
            {
                if (!IsLost(readings, sign, readings[next].At)) continue;
                known.Add(new StateChange(sign, VehicleState.Unknown));
                known.Add(new StateChange(readings[next].At, VehicleState.EvIdle));
            }
            if (IsLost(readings, sign, until)) known.Add(new StateChange(sign, VehicleState.Unknown));
        }
        return known;
    }

    private static bool IsLost(AppendList<Reading> readings, Instant from, Instant to)
    {
        if (to - from <= Patience) return false;
        Span<long> distances = stackalloc long[Recent];
        var count = 0;
        for (var i = CountUpTo(readings, from) - 1; i > 0 && count < Recent; i--)
        {
            if (readings[i].At > readings[i - 1].At) distances[count++] = (readings[i].At - readings[i - 1].At).BclCompatibleTicks;
        }
        if (count < Habit) return false;
        distances = distances[..count];
        distances.Sort();
        return (to - from).BclCompatibleTicks > Missing * distances[count / 2];
    }

    /// <summary>How many readings were taken by then.</summary>
    private static int CountUpTo(AppendList<Reading> readings, Instant at)
    {
        var (low, high) = (0, readings.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (readings[middle].At <= at) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
