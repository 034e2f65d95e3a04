using System.Runtime.CompilerServices;
using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using static Busbar.Customers.Console.TokenTexts;

namespace Busbar.Customers.Console;

/// <summary>What the list is narrowed to.</summary>
/// <param name="State"><c>active</c>, <c>blocked</c>, <c>expired</c>; null: all.</param>
/// <param name="Search">The beginning of a uid, whatever its case, where the caller may see uids, and else a whole one; a group or a driver in full.</param>
internal sealed record TokenFilter(string? State, string? Search);

/// <summary>Reads tokens for pages and files. Uids are as the caller may see them (<see cref="Caller.Shown"/>).</summary>
internal sealed class TokenLists(RoomDbFactory<CustomersDb> rooms, TimeProvider clock)
{
    private const int Step = 1_000;

    private sealed record Line(TokenRow Row, string Uid);

    public static FileOfList File { get; } = new FileOfList<Line>(
        [
            new(() => Say("uid"), line => FileCell.Of(line.Uid)),
            new(() => Say("type"), line => FileCell.Of(Say("type-" + line.Row.Type))),
            new(() => Say("status"), line => FileCell.Of(Say("status-" + line.Row.Status))),
            new(() => Say("validUntil"), line => FileCell.Of(line.Row.ValidUntil), IsTime: true),
            new(() => Say("group"), line => FileCell.Of(line.Row.GroupId)),
            new(() => Say("driver"), line => FileCell.Of(line.Row.DriverId)),
            new(() => Say("concurrent"), line => FileCell.Of((decimal?)line.Row.ConcurrentSessions)),
            new(() => Say("id"), line => FileCell.Of(line.Row.Id.ToString())),
        ],
        (request, ct) => request.Services.GetRequiredService<TokenLists>().CountAsync(request.Caller, FilterOf(request), ct),
        (request, ct) => request.Services.GetRequiredService<TokenLists>().AllAsync(request.Caller, FilterOf(request), ct).Select(row => new Line(row, request.Caller.Shown(row.Uid)!)));

    public async Task<GridRows<TokenRow>> ListAsync(Caller caller, TokenFilter filter, int from, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = Narrowed(caller, db.Tokens.AsNoTracking(), filter);
        var total = await rows.CountAsync(ct);
        return new GridRows<TokenRow>(await rows.OrderBy(row => row.UidFolded).Skip(from).Take(count).ToListAsync(ct), total);
    }

    /// <summary>Null: there is no such token in the tenant.</summary>
    public async Task<TokenRow?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<TokenId>(id, out var token)) return null;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Tokens.AsNoTracking().SingleOrDefaultAsync(row => row.Id == token, ct);
    }

    private async Task<long> CountAsync(Caller caller, TokenFilter filter, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await Narrowed(caller, db.Tokens.AsNoTracking(), filter).LongCountAsync(ct);
    }

    private async IAsyncEnumerable<TokenRow> AllAsync(Caller caller, TokenFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        string? last = null;
        List<TokenRow> some;
        do
        {
            await using (var db = await rooms.OpenAsync(caller.Rows, ct))
            {
                var rows = Narrowed(caller, db.Tokens.AsNoTracking(), filter);
#pragma warning disable CA1309 // The database compares bytes; EF translates no other spelling.
                if (last is not null) rows = rows.Where(row => string.Compare(row.UidFolded, last) > 0);
#pragma warning restore CA1309
                some = await rows.OrderBy(row => row.UidFolded).Take(Step).ToListAsync(ct);
            }
            foreach (var row in some)
            {
                last = row.UidFolded;
                yield return row;
            }
        }
        while (some.Count == Step);
    }

    private IQueryable<TokenRow> Narrowed(Caller caller, IQueryable<TokenRow> rows, TokenFilter filter)
    {
        var now = clock.GetInstant();
        rows = filter.State switch
        {
            "active" => rows.Where(row => row.Status == TokenState.Active && (row.ValidUntil == null || row.ValidUntil > now)),
            "blocked" => rows.Where(row => row.Status == TokenState.Blocked),
            "expired" => rows.Where(row => row.Status == TokenState.Expired || (row.Status == TokenState.Active && row.ValidUntil <= now)),
            _ => rows,
        };
        if (filter.Search is not { } search) return rows;
        // PostgreSQL has no U+0000 in text.
        if (search.Contains('\0', StringComparison.Ordinal)) return rows.Where(row => false);
        var (begin, end) = Bounds(caller, TokenRow.Fold(search));
#pragma warning disable CA1309
        return rows.Where(row => (string.Compare(row.UidFolded, begin) >= 0 && string.Compare(row.UidFolded, end) <= 0) || row.GroupId == search || row.DriverId == search);
#pragma warning restore CA1309
    }

    /// <summary>All that begins so, or for who may not see uids all that is so, lies between these two, so that an index finds it.</summary>
    internal static (string Begin, string End) Bounds(Caller caller, string beginning) => (beginning, caller.May(Scope.TokensReveal) ? beginning + char.ConvertFromUtf32(0x10FFFF) : beginning);

    private static TokenFilter FilterOf(FileRequest request) => new(request["state"], request["q"]);
}
