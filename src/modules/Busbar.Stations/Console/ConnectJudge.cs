using Busbar.Gateway.Contracts;
using Busbar.Stations.Api;
using NodaTime;

namespace Busbar.Stations.Console;

/// <summary>How far a step of connecting a charger is.</summary>
internal enum StepState
{
    /// <summary>An earlier step comes first.</summary>
    Waiting,

    /// <summary>This is what is waited for.</summary>
    Now,
    Problem,
    Done,
}

/// <param name="Key">Of the step's title: <c>step-</c> and this.</param>
/// <param name="Text">The name of the text that says what happens, or what to set; null where the title says it all.</param>
internal sealed record ConnectStep(string Key, StepState State, string? Text, params object?[] Values);

/// <summary>All that is known of a charger that is being connected.</summary>
internal sealed record ConnectEvidence(StationView Station, WireDigest Wire, StationAddress Address, Instant Now)
{
    /// <summary>The last time that its name was refused.</summary>
    public RefusedKnock? Refused { get; init; }

    /// <summary>It came as <c>/ocpp/ID/ID</c>.</summary>
    public bool CameWithIdTwice { get; init; }

    /// <summary>A name that nobody has and that looks like its own.</summary>
    public RefusedKnock? Resembling { get; init; }
}

/// <summary>Says in plain words how far a charger has come, what is wrong, and what to set on it. Pure.</summary>
internal static class ConnectJudge
{
    // A minute is noticed on an invoice; what is less is often the way that the message took.
    private const long ClockMs = 60_000;
    private static readonly Duration Silence = Duration.FromSeconds(30);

    public static IReadOnlyList<ConnectStep> Judge(ConnectEvidence seen)
    {
        var station = seen.Station;
        var wasIn = station.Online || station.FirstSeen is not null || seen.Wire.Booted;
        var refused = station.Online || (seen.Refused is { } knock && station.LastSeen > knock.At) ? null : seen.Refused;
        var door = Door(seen, wasIn, refused);
        var isIn = door.State == StepState.Done;
        var booted = seen.Wire.Booted || station.Vendor is not null;
        var connectors = station.Evses.Sum(evse => evse.Connectors.Count(connector => connector.Status is not null));
        return
        [
            Reached(seen, wasIn, refused),
            door,
            Boot(seen, isIn, booted),
            connectors > 0 ? new("connectors", StepState.Done, connectors == 1 ? "connect-connectors-1" : "connect-connectors", connectors) : After(isIn && booted, "connectors", "connect-no-connectors"),
            Clock(station.ClockOffsetMs, isIn && booted),
            booted && station.Online && seen.Wire.SaidSinceBoot ? new("alive", StepState.Done, null) : After(isIn && booted, "alive", "connect-quiet"),
            Charge(seen.Wire, isIn && booted),
        ];
    }

    private static ConnectStep Reached(ConnectEvidence seen, bool wasIn, RefusedKnock? refused)
    {
        if (wasIn || refused is not null) return new("reached", StepState.Done, null);
        if (seen.CameWithIdTwice) return new("reached", StepState.Problem, "connect-id-twice", seen.Address.Base);
        if (seen.Resembling is { } other) return new("reached", StepState.Problem, "connect-resembling", other.Identity, seen.Station.StationId, other.Remote);
        return new("reached", StepState.Now, "connect-nothing");
    }

    private static ConnectStep Door(ConnectEvidence seen, bool wasIn, RefusedKnock? refused)
    {
        if (refused is null) return seen.Station.Online ? new("let-in", StepState.Done, "connect-speaks", StationTexts.Protocol(seen.Station.Protocol))
            : wasIn ? new("let-in", StepState.Problem, "connect-gone")
            : new("let-in", StepState.Waiting, null);
        return refused.Reason switch
        {
            Gatekeeper.WrongPassword => new("let-in", StepState.Problem, "connect-wrong-password", refused.Remote),
            Gatekeeper.OtherUser => new("let-in", StepState.Problem, "connect-other-user", seen.Station.StationId),
            Gatekeeper.NeedsTls => new("let-in", StepState.Problem, seen.Address.IsTls ? "connect-needs-tls" : "connect-no-tls-here", seen.Address.Base),
            Gatekeeper.ProfileOver => new("let-in", StepState.Problem, "connect-profile-over"),
            StationRefusal.NoProtocol when refused.Offered.Count == 0 => new("let-in", StepState.Problem, "connect-no-protocol"),
            StationRefusal.NoProtocol => new("let-in", StepState.Problem, "connect-other-protocol", string.Join(", ", refused.Offered)),
            StationRefusal.NoUpgrade => new("let-in", StepState.Problem, "connect-no-upgrade"),
            // It was made since, or it is being deleted.
            _ => new("let-in", StepState.Now, "connect-once-more"),
        };
    }

    private static ConnectStep Boot(ConnectEvidence seen, bool isIn, bool booted)
    {
        var station = seen.Station;
        if (booted) return new("booted", StepState.Done, station.Vendor is null ? null : "connect-is", $"{station.Vendor} {station.Model}".Trim(), station.Firmware ?? "–");
        if (!isIn) return new("booted", StepState.Waiting, null);
        return seen.Now - station.LastSeen > Silence ? new("booted", StepState.Problem, "connect-no-boot") : new("booted", StepState.Now, "connect-boot-soon");
    }

    private static ConnectStep Clock(long? offset, bool isTurn) => offset switch
    {
        null => After(isTurn, "clock", "connect-no-time"),
        > -ClockMs and < ClockMs => new("clock", StepState.Done, null),
        > 0 => new("clock", StepState.Problem, "connect-clock-ahead", Roughly(offset.Value)),
        _ => new("clock", StepState.Problem, "connect-clock-behind", Roughly(-offset.Value)),
    };

    private static ConnectStep Charge(WireDigest wire, bool isTurn) =>
        wire.Began ? new("charge", StepState.Done, null)
        : wire.TokenVerdict is { } verdict and not "Accepted" ? new("charge", StepState.Problem, "connect-token-refused", verdict)
        : wire.TokenVerdict is not null ? new("charge", StepState.Now, "connect-token-accepted")
        : After(isTurn, "charge", "connect-charge");

    private static ConnectStep After(bool isTurn, string key, string text) => isTurn ? new(key, StepState.Now, text) : new(key, StepState.Waiting, null);

    private static string Roughly(long milliseconds) => milliseconds switch
    {
        < 7_200_000 => $"{milliseconds / 60_000} min",
        < 172_800_000 => $"{milliseconds / 3_600_000} h",
        _ => $"{milliseconds / 86_400_000} {StationTexts.Say("connect-days")}",
    };

    /// <summary>Close enough to be a slip: at most two letters differ, and neither case nor a sign between the letters counts.</summary>
    public static bool Resembles(string one, string other)
    {
        var (a, b) = (Letters(one), Letters(other));
        if (a.Length == 0 || b.Length == 0) return false;
        return a == b || Distance(a, b) <= (Math.Min(a.Length, b.Length) < 5 ? 1 : 2);
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2) return 3;
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var (corner, left) = (row[0], i);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var here = Math.Min(Math.Min(row[j] + 1, left + 1), corner + (a[i - 1] == b[j - 1] ? 0 : 1));
                (corner, row[j], left) = (row[j], here, here);
            }
        }
        return row[b.Length];
    }
}
