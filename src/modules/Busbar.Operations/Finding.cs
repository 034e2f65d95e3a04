using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Operations;

/// <summary>What is wrong at this moment.</summary>
/// <param name="Thing">What it is about, by an id: with the rule it is one alert and never two.</param>
/// <param name="Since">When it began, as far as that is told.</param>
/// <param name="IsDue">It has been so for long enough to be an alert; one that is open already stays open without.</param>
internal sealed record Finding(AlertRule Rule, string Thing, Instant Since, bool IsDue)
{
    public StationId? Station { get; init; }

    /// <summary>The station's name.</summary>
    public string? Identity { get; init; }
    public LocationId? Location { get; init; }
    public int? Evse { get; init; }
    public int? Connector { get; init; }
    public SessionId? Session { get; init; }

    /// <summary>The curve's name.</summary>
    public string? Curve { get; init; }

    /// <summary>As the station said it.</summary>
    public string? Error { get; init; }

    /// <summary>Which share of its station's earnings it takes.</summary>
    public decimal Share { get; init; } = 1;

    /// <summary>What is not billed yet, of a session.</summary>
    public Money? Unbilled { get; init; }

    /// <summary>Of a site: its stations that are away.</summary>
    public IReadOnlyList<StationState> Away { get; init; } = [];
}

/// <summary>An open alert, as far as the rules need it.</summary>
/// <param name="ClearedAt">Since when it is well again; null: it is not.</param>
internal sealed record OpenAlert(Contracts.AlertId Id, AlertRule Rule, string Thing, Instant Since, Instant? ClearedAt);

/// <summary>What happens to an alert.</summary>
internal enum AlertStep
{
    None,
    Raise,

    /// <summary>It seems to be over; whether it is, time will tell.</summary>
    Clear,

    /// <summary>It only seemed so.</summary>
    Return,
    Resolve,
}

internal static class AlertSteps
{
    /// <param name="open">The alert of this rule and thing; null: there is none.</param>
    /// <param name="isPresent">It is wrong now.</param>
    public static AlertStep Next(OpenAlert? open, bool isPresent, bool isDue, Duration recover, Instant now) => (open, isPresent) switch
    {
        (null, true) when isDue => AlertStep.Raise,
        (null, _) => AlertStep.None,
        ({ ClearedAt: null }, true) => AlertStep.None,
        (_, true) => AlertStep.Return,
        ({ ClearedAt: { } cleared }, false) => now - cleared >= recover ? AlertStep.Resolve : AlertStep.None,
        (_, false) => recover == Duration.Zero ? AlertStep.Resolve : AlertStep.Clear,
    };
}
