using Busbar.Identity.Keys;

namespace Busbar.Shell.Encryption;

/// <summary>What the page about encryption keys says.</summary>
internal static class KeyTexts
{
    private static readonly Texts All = new("Busbar.Shell.Encryption.KeyTexts", typeof(KeyTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static (string Text, Tone Tone) StateOf(EncryptionKeyView key) => key switch
    {
        { RetiredAt: null } => (Say("state-seals"), Tone.Good),
        { EmptySince: null } => (Say("state-leaves"), Tone.Warning),
        _ => (Say("state-empty"), Tone.Neutral),
    };

    /// <summary>Why something was not done; null: it was.</summary>
    public static string? Fault(KeyChange change) => change switch
    {
        KeyChange.NotYours => Say("fault-not-yours"),
        KeyChange.Configured => Say("fault-configured"),
        KeyChange.Raced => Say("fault-raced"),
        _ => null,
    };
}
