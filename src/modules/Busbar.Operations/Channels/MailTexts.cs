using System.Globalization;
using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Operations.Console;
using Busbar.Operations.Storage;
using Busbar.Shell;
using NodaTime;

namespace Busbar.Operations;

/// <summary>A mail as it lies in the outbox; where it goes is its channel's.</summary>
internal sealed record MailText
{
    public required string Subject { get; init; }
    public required string Text { get; init; }
}

/// <summary>What a mail says. What stations and people wrote stands in it on one line each, so that nobody writes lines of ours.</summary>
internal static class MailTexts
{
    public static MailText Test(string language, string tenant) => Languages.Speaking(language, () => new MailText
    {
        Subject = AlertTexts.Say("mail-test-subject"), Text = AlertTexts.Say("mail-test", Line(tenant)) + "\n",
    });

    /// <param name="url">Where people reach the console; empty: nobody knows.</param>
    public static MailText Of(AlertRow row, Telling telling, string language, Tenant? tenant, string url, Instant now) => Languages.Speaking(language, () =>
    {
        var what = Line(AlertTexts.What(row));
        var text = new StringBuilder().Append(telling == Telling.Raised ? what : AlertTexts.Say("mail-resolved", what)).Append("\n\n");
        Add("since", At(row.Since));
        if (row.ResolvedAt is { } over) Add("mail-over", At(over));
        if ((telling == Telling.Raised ? AlertTexts.Risk(row) : row.CostUntil(now) is { } cost ? Spoken.Of(cost) : null) is { } risk) Add("risk", risk);
        if (telling == Telling.Raised) text.Append('\n').Append(AlertTexts.Action(row.Rule)).Append('\n');
        if (url.Length > 0) text.Append('\n').Append(url.TrimEnd('/')).Append("/console/alerts\n");
        return new MailText { Subject = telling == Telling.Raised ? what : AlertTexts.Say("mail-resolved", what), Text = text.Append("\n-- \nBusbar · ").Append(Line(tenant?.Name ?? "")).Append('\n').ToString() };

        void Add(string name, string value) => text.Append(AlertTexts.Say(name)).Append(": ").Append(Line(value)).Append('\n');

        string At(Instant at)
        {
            var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(tenant?.TimeZone ?? "") ?? DateTimeZone.Utc;
            return $"{at.InZone(zone).ToDateTimeUnspecified().ToString("d MMM yyyy, HH:mm:ss", CultureInfo.CurrentCulture)} ({zone.Id})";
        }
    });

    /// <summary>Without what ends a line.</summary>
    internal static string Line(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) line.Append(Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 ? " " : rune.ToString());
        return line.ToString();
    }
}
