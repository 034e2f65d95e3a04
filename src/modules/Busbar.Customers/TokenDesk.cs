using Busbar.Customers.Api;
using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Customers;

/// <summary>What became of a change.</summary>
internal enum TokenChange
{
    Missing,
    Done,

    /// <summary>By someone else, meanwhile.</summary>
    ChangedBefore,
}

/// <summary>Makes and changes tokens, for the API and for the console alike.</summary>
internal sealed class TokenDesk(RoomDbFactory<CustomersDb> rooms, TokenBook book, IdSource ids)
{
    /// <summary>The input has been examined. Null: a token with this uid exists.</summary>
    public async Task<TokenRow?> AddAsync(Caller caller, TokenInput input, CancellationToken ct)
    {
        var row = input.ToRow(caller.Tenant, ids.New<TokenId>());
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.Add(row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return null; }
        book.Forget(caller.Tenant, row.Uid);
        return row;
    }

    /// <param name="revision">That the caller saw.</param>
    public async Task<TokenChange> SetStatusAsync(Caller caller, TokenId id, long revision, TokenState status, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Tokens.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return TokenChange.Missing;
        if (row.Revision != revision) return TokenChange.ChangedBefore;
        row.Status = status;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return TokenChange.ChangedBefore; }
        book.Forget(caller.Tenant, row.Uid);
        return TokenChange.Done;
    }
}
