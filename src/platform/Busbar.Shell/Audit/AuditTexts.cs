namespace Busbar.Shell.Audit;

/// <summary>The audit's texts.</summary>
internal static class AuditTexts
{
    private static readonly Texts All = new("Busbar.Shell.Audit.AuditTexts", typeof(AuditTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    /// <summary><c>tariff.published</c> in words; what a newer program calls it is shown as it is.</summary>
    public static string Action(string action) =>
        action.Split('.') is [var kind, var verb] ? $"{Kind(kind)} · {All.SayOr("verb-" + verb, verb)}" : action;

    public static string Kind(string kind) => All.SayOr("kind-" + kind, kind);

    public static string Way(string way) => All.SayOr("way-" + way, way);

    public static string Outcome(string outcome) => All.SayOr("outcome-" + outcome, outcome);

    public static Tone Tone(string outcome) => outcome switch { "done" => Shell.Tone.Good, "refused" => Shell.Tone.Bad, _ => Shell.Tone.Neutral };
}
