using System.Net;
using System.Net.Security;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using NodaTime;

namespace Busbar.Simulator.Stations;

/// <summary>One simulated station. The same options and seed make the same station.</summary>
public sealed record StationOptions
{
    /// <summary>The server's address without the station: <c>ws://localhost:8080/ocpp</c>.</summary>
    public required Uri Url { get; init; }

    public required string StationId { get; init; }

    /// <summary>Null: no credentials (security profile 0).</summary>
    public string? Password { get; init; }

    /// <summary>Judges the server's certificate, behind <c>wss:</c>; null: as the operating system does.</summary>
    public RemoteCertificateValidationCallback? ServerCertificate { get; init; }

    public OcppVersion Version { get; init; } = OcppVersion.V16;

    public Misbehaviours Misbehaviours { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>The clock of the network: timeouts, back-off.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The clock of what happens at the outlet, and of the timestamps; null: <see cref="Clock"/>. A <see cref="FastClock"/> charges a car in a minute.</summary>
    public TimeProvider? LifeClock { get; init; }

    public string Vendor { get; init; } = "Busbar";
    public string Model { get; init; } = "Simulator";
    public string SerialNumber { get; init; } = "";
    public string Firmware { get; init; } = "1.0.0";

    /// <summary>In 1.6: connectors. In 2.x: EVSEs of one connector each.</summary>
    public int Connectors { get; init; } = 1;

    public Outlet Outlet { get; init; } = new(11_000, 3);

    /// <summary>What each register shows at the beginning.</summary>
    public decimal RegisterWh { get; init; } = 1_000_000;

    /// <summary>Between periodic readings, in life time.</summary>
    public TimeSpan MeterInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A change of state brings a reading with it: in 1.6 a MeterValues before the StatusNotification.</summary>
    public bool ReadsAtStateChange { get; init; } = true;

    /// <summary>What a session that the server starts does.</summary>
    public ChargePlan RemotePlan { get; init; } = new();

    /// <summary>Keeps unacknowledged messages, registers and transaction ids, so that they survive the process; null: they survive as long as the object.</summary>
    public string? MemoryFile { get; init; }

    public RetryPolicy Reconnect { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 0.5m);

    /// <summary>Of a transaction message that got no answer or a CALLERROR; the pause grows by the first with each attempt.</summary>
    public RetryPolicy Resend { get; init; } = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), 0);

    /// <summary>CALLERRORs after which a transaction message is given up. Without an answer it is never given up.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>A message keeps its id when it is sent again (some stations); else each sending has a new one (as 1.6-J errata and 2.0.1 want).</summary>
    public bool KeepsMessageIds { get; init; }

    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Has a screen for prices and says so: 1.6 by CustomDisplayCostAndPrice, 2.x by its TariffCostCtrlr. See <see cref="StationScreen"/>.</summary>
    public bool ShowsPrices { get; init; }

    public IPAddress? Source { get; init; }

    public int FragmentBytes { get; init; }

    /// <summary>What the station's clock is ahead of the truth. Null: none, and with <see cref="Misbehaviours.WrongClock"/> as far back as 1970.</summary>
    public Duration? ClockError { get; init; }

    /// <summary>How much faster than the truth the clock runs, in millionths.</summary>
    public int ClockDriftPpm { get; init; }

    /// <summary>Sets its clock by the server's answers to BootNotification and Heartbeat. Off: what is simulated need not be now.</summary>
    public bool SyncsClock { get; init; }

    /// <summary>Of <see cref="Misbehaviours.LocalTimeNoZone"/>.</summary>
    public Offset LocalOffset { get; init; } = Offset.FromHours(1);

    /// <summary>Of <see cref="Misbehaviours.SlowAnswer"/>.</summary>
    public TimeSpan SlowAnswerDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Of <see cref="Misbehaviours.SlowReader"/>: how long it does not read.</summary>
    public TimeSpan SlowReaderPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Of <see cref="Misbehaviours.ZombieSocket"/>: after which the old socket is closed, late.</summary>
    public TimeSpan ZombieLife { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sees every frame; must be quick and keep no reference to the bytes.</summary>
    public Action<FrameDirection, ReadOnlyMemory<byte>>? Trace { get; init; }

    /// <summary>Told in a line what happens.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>The same station in another version of OCPP: <c>1.6</c>, <c>2.0.1</c> or <c>2.1</c>.</summary>
    /// <exception cref="FormatException">There is no such version.</exception>
    public StationOptions Speaking(string version) =>
        this with { Version = OcppVersions.TryParse("ocpp" + version, out var found) ? found : throw new FormatException($"{version} is no version of OCPP: 1.6, 2.0.1 or 2.1.") };

    public bool Has(Misbehaviours misbehaviour) => (Misbehaviours & misbehaviour) != 0;
}

/// <summary>Waits that double from one to another, each with a random part on top.</summary>
/// <param name="Jitter">The random part's most, as a fraction of the wait; 0: a herd.</param>
public sealed record RetryPolicy(TimeSpan First, TimeSpan Longest, decimal Jitter)
{
    /// <param name="attempt">From 0.</param>
    /// <param name="fraction">From 0 to 1.</param>
    public TimeSpan Wait(int attempt, decimal fraction)
    {
        var wait = Math.Min(First.Ticks * (decimal)(1L << Math.Min(attempt, 20)), Longest.Ticks);
        return TimeSpan.FromTicks((long)(wait * (1 + (Jitter * fraction))));
    }
}

/// <summary>A charge from plug to unplug.</summary>
public sealed record ChargePlan
{
    /// <summary>Stops at this; or when the car is full.</summary>
    public decimal EnergyWh { get; init; } = 5_000;

    public int Connector { get; init; } = 1;

    public Vehicle Vehicle { get; init; } = new();

    /// <summary>Between plug and token, or token and plug.</summary>
    public TimeSpan Fumbling { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the car stays when it takes no more.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.Zero;

    /// <summary>Shows the token to the server before it starts; else it starts and learns the verdict with the answer.</summary>
    public bool Authorizes { get; init; } = true;
}
