using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Customers.Console;

/// <summary>Tokens by the beginning of their uid, along its index. Who may not see uids has to know one whole: its beginnings would tell the rest.</summary>
internal sealed class TokenSearch(RoomDbFactory<CustomersDb> rooms, TimeProvider clock) : ISearch
{
    public string Scope => Identity.Http.Scope.TokensRead;

    public string Title => TokenTexts.Say("tokens");

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, string text, int most, CancellationToken ct)
    {
        var (begin, end) = TokenLists.Bounds(caller, TokenRow.Fold(text));
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
#pragma warning disable CA1309 // The database compares bytes; EF translates no other spelling.
        var rows = db.Tokens.AsNoTracking().Where(row => string.Compare(row.UidFolded, begin) >= 0 && string.Compare(row.UidFolded, end) <= 0);
#pragma warning restore CA1309
        var now = clock.GetInstant();
        return [.. (await rows.OrderBy(row => row.UidFolded).Take(most).ToListAsync(ct)).Select(row => new SearchHit(TokenTexts.To(row.Id), caller.Shown(row.Uid)!, TokenTexts.Status(row, now).Text))];
    }
}
