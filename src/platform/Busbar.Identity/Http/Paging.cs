using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>One page of a list. <c>nextCursor</c> is null on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor);

/// <summary>
/// Which page is asked for: <c>limit</c> of 1 to 200, by default 50, and an opaque <c>cursor</c>. The cursor is the sort key of the last item seen,
/// so that a list that grows neither skips nor repeats.
/// </summary>
public sealed record PageRequest(int Limit, string? After)
{
    private const int DefaultLimit = 50;
    private const int MaximumLimit = 200;

    /// <summary>One more than a page, to learn whether there is another.</summary>
    public int Take => Limit + 1;

    /// <exception cref="ProblemException">The limit or the cursor is wrong.</exception>
    public static ValueTask<PageRequest?> BindAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var text) &&
            (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaximumLimit))
            throw new ProblemException(Problems.BadRequest("invalidLimit", $"limit must be a number from 1 to {MaximumLimit}."));
        return ValueTask.FromResult<PageRequest?>(new PageRequest(limit, query.TryGetValue("cursor", out var cursor) ? Decode(cursor.ToString()) : null));
    }

    /// <summary>Cuts what was read with <see cref="Take"/> into a page.</summary>
    /// <param name="rows">At most <see cref="Take"/> rows in the list's order.</param>
    /// <param name="view">What the caller sees of a row.</param>
    /// <param name="key">A row's sort key; it comes back as <see cref="After"/>.</param>
    public Page<TView> Of<TRow, TView>(IReadOnlyList<TRow> rows, Func<TRow, TView> view, Func<TRow, string> key) =>
        new([.. rows.Take(Limit).Select(view)], rows.Count > Limit ? Encode(key(rows[Limit - 1])) : null);

    /// <summary>The cursor as the key it was made from.</summary>
    /// <exception cref="ProblemException">It was not made here.</exception>
    public T? AfterId<T>() where T : struct, Kernel.ITypedId<T> =>
        After is null ? null : Kernel.TypedId.TryParse<T>(After, out var id) ? id : throw InvalidCursor();

    private static string Encode(string key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key));

    private static string Decode(string cursor)
    {
        try { return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)); }
        catch (FormatException) { throw InvalidCursor(); }
    }

    private static ProblemException InvalidCursor() => new(Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before."));
}
