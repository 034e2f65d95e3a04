namespace Busbar.Stations.Screens;

/// <summary>How often and in which language stations are shown prices, configured under <c>Busbar:Screens</c>; times as <c>hh:mm:ss</c>.</summary>
internal sealed class ScreenOptions
{
    public const string Section = "Busbar:Screens";

    /// <summary>How often it is looked which stations should show another price.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>From a connection's first answered message to the first question: a burst of CALLs makes some stations drop the connection again.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two changes of what one station shows.</summary>
    public TimeSpan PriceEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two running prices to one station. The final price does not wait.</summary>
    public TimeSpan CostEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one of these may keep the line.</summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The language of the texts, where a station shows only one: <c>en</c> or <c>de</c>. By default the first that there is.</summary>
    public string? Language { get; set; }

    public bool Usable => new[] { Pace, AnswerWithin }.All(time => time > TimeSpan.Zero) && new[] { Settle, PriceEvery, CostEvery }.All(time => time >= TimeSpan.Zero)
        && new[] { Pace, Settle, PriceEvery, CostEvery, AnswerWithin }.All(time => time <= TimeSpan.FromDays(1));
}
