using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Stations.Console;

/// <summary>A charge that a technician starts to try a connector: what was asked, and what came of it.</summary>
/// <param name="Before">The sessions that went on when it was asked for: none of them is it.</param>
internal sealed record TestCharge(int Evse, int Connector, string Token, Instant AskedAt, IReadOnlySet<string> Before)
{
    // A station waits about so long for a cable.
    private static readonly Duration Patience = Duration.FromSeconds(90);

    public OrderResult? Start { get; init; }
    public CurrentSession? Session { get; init; }
    public bool HasEnded { get; init; }
    public EndedCharge? End { get; init; }
    public OrderResult? Stop { get; init; }

    public bool GoesOn => Session is not null && !HasEnded;

    /// <summary>Nothing more comes of it.</summary>
    public bool IsOver => HasEnded || Start is { Problem: not null } or { Command.State: not CommandState.Accepted };

    /// <summary>What goes on at the station now.</summary>
    public TestCharge With(IReadOnlyList<CurrentSession> current)
    {
        if (Session is { } mine) return current.FirstOrDefault(session => session.SessionId == mine.SessionId) is { } now ? this with { Session = now } : this with { HasEnded = true };
        var begun = current.LastOrDefault(session => !Before.Contains(session.SessionId) && (session.Evse is null || session.Evse == Evse));
        return begun is null ? this : this with { Session = begun };
    }

    public IReadOnlyList<ConnectStep> Steps(Instant now) => [Asked(), Begun(now), Energy(), Ended()];

    private ConnectStep Asked() => Start switch
    {
        null => new("test-asked", StepState.Now, "test-asking"),
        { Problem: { } problem } => new("test-asked", StepState.Problem, problem),
        { Command: { State: CommandState.Accepted } } => new("test-asked", StepState.Done, null),
        { Command: { } row } => new("test-asked", StepState.Problem, "test-refused", StationTexts.Outcome(row.State).Text, row.Detail ?? StationTexts.Say("outcome-text-" + row.State)),
        _ => new("test-asked", StepState.Problem, "order-gone"),
    };

    private ConnectStep Begun(Instant now) =>
        Session is not null ? new("test-begun", StepState.Done, null)
        : Start is not { Command.State: CommandState.Accepted } ? new("test-begun", StepState.Waiting, null)
        : now - AskedAt > Patience ? new("test-begun", StepState.Problem, "test-nothing-began")
        : new("test-begun", StepState.Now, "test-plug");

    private ConnectStep Energy() =>
        Session is null ? new("test-energy", StepState.Waiting, null)
        : Session.Energy > Kernel.Energy.Zero ? new("test-energy", StepState.Done, "test-energy-is", Spoken.Of(Session.Energy))
        : HasEnded ? new("test-energy", StepState.Problem, "test-no-energy")
        : new("test-energy", StepState.Now, "test-energy-soon");

    private ConnectStep Ended() =>
        HasEnded ? new("test-ended", StepState.Done, End?.Reason is null ? null : "test-reason", End?.Reason)
        : Session is null ? new("test-ended", StepState.Waiting, null)
        : Stop is { Problem: { } problem } ? new("test-ended", StepState.Problem, problem)
        : Stop is { Command: { State: not CommandState.Accepted } row } ? new("test-ended", StepState.Problem, "test-refused", StationTexts.Outcome(row.State).Text, row.Detail ?? StationTexts.Say("outcome-text-" + row.State))
        : new("test-ended", StepState.Now, Stop is null ? "test-stop-when" : "test-stopping");
}
