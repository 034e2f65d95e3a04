using System.Globalization;
using System.Net;
using Busbar.Simulator.Stations;

namespace Busbar.Simulator.Crowds;

/// <summary>Many 1.6 stations that charge without a pause.</summary>
public sealed record CrowdOptions
{
    /// <summary>The server's address without the station.</summary>
    public required Uri Url { get; init; }

    public required int Stations { get; init; }

    /// <summary>Where the client's side is written, as JSON lines; it is made anew.</summary>
    public required string LogFile { get; init; }

    /// <summary>From the number of the station, from 0.</summary>
    public Func<int, string> StationId { get; init; } = static number => string.Create(CultureInfo.InvariantCulture, $"CROWD-{number:0000}");

    public Func<int, string?> Password { get; init; } = static _ => null;

    public Func<int, string> IdTag { get; init; } = static number => string.Create(CultureInfo.InvariantCulture, $"TAG-{number:0000}");

    /// <summary>Asks about the tag before each session.</summary>
    public bool Authorizes { get; init; }

    /// <summary>MeterValues between start and stop.</summary>
    public int Readings { get; init; } = 3;

    /// <summary>Transaction messages a second of the whole crowd at most; 0: as fast as answers allow.</summary>
    public int MessagesPerSecond { get; init; }

    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public RetryPolicy Reconnect { get; init; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), 0.5m);

    /// <summary>Waited for before each connection is tried. Null: stations find out for themselves whether somebody listens.</summary>
    public Func<CancellationToken, Task>? BeforeConnect { get; init; }

    public RetryPolicy Resend { get; init; } = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2), 0.5m);

    /// <summary>CALLERRORs after which a message, and what is left of its session, is given up.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Sends a message again under its old id.</summary>
    public bool KeepsMessageIds { get; init; }

    /// <summary>Connections under construction at a time.</summary>
    public int ConnectsAtOnce { get; init; } = 64;

    /// <summary>Local addresses, taken in turn; none: the system's choice.</summary>
    public IReadOnlyList<IPAddress> Sources { get; init; } = [];

    /// <summary>How far back the first session begins. A minute of charging is told in milliseconds, so the stations' days catch up with ours.</summary>
    public TimeSpan Backdate { get; init; } = TimeSpan.FromHours(20);

    /// <summary>What a session lasts by its timestamps.</summary>
    public TimeSpan SessionLength { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most that a session charges; the least is a tenth. Within what 11 kW deliver in the time.</summary>
    public int MaxEnergyWh { get; init; } = 180;

    /// <summary>Answers the server's calls; null: NotSupported.</summary>
    public Func<int, ServerCall, CancellationToken, ValueTask<StationAnswer>>? Handler { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public int Seed { get; init; } = 1;
}

/// <summary>What a crowd has done so far.</summary>
public sealed record CrowdStats
{
    /// <summary>Transaction messages with a CALLRESULT.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Transaction messages without an answer; each is sent again.</summary>
    public long Unknown { get; init; }

    /// <summary>CALLERRORs to transaction messages.</summary>
    public long Errors { get; init; }

    public long Sessions { get; init; }

    public long Connects { get; init; }

    public long FailedConnects { get; init; }

    /// <summary>CALLs of the server's while another was unanswered.</summary>
    public long Overlaps { get; init; }

    /// <summary>Of transaction messages that were acknowledged: the time that one in a hundred exceeds.</summary>
    public int AcknowledgedWithinMs99 { get; init; }

    public string? LastFailure { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Acknowledged} acknowledged, {Unknown} unknown, {Errors} errors, {Sessions} sessions, {Connects} connects, {FailedConnects} failed, p99 {AcknowledgedWithinMs99} ms{(LastFailure is null ? "" : $", last failure: {LastFailure}")}");
}
