namespace Busbar.Shell;

/// <summary>The frame's own texts, in the language of the moment.</summary>
internal static class ShellTexts
{
    private static readonly Texts All = new("Busbar.Shell.ShellTexts", typeof(ShellTexts).Assembly);

    public static string Get(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);
}
