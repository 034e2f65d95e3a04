using System.Text.RegularExpressions;

namespace Busbar.Tests.Architecture;

/// <summary>Rules on the text of a source file. Comments and strings are not code, except that SQL may hide in strings.</summary>
internal static partial class SourceRules
{
    public const int LongestFile = 800;

    public static readonly string[] Suites = ["chaos-sqlite", "chaos-postgres", "sockets", "stories", "scale", "console", "publish", "interop", "nightly"];

    /// <summary>Where SQL is written by hand: everywhere else EF Core writes it, with the tenant's filter in it.</summary>
    public static bool HasRawSql(string code) => RawSql().IsMatch(Code(code));

    /// <summary>
    /// Binary floating point where money is: the keyword, the type, or a literal. The analyzer's ban (BannedSymbols.Money.txt) sees <c>double.Parse</c> and its like, and neither
    /// a declaration nor a literal.
    /// </summary>
    public static bool HasFloatingPoint(string code) => FloatingPoint().IsMatch(Strings().Replace(Code(code), "\"\""));

    /// <summary>Traits that ./test would not find.</summary>
    public static IEnumerable<string> UnknownSuites(string code) =>
        from Match match in SuiteTrait().Matches(code)
        where !Suites.Any(suite => match.Groups[1].Value.Trim() == $"\"{suite}\"")
        select match.Value;

    /// <summary>Without comments.</summary>
    public static string Code(string text) => Comments().Replace(text, "");

    [GeneratedRegex(@"\b(CommandText|CreateCommand|ExecuteSql(Raw|Interpolated)?(Async)?|FromSql(Raw|Interpolated)?|SqlQuery(Raw)?|(Npgsql|Sqlite)(Command|Connection|DataSource|Batch)\w*)\b")]
    private static partial Regex RawSql();

    [GeneratedRegex(@"\b(double|float|Double|Single|Half)\b(?!\s*\()|(?<![\w.])\d[\d_]*(\.\d[\d_]*([eE][+-]?\d+)?(?![\w.])|([eE][+-]?\d+)?[dDfF]\b|\.\d[\d_]*[dDfF]\b)")]
    private static partial Regex FloatingPoint();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"""(\\.|[^""\\])*""")]
    private static partial Regex Strings();

    [GeneratedRegex(@"Trait\(""suite"",([^)]*)\)")]
    private static partial Regex SuiteTrait();
}
