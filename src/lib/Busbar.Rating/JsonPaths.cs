namespace Busbar.Rating;

/// <summary>What the serialiser says about a fault, as the API says it.</summary>
public static class JsonPaths
{
    /// <summary>A path of System.Text.Json (<c>$.a[0]['b']</c>) as a JSON pointer (RFC 6901).</summary>
    public static string ToPointer(string? path)
    {
        if (path is null or "$") return "";
        var pointer = new System.Text.StringBuilder();
        for (var i = 1; i < path.Length;)
        {
            var quoted = path.AsSpan(i).StartsWith("['", StringComparison.Ordinal);
            var start = quoted ? i + 2 : i + 1;
            var end = quoted ? path.IndexOf("']", start, StringComparison.Ordinal) : path[i] == '[' ? path.IndexOf(']', start) : path.AsSpan(start).IndexOfAny('.', '[') + start;
            if (end < start) end = path.Length;
            pointer.Append('/').Append(path[start..end].Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
            i = end + (quoted ? 2 : path[i] == '[' ? 1 : 0);
        }
        return pointer.ToString();
    }

    /// <summary>A message without the path and position that the serialiser appends.</summary>
    public static string WithoutPath(string message) => message.Split(" Path: ", 2)[0];
}
