using System.Globalization;

namespace Busbar.Operations;

/// <summary>What is written outside a page, in a language that is known by its tag.</summary>
internal static class Languages
{
    public static IReadOnlyList<string> All { get; } = ["en", "de"];

    /// <summary>Makes a text in this language.</summary>
    public static T Speaking<T>(string tag, Func<T> text)
    {
        var (culture, words) = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new CultureInfo(tag == "de" ? "de-DE" : "en-GB");
            return text();
        }
        finally { (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, words); }
    }
}
