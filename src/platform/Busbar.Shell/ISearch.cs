using Busbar.Identity.Http;

namespace Busbar.Shell;

/// <summary>
/// What a room finds for the box in the console's frame. It is asked at each pause in the typing: it answers from memory, or by an index, and never walks through a table that grows
/// with the network's use.
/// </summary>
public interface ISearch
{
    /// <summary>What the operator must hold to be shown its finds, in the whole tenant unless it is an <see cref="IReachSearch"/>.</summary>
    string Scope { get; }

    /// <summary>Above its finds, in the language of the moment.</summary>
    string Title { get; }

    /// <param name="text">Not blank, without blanks at its ends, at most 100 characters, and none of them U+0000, which PostgreSQL's texts cannot hold.</param>
    /// <param name="most">As many are shown.</param>
    Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, string text, int most, CancellationToken ct);
}

/// <summary>A search that filters by place: it finds what lies within the reach of who asks.</summary>
public interface IReachSearch : ISearch
{
    Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, Reach reach, string text, int most, CancellationToken ct);

    Task<IReadOnlyList<SearchHit>> ISearch.FindAsync(Caller caller, string text, int most, CancellationToken ct) => FindAsync(caller, caller.Within(Scope), text, most, ct);
}

/// <param name="Href">Its page.</param>
/// <param name="Under">What else tells it from others.</param>
public sealed record SearchHit(string Href, string Name, string? Under = null);
