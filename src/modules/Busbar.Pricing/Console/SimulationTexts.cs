using Busbar.Pricing.Storage;
using Busbar.Shell;

namespace Busbar.Pricing.Console;

/// <summary>What the page of simulations says.</summary>
internal static class SimulationTexts
{
    private static readonly Texts All = new("Busbar.Pricing.Console.SimulationTexts", typeof(SimulationTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static (string Text, Tone Tone) State(SimulationState state) => (Say("state-" + state), state switch
    {
        SimulationState.Done => Tone.Good,
        SimulationState.Failed => Tone.Bad,
        SimulationState.Cancelled => Tone.Neutral,
        _ => Tone.Busy,
    });
}
