using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// What was measured of one session: the only input of a rating besides the tariff and the zone. Readings and states may be in any order; what lies
/// before the start or after the end counts at the start or the end.
/// </summary>
public sealed record Timeline
{
    public required Instant Start { get; init; }

    public required Instant End { get; init; }

    public required IReadOnlyList<Reading> Readings { get; init; }

    /// <summary>Before the first the state is unknown.</summary>
    public required IReadOnlyList<StateChange> States { get; init; }

    /// <summary>The reservation that came before the session, if there was one.</summary>
    public ReservedTime? Reserved { get; init; }

    /// <summary>
    /// When energy was held back, whatever the station says of the vehicle: no idle time, since a vehicle that is offered nothing cannot be known to
    /// want nothing. May overlap.
    /// </summary>
    public IReadOnlyList<WithheldTime>? Withheld { get; init; }

    /// <summary>The session cut at its readings and state changes, in order, without gaps or overlaps; energy is conserved to the milliwatt-hour.</summary>
    public IEnumerable<MeasuredPeriod> ToPeriods() => Measurement.Periods(this);
}

/// <summary>A meter value. With at least two registers in a timeline the registers say all and intervals are not looked at.</summary>
/// <param name="At">When it was taken.</param>
/// <param name="Register">The meter's cumulative count.</param>
/// <param name="Interval">The energy since the reading before (or since the start).</param>
/// <param name="Power">From this instant on, until another reading gives one.</param>
/// <param name="CurrentA">Sum over the phases in amperes, from this instant on.</param>
/// <param name="ExportRegister">The cumulative count of what vehicles gave back.</param>
/// <param name="ExportInterval">What was given back since the reading before.</param>
public sealed record Reading(
    Instant At,
    [property: JsonPropertyName("registerWh")] Energy? Register = null,
    [property: JsonPropertyName("intervalWh")] Energy? Interval = null,
    [property: JsonPropertyName("powerW")] Power? Power = null,
    decimal? CurrentA = null,
    [property: JsonPropertyName("exportRegisterWh")] Energy? ExportRegister = null,
    [property: JsonPropertyName("exportIntervalWh")] Energy? ExportInterval = null);

/// <summary>From this instant on the vehicle was in this state.</summary>
public sealed record StateChange(Instant From, VehicleState State);

/// <summary>Why energy flows, or does not.</summary>
[JsonConverter(typeof(CamelCaseEnum<VehicleState>))]
public enum VehicleState
{
    /// <summary>Nothing is known. Energy is billed, time is not.</summary>
    Unknown,

    /// <summary>Energy is offered and taken.</summary>
    Charging,

    /// <summary>The vehicle asks for none, though it could have it: the only state that is billed as idle.</summary>
    EvIdle,

    /// <summary>The station or its operator holds the energy back. Energy is billed, time is not.</summary>
    EvseWithholds,
}

/// <summary>Energy was held back: from when, until when, and by whom.</summary>
public sealed record WithheldTime(Instant From, Instant To, WithheldBy By);

/// <summary>Who held the energy back. Neither is billed as idle.</summary>
[JsonConverter(typeof(CamelCaseEnum<WithheldBy>))]
public enum WithheldBy
{
    /// <summary>The station, by itself.</summary>
    Station,

    /// <summary>We: load management, a grid operator's order, a charging profile of zero.</summary>
    Operator,
}

/// <summary>A reservation: from when, until it was used or ran out.</summary>
public sealed record ReservedTime(Instant From, Instant To, bool Expired);

/// <summary>What a measured period is part of.</summary>
[JsonConverter(typeof(CamelCaseEnum<Phase>))]
public enum Phase
{
    Session,
    Reserved,

    /// <summary>A reservation that nobody used.</summary>
    ReservationExpired,
}

/// <summary>Where a value comes from.</summary>
[JsonConverter(typeof(CamelCaseEnum<Evidence>))]
public enum Evidence
{
    Measured,

    /// <summary>Computed between two measurements, energy running linearly.</summary>
    Interpolated,
}

/// <summary>A stretch of a session in which nothing changed that was measured; its energy is taken to run linearly through it.</summary>
/// <param name="From">Belongs to the period.</param>
/// <param name="To">Does not. May equal <paramref name="From"/>: energy that was counted between two readings of one instant.</param>
/// <param name="Energy">Never negative.</param>
/// <param name="State">The vehicle's state.</param>
/// <param name="Power">As measured; absent: the mean of the period.</param>
/// <param name="CurrentA">Sum over the phases in amperes; absent: 0 when no energy flowed, otherwise unknown.</param>
public readonly record struct MeasuredPeriod(Instant From, Instant To, Energy Energy, VehicleState State, Power? Power = null, decimal? CurrentA = null)
{
    public Phase Phase { get; init; }

    /// <summary>Interpolated when an end of the period lies between two readings.</summary>
    public Evidence Evidence { get; init; }

    /// <summary>What the vehicle gave back; never negative. It does not lessen <see cref="Energy"/>.</summary>
    public Energy Exported { get; init; }
}
