using System.Globalization;

namespace Busbar.Kernel;

/// <summary>What of a text from outside may stand in a log, on a terminal or anywhere else where one line is one thing.</summary>
public static class ReadableText
{
    /// <summary>False: it could move a terminal's cursor, end the line, turn the line's direction, or is not seen at all.</summary>
    public static bool IsReadable(char one) => char.GetUnicodeCategory(one) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>The beginning of a text, with a question mark for each character that cannot be read.</summary>
    public static string Of(string text, int most) => string.Create(Math.Min(text.Length, most), text, static (shown, text) =>
    {
        for (var i = 0; i < shown.Length; i++) shown[i] = IsReadable(text[i]) ? text[i] : '?';
    });
}
