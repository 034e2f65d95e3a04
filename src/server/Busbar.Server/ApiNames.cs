using System.Globalization;

namespace Busbar.Server;

/// <summary>
/// What an operation of the API is called where its route does not say so itself: by its method and its path, so that a new route has a name from its first day and an old one keeps its own.
/// </summary>
internal static class ApiNames
{
    /// <summary>For generated clients: <c>getStationsByStationId</c>.</summary>
    /// <param name="path">Without <c>/api/v1</c>, such as <c>stations/{stationId}/commands</c>.</param>
    public static string IdOf(string method, string path)
    {
        var parts = Parts(path);
        var name = string.Concat(parts.Where(part => !IsParameter(part)).Select(Pascal));
        return method.ToLowerInvariant() + name + (IsParameter(parts[^1]) ? "By" + Pascal(Bare(parts[^1])) : "");
    }

    /// <summary>For people: <c>Get a station</c>.</summary>
    /// <param name="isList">It is read in pages.</param>
    public static string SummaryOf(string method, string path, bool isList)
    {
        var parts = Parts(path);
        var nouns = parts.Where(part => !IsParameter(part)).Select(Words).ToArray();
        var (last, isOne) = (nouns[^1], IsParameter(parts[^1]));
        var of = nouns.Length > 1 ? $" of {Article(Singular(nouns[^2]))}" : "";
        return method switch
        {
            "GET" when isList => $"List {last}{of}",
            "GET" => $"Get {(isOne ? Article(Singular(last)) : last)}{of}",
            "PUT" => $"Replace {(isOne ? Article(Singular(last)) : last)}{of}",
            "PATCH" => $"Change {Article(Singular(last))}{of}",
            "DELETE" => $"Delete {Article(Singular(last))}{of}",
            "POST" when last == "import" => $"Import {nouns[^2]}",
            "POST" when last.EndsWith('s') => $"Create {Article(Singular(last))}{of}",
            "POST" when nouns.Length > 1 => $"{Capital(last)} {Article(Singular(nouns[^2]))}",
            _ => Capital(last),
        };
    }

    private static string[] Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsParameter(string part) => part.StartsWith('{');

    private static string Bare(string parameter) => parameter.Trim('{', '}').Split(':')[0];

    private static string Words(string part) => part.Replace('-', ' ');

    private static string Pascal(string part) => string.Concat(part.Split('-').Select(Capital));

    private static string Capital(string word) => char.ToUpper(word[0], CultureInfo.InvariantCulture) + word[1..];

    private static string Singular(string word) => word == "people" ? "person" : word.EndsWith("ies", StringComparison.Ordinal) ? word[..^3] + "y" : word.EndsWith('s') ? word[..^1] : word;

    private static string Article(string noun) => ("aeio".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ") + noun;
}
