using System.Text;

namespace Busbar.Stations.Dialects;

/// <summary>Texts that a station shows: no control characters, no half characters, and no longer than its version lets them be.</summary>
internal static class DisplayText
{
    /// <param name="most">Characters; and bytes of UTF-8 as well, since many stations count those.</param>
    public static string Cut(string text, int most, int? mostBytes = null)
    {
        var (kept, bytes) = (new StringBuilder(Math.Min(text.Length, most)), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            // Line breaks and tabs are white space on one line; other control and format characters (which may turn the direction of a text) are nothing.
            var shown = rune.Value is '\n' or '\r' or '\t' ? new Rune(' ') : rune;
            if (Rune.GetUnicodeCategory(shown) is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.Surrogate
                or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator || shown == Rune.ReplacementChar) continue;
            if (kept.Length + shown.Utf16SequenceLength > most || bytes + shown.Utf8SequenceLength > (mostBytes ?? int.MaxValue)) break;
            kept.Append(shown);
            bytes += shown.Utf8SequenceLength;
        }
        return kept.ToString();
    }
}
