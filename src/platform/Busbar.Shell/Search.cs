using Busbar.Identity.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Busbar.Shell;

/// <summary>What one room found.</summary>
internal sealed record SearchGroup(string Title, IReadOnlyList<SearchHit> Hits);

/// <summary>Asks all rooms, in the order in which the house has them, for who may see what they find.</summary>
internal sealed class Search(IEnumerable<ISearch> rooms)
{
    public const string Path = "/search";

    private const int Most = 6;
    private const int Longest = 100;

    public async Task<IReadOnlyList<SearchGroup>> FindAsync(Caller caller, string? text, CancellationToken ct)
    {
        var groups = new List<SearchGroup>();
        if (text?.Trim() is not { Length: > 0 and <= Longest } wanted || wanted.Contains('\0', StringComparison.Ordinal)) return groups;
        foreach (var room in rooms.Where(room => caller.May(room.Scope) || (room is IReachSearch && !caller.Within(room.Scope).IsNowhere)))
        {
            if (await room.FindAsync(caller, wanted, Most, ct) is { Count: > 0 } hits) groups.Add(new SearchGroup(room.Title, hits));
        }
        return groups;
    }

    /// <summary>For the box, while somebody types.</summary>
    public static async Task<Ok<IReadOnlyList<SearchGroup>>> AnswerAsync(HttpContext http, Caller caller, Search search, string? q, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await search.FindAsync(caller, q, ct));
    }
}
