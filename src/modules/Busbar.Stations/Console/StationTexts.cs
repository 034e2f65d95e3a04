using Busbar.Shell;
using Busbar.Stations.Storage;

namespace Busbar.Stations.Console;

/// <summary>The room's texts, and what its states mean to who looks at them.</summary>
internal static class StationTexts
{
    private static readonly Texts All = new("Busbar.Stations.Console.StationTexts", typeof(StationTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    /// <summary><c>ocpp2.0.1</c> as people write it.</summary>
    public static string Protocol(string? subProtocol) =>
        subProtocol is null ? "–" : subProtocol.StartsWith("ocpp", StringComparison.Ordinal) ? "OCPP " + subProtocol[4..] : subProtocol;

    public static (string Text, Tone Tone) Condition(StationAtAGlance station) => station switch
    {
        { Online: true, Faulted: true } => (Say("faulted"), Tone.Bad),
        { Online: true, InUse: > 0 } => (Say("in-use"), Tone.Busy),
        { Online: true } => (Say("online"), Tone.Good),
        { LastSeen: null } => (Say("never"), Tone.Neutral),
        _ => (Say("offline"), Tone.Warning),
    };

    /// <summary>How a location's stations are.</summary>
    public static (string Text, Tone Tone) Place(StationsThere stations) => (stations.Tone switch
    {
        Tone.Bad => Say("faulted"),
        Tone.Warning => Say("place-some-offline"),
        Tone.Good => Say("place-all-online"),
        _ => Say(stations.All > 0 ? "never" : "place-empty"),
    }, stations.Tone);

    /// <summary>A connector's status, whose word is the station's own.</summary>
    public static (string Text, Tone Tone) Connector(string? status) => status is null ? (Say("connector-unknown"), Tone.Neutral) : (SayOr(status == "Unknown" ? "connector-lost" : "connector-" + status, status), status switch
    {
        "Available" => Tone.Good,
        "Faulted" => Tone.Bad,
        "Unavailable" => Tone.Warning,
        "Preparing" or "Charging" or "Occupied" or "Finishing" or "Reserved" or "SuspendedEV" or "SuspendedEVSE" => Tone.Busy,
        _ => Tone.Neutral,
    });

    public static (string Text, Tone Tone) Outcome(CommandState state) => (Say("outcome-" + state), state switch
    {
        CommandState.Accepted => Tone.Good,
        CommandState.Refused or CommandState.Failed => Tone.Bad,
        CommandState.Unknown => Tone.Warning,
        _ => Tone.Busy,
    });
}
