using System.Globalization;
using Busbar.Identity.Retention;

namespace Busbar.Shell.Retention;

/// <summary>What the page about retention says. The frame names every room's data, as the audit's page names what every room does.</summary>
internal static class RetentionTexts
{
    private static readonly Texts All = new("Busbar.Shell.Retention.RetentionTexts", typeof(RetentionTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string NameOf(RetentionRuleView rule) => All.SayOr("name-" + rule.Name, rule.Name);

    /// <summary>What is taken; the API's words where there are none of ours.</summary>
    public static string WhatOf(RetentionRuleView rule) => All.SayOr("what-" + rule.Name, rule.What);

    public static string WhyOf(RetentionRuleView rule) => All.SayOr("why-" + rule.Name, rule.Why);

    /// <summary>Days as people say them: <c>14 days</c>, <c>10 years</c>.</summary>
    public static string Long(int days)
    {
        // A hundred years are a hundred years, with their leap days.
        var years = (int)Math.Round(days / 365.25m, MidpointRounding.AwayFromZero);
        return years >= 2 && Math.Abs(days - (years * 365.25m)) < 4 ? Say("years", years.ToString(CultureInfo.CurrentCulture)) : Say(days == 1 ? "day" : "days", Spoken.Count(days));
    }

    public static (string Text, Tone Tone) StateOf(RetentionRuleView rule) => rule switch
    {
        { FailingSince: not null } => (Say("state-fails"), Tone.Bad),
        { RanAt: null } => (Say("state-waits"), Tone.Neutral),
        { IsUnfinished: true } => (Say("state-goes-on"), Tone.Warning),
        _ => (Say("state-done"), Tone.Good),
    };
}
