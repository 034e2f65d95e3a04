using Zxcvbn;
using Zxcvbn.Matcher;

namespace Busbar.Identity.Operators;

/// <summary>
/// How many guesses find a password, where what others chose is tried first: leaked passwords and common words, by their ranks, also with digits for letters, names, runs of keys, digits and letters, dates, the same once more, and
/// all of these beside each other. The lists and what finds them in a text are zxcvbn's.
/// </summary>
internal static class Guesses
{
    private const int ShortestWord = 3;

    // What is tried first here, and in German, of which zxcvbn has no list.
    private static readonly string[] House =
    [
        "busbar", "ocpp", "ocpi", "charging", "charger", "charge", "station", "operator", "admin", "evse", "laden", "ladestation", "passwort", "kennwort", "geheim", "hallo", "schatz", "sommer", "winter", "frühling", "herbst",
        "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "januar", "februar", "april", "august", "september", "oktober", "november", "dezember", "willkommen", "fussball", "berlin", "hamburg", "münchen",
    ];

    private static readonly DictionaryMatcher[] Lists =
    [
        new("passwords", "passwords.lst"), new("english", "english.lst"), new("surnames", "surnames.lst"), new("female_names", "female_names.lst"), new("male_names", "male_names.lst"), new("us_tv_and_film", "us_tv_and_film.lst"),
        new("house", House),
    ];

    private static readonly IMatcher[] Patterns =
    [
        new RepeatMatcher(), new SequenceMatcher(), new SpatialMatcher(), new DateMatcher(), new RegexMatcher(@"\d{3,}", cardinality: 10), new RegexMatcher(@"19\d\d|20\d\d", cardinality: 120, perCharCardinality: false),
    ];

    /// <summary>As a power of two.</summary>
    /// <param name="own">What is known of whose password it is.</param>
    public static double BitsOf(string password, IEnumerable<string> own)
    {
        if (PeriodOf(password) is var period && period < password.Length) return BitsOf(password[..period], own) + Math.Log2(password.Length / (double)period);
        var mine = new DictionaryMatcher("own", own.Where(word => word.Length >= ShortestWord).Distinct());
        var plain = Plain(password);
        var matches = Patterns.SelectMany(pattern => pattern.MatchPassword(password))
            .Concat(Lists.Append(mine).SelectMany(list => list.MatchPassword(password)))
            .Concat(plain == password ? [] : Lists.Append(mine).SelectMany(list => list.MatchPassword(plain)).Where(match => IsWritten(match, password, plain)))
            .ToLookup(match => match.j);
        // The fewest bits up to each character: one more of any kind, or one more of what was found.
        var any = Math.Log2(KindsOf(password));
        var least = new double[password.Length + 1];
        for (var end = 0; end < password.Length; end++)
        {
            least[end + 1] = least[end] + any;
            foreach (var match in matches[end]) least[end + 1] = Math.Min(least[end + 1], least[match.i] + (double.IsFinite(match.Entropy) ? Math.Max(0, match.Entropy) : any * match.Token.Length));
        }
        return least[password.Length];
    }

    /// <summary>It has digits and signs in place of letters: one bit more than the word itself.</summary>
    private static bool IsWritten(Match match, string password, string plain)
    {
        if (string.CompareOrdinal(password, match.i, plain, match.i, match.Token.Length) == 0) return false;
        match.Entropy++;
        return true;
    }

    // One reading of each sign: all of them together would be thousands of texts.
    private static string Plain(string password) => string.Concat(password.Select(c => c switch
    {
        '4' or '@' => 'a', '8' => 'b', '(' => 'c', '3' or '€' => 'e', '6' => 'g', '1' or '!' or '|' => 'i', '0' => 'o', '5' or '$' => 's', '7' or '+' => 't', '2' => 'z', _ => c,
    }));

    /// <summary>The length of what the whole is repeated from.</summary>
    private static int PeriodOf(string text)
    {
        for (var period = 1; period <= text.Length / 2; period++)
            if (text.AsSpan(period).SequenceEqual(text.AsSpan(0, text.Length - period))) return period;
        return text.Length;
    }

    private static int KindsOf(string text) =>
        (text.Any(char.IsAsciiLetterLower) ? 26 : 0) + (text.Any(char.IsAsciiLetterUpper) ? 26 : 0) + (text.Any(char.IsAsciiDigit) ? 10 : 0) + (text.Any(c => char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c)) ? 33 : 0)
        + (text.Any(c => !char.IsAscii(c)) ? 100 : 0);
}
