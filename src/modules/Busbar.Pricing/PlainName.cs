using System.Globalization;
using System.Text;
using Busbar.Identity.Http;

namespace Busbar.Pricing;

/// <summary>Names that people read: none that turns the writing round, hides a part of it or breaks the line.</summary>
internal static class PlainName
{
    public static void Examine(string name, int maximum, Check check)
    {
        if (!check.Text(name, "/name", maximum)) return;
        var plain = name.EnumerateRunes().All(rune => Rune.GetUnicodeCategory(rune) is not
            (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse));
        check.That(plain, "/name", "hostileName", "Must have no control or direction characters.");
    }
}
