using System.Globalization;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Shell;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <summary>The room's texts, and what its states mean to who looks at them.</summary>
internal static class SessionTexts
{
    private static readonly Texts All = new("Busbar.Sessions.Console.SessionTexts", typeof(SessionTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    public static (string Text, Tone Tone) Status(SessionStatus status) => (Say("status-" + status), status switch
    {
        SessionStatus.Charging => Tone.Busy,
        SessionStatus.Completed => Tone.Good,
        SessionStatus.Held => Tone.Bad,
        SessionStatus.Suspended or SessionStatus.Pending => Tone.Warning,
        _ => Tone.Neutral,
    });

    public static string Issue(string code) => SayOr("issue-" + code, Issues.Detail(code));

    /// <summary>An amount of a row; a dash where there is no price.</summary>
    public static string Cost(long? micros, string? currency) => micros is { } amount && Currency.TryParse(currency, out var known) ? Spoken.Of(Money.FromMicros(amount, known)) : "–";

    /// <summary>An amount of a document, as it stands there: nothing is rounded.</summary>
    public static string Exact(string amount, string currency) =>
        $"{decimal.Parse(amount, CultureInfo.InvariantCulture).ToString("#,0.00####", CultureInfo.CurrentCulture)} {currency}";

    /// <summary>An amount of a document as it is paid.</summary>
    public static string Payable(string amount, string currency) =>
        Currency.TryParse(currency, out var known) ? Spoken.Of(new Money(decimal.Parse(amount, CultureInfo.InvariantCulture), known)) : Exact(amount, currency);

    /// <summary>The full value, where it is another than what is paid.</summary>
    public static string? Full(string amount, string currency) =>
        Currency.TryParse(currency, out var known) && new Money(decimal.Parse(amount, CultureInfo.InvariantCulture), known) is var money && money != money.ToPayable() ? Exact(amount, currency) : null;

    public static (string Text, Tone Tone) Standing(CdrStanding standing) => (Say("standing-" + standing), standing switch
    {
        CdrStanding.Record => Tone.Good,
        CdrStanding.Credit => Tone.Warning,
        _ => Tone.Neutral,
    });

    /// <summary>Why a price held, or did not, in words.</summary>
    public static string Why(TraceEntry entry)
    {
        if (entry.Reason is not PriceReason.Conditions) return Say("why-" + entry.Reason);
        var words = entry.Element is { } element ? Say("why-element", element + 1) : Say("why-none");
        if (entry.Holds.Count > 0) words += " " + Say("why-holds", string.Join(", ", entry.Holds.Select(Condition)));
        else if (entry.Element is not null) words += " " + Say("why-always");
        return entry.Fails.Aggregate(words, (all, failed) => $"{all} {Say("why-fails", failed.Element + 1, Condition(failed.Condition))}");

        static string Condition(string name) => SayOr("condition-" + name, name);
    }

    public static string Number(string number) => decimal.Parse(number, CultureInfo.InvariantCulture).ToString("#,0.######", CultureInfo.CurrentCulture);

    /// <summary>How much of what is priced: time as people read it, which is what its hours come to in whole seconds.</summary>
    public static string Quantity(PriceLine line) => line.Unit switch
    {
        "1" => Number(line.Quantity),
        "h" => Spoken.Lasted(Duration.FromSeconds((long)Math.Round(decimal.Parse(line.Quantity, CultureInfo.InvariantCulture) * 3_600m))),
        var unit => $"{Number(line.Quantity)} {unit}",
    };

    /// <summary>Taxes of a line: <c>VAT 19 %</c>.</summary>
    public static string Taxes(PriceLine line) => string.Join(", ", line.Tax.Select(tax => $"{tax.Name} {Number(tax.Percent)} %"));
}
