using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Shell;

namespace Busbar.Pricing.Console;

/// <summary>The room's texts, and what its states mean to who looks at them.</summary>
internal static class TariffTexts
{
    public const string Tariffs = "/console/tariffs";

    private static readonly Texts All = new("Busbar.Pricing.Console.TariffTexts", typeof(TariffTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    /// <summary>What is wrong, in the language of the moment; a fault that has no words of ours keeps its own.</summary>
    public static string Fault(TariffFault fault) => SayOr("fault-" + fault.Code, fault.Detail);

    public static string To(TariffId id) => $"{Tariffs}/{id}";

    public static (string Text, Tone Tone) State(VersionState state) => (Say("state-" + state), state switch
    {
        VersionState.Active => Tone.Good,
        VersionState.Draft => Tone.Warning,
        _ => Tone.Neutral,
    });

    /// <summary><c>2 locations, 1 station</c>.</summary>
    public static string Applies(IReadOnlyDictionary<AssignmentScope, int> counts) =>
        counts.ContainsKey(AssignmentScope.Tenant) ? Say("applies-Tenant")
        : counts.Count == 0 ? Say("applies-nowhere")
        : string.Join(", ", counts.OrderBy(pair => pair.Key).Select(pair => Say(pair.Value == 1 ? $"applies-{pair.Key}-1" : $"applies-{pair.Key}", Spoken.Count(pair.Value))));
}
