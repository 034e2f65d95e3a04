using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell.People;

namespace Busbar.Shell.SignOn;

/// <summary>What the pages about single sign-on say.</summary>
internal static class SignOnTexts
{
    private static readonly Texts All = new("Busbar.Shell.SignOn.SignOnTexts", typeof(SignOnTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static (string Text, Tone Tone) StateOf(RegisteredProvider provider) =>
        !provider.Enabled ? (Say("state-shut"), Tone.Neutral) : provider.Required ? (Say("state-required"), Tone.Good) : (Say("state-open"), Tone.Good);

    /// <summary>What asking a provider found, in plain words.</summary>
    public static string Found(ProviderProbe probe) => probe.Fault is { } fault ? Say("probe-" + fault, probe.Detail) : Say("probe-good", Spoken.Count(probe.Keys));

    /// <summary>Why something was not done; null: it was.</summary>
    public static string? Fault(ProviderChange change) => change switch
    {
        ProviderChange.Gone => Say("fault-gone"),
        ProviderChange.Stale => Say("fault-stale"),
        ProviderChange.Beyond => Say("fault-beyond"),
        ProviderChange.LastOwner => PeopleTexts.Fault(new PeopleChange.LastOwner()),
        ProviderChange.Wrong wrong => string.Join(' ', wrong.Check.Errors.Select(error => Wrong(error.Pointer, error.Error)).Distinct()),
        _ => null,
    };

    private static string Wrong(string pointer, FieldError error)
    {
        var field = pointer.Trim('/').Split('/')[0];
        return All.SayOr($"wrong-{field}-{error.Code}", All.SayOr("wrong-" + field, error.Detail));
    }
}

internal static class SignOnLinks
{
    public const string Providers = ConsoleMap.Root + "/sign-on";
    public const string New = Providers + "/new";

    public static string To(IdentityProviderId id) => $"{Providers}/{id}";
}
