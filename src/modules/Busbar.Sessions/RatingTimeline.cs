using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>The judged evidence of a session in the rater's shape.</summary>
internal static class RatingTimeline
{
    /// <summary>A connector's state of before the start that is older says nothing about the session.</summary>
    private static readonly Duration Stale = Duration.FromMinutes(10);

    /// <summary>Until when a session is priced: its end, or the last that was read of one that goes on.</summary>
    public static Instant EndOf(Session session) =>
        session.EndedAt ?? (session.Timeline.Readings.Count > 0 ? session.Timeline.Readings[^1].At : session.StartedAt);

    public static Timeline Of(Session session, MeterVerdict verdict, Instant end) => new()
    {
        Start = session.StartedAt,
        End = Instant.Max(session.StartedAt, end),
        Readings = verdict.Readings,
        States = Silence.Unbilled(States(session, verdict, end), session.Timeline.Readings, end),
        Withheld = Withheld(session),
    };

    /// <summary>When we held energy back; null where we did not.</summary>
    public static IReadOnlyList<WithheldTime>? Withheld(Session session) =>
        session.Withheld is { } held ? [.. held.Select(time => new WithheldTime(time.From, time.To, WithheldBy.Operator))] : null;

    /// <summary>
    /// What the station said, and, where it said nothing, what the meter shows: energy that flowed between two readings was charging. Nothing said and
    /// nothing measured stays unknown, which is never billed as time; so does, by <see cref="Silence"/>, what the station said before it was heard no longer.
    /// </summary>
    private static List<StateChange> States(Session session, MeterVerdict verdict, Instant end)
    {
        var said = session.Timeline.States.Where(mark => mark.From < end && !IsStale(mark)).ToList();
        // A cable that is plugged, or a word that nobody knows, is no statement about the session's energy.
        if (!said.Exists(mark => SaysWhy(mark.State))) said.Clear();
        var silentUntil = said.Count > 0 ? said[0].From : Instant.MaxValue;
        var states = silentUntil <= session.StartedAt ? [] : Measured(verdict, silentUntil);
        states.AddRange(said.Select(mark => new StateChange(mark.From, StateOf(mark.State))));
        return states;

        bool IsStale(StateMark mark) => RatingTimeline.IsStale(session.StartedAt, mark);
    }

    /// <summary>A connector's word that is too old to speak of the session.</summary>
    public static bool IsStale(Instant start, StateMark mark) => mark.From < start - Stale && SaysWhy(mark.State);

    private static List<StateChange> Measured(MeterVerdict verdict, Instant until)
    {
        var states = new List<StateChange>();
        Rating.Reading? from = null;
        foreach (var to in verdict.Readings)
        {
            if (to.Register is null) continue;
            if (from is not null)
            {
                if (from.At >= until) break;
                var state = to.Register > from.Register ? VehicleState.Charging : VehicleState.Unknown;
                if (states.Count == 0 || states[^1].State != state) states.Add(new StateChange(from.At, state));
            }
            from = to;
        }
        return states;
    }

    /// <summary>Whether it says who holds the energy back, or that nobody does.</summary>
    public static bool SaysWhy(ChargingState state) => state is ChargingState.Charging or ChargingState.SuspendedByVehicle or ChargingState.SuspendedByStation;

    /// <summary>In the rater's words.</summary>
    // Connected and Idle say nothing about who holds the energy back, so they are not billed as idle time.
    public static VehicleState StateOf(ChargingState state) => state switch
    {
        ChargingState.Charging => VehicleState.Charging,
        ChargingState.SuspendedByVehicle => VehicleState.EvIdle,
        ChargingState.SuspendedByStation => VehicleState.EvseWithholds,
        _ => VehicleState.Unknown,
    };
}
