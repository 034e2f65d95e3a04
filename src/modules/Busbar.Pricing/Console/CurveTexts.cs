using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Shell;

namespace Busbar.Pricing.Console;

/// <summary>What the pages of the market's prices say.</summary>
internal static class CurveTexts
{
    public const string Curves = "/console/price-curves";
    public const string New = Curves + "/new";

    private static readonly Texts All = new("Busbar.Pricing.Console.CurveTexts", typeof(CurveTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    public static string To(CurveId id) => $"{Curves}/{id}";

    /// <summary>How it is with a curve, the worst first.</summary>
    public static (string Text, Tone Tone) State(CurveAtAGlance curve) =>
        curve.KnownUntil is null ? (Say("state-none"), Tone.Bad)
        : curve.Row.FetchFailure is not null ? (Say("state-failing"), Tone.Warning)
        : (Say("state-good"), Tone.Good);

    /// <summary><c>EUR/kWh</c> goes beside it.</summary>
    public static string Price(decimal price) => price.ToString("0.00##", System.Globalization.CultureInfo.CurrentCulture);

    public static string Unit(CurveRow row) => $"{row.Currency}/kWh";

    /// <summary>What is done where nobody told a price.</summary>
    public static string Gap(CurveRow row) => row is { Gap: CurveGap.Fallback, FallbackNano: { } fallback }
        ? Say("gap-own", $"{Price(CurveShape.Price(fallback))} {Unit(row)}") : Say("gap-" + row.Gap);
}
