using System.Text;

namespace Busbar.Shell;

/// <summary>Texts that stations and people wrote, as a file may hold them: no formula, and nothing that breaks the file.</summary>
internal static class HarmlessText
{
    // What a cell of a sheet can hold.
    private const int Longest = 32_767;
    private const char Instead = '\uFFFD';

    public static string Of(string text)
    {
        var clean = Clean(text);
        // With the apostrophe before it, programs for sheets take it for a text, now and when the file is saved as CSV and opened again.
        if (BeginsFormula(clean)) clean = "'" + clean;
        return clean.Length <= Longest ? clean : string.Concat(clean.AsSpan(0, Longest - 1), "…");
    }

    // Some programs trim blanks first, and take the wide forms of East Asian keyboards for the narrow ones.
    private static bool BeginsFormula(string text) =>
        text.Length > 0 && (text[0] is '\t' or '\r' or '\n' || text.AsSpan().TrimStart() is [('=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠'), ..]);

    /// <summary>Without what XML 1.0 cannot say (section 2.2): control characters, halves of a pair, and two that are none.</summary>
    private static string Clean(string text)
    {
        StringBuilder? clean = null;
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (isPair || IsAllowed(text[i]))
            {
                clean?.Append(text[i]);
                if (isPair) clean?.Append(text[i + 1]);
            }
            else (clean ??= new StringBuilder(text, 0, i, text.Length)).Append(Instead);
            if (isPair) i++;
        }
        return clean?.ToString() ?? text;
    }

    private static bool IsAllowed(char c) => c is '\t' or '\n' or '\r' or (>= ' ' and not ('\uFFFE' or '\uFFFF')) && !char.IsSurrogate(c);
}
