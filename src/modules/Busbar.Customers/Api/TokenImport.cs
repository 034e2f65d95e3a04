using System.Data.Common;
using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Customers.Api;

/// <param name="Items">One per row that was sent, in its order.</param>
internal sealed record TokenImported(IReadOnlyList<TokenImported.Item> Items)
{
    /// <param name="Row">From 0.</param>
    /// <param name="Uid">As it was sent.</param>
    /// <param name="Status"><c>created</c>, or <c>unchanged</c> where the token was there and says the same.</param>
    internal sealed record Item(int Row, string Uid, string Status);
}

/// <summary>All rows or none. A row that contradicts an existing token, or another row, is an error: an import adds, it does not edit.</summary>
internal static class TokenImport
{
    private const int KeysPerQuery = 1_000;

    public static async Task<Results<Ok<TokenImported>, ProblemHttpResult>> Run(
        ImportRows<TokenInput> body, Caller caller, RoomDbFactory<CustomersDb> rooms, TokenBook book, IdSource ids, CancellationToken ct)
    {
        var inputs = body.Items;
        var check = new Check();
        var seen = new HashSet<string>(inputs.Count, StringComparer.Ordinal);
        for (var i = 0; i < inputs.Count && !check.Full; i++)
        {
            inputs[i].Examine(check, $"/{i}");
            check.That(seen.Add(TokenRow.Fold(inputs[i].Uid)), $"/{i}/uid", "duplicateRow", "An earlier row has this uid.");
        }
        if (check.Problem is { } wrong) return wrong;

        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var existing = new Dictionary<string, TokenRow>(StringComparer.Ordinal);
        foreach (var keys in seen.Chunk(KeysPerQuery))
            foreach (var row in await db.Tokens.AsNoTracking().Where(row => keys.Contains(row.UidFolded)).ToListAsync(ct)) existing[row.UidFolded] = row;

        var items = new List<TokenImported.Item>(inputs.Count);
        var made = new List<TokenRow>();
        for (var i = 0; i < inputs.Count; i++)
        {
            var input = inputs[i];
            if (existing.TryGetValue(TokenRow.Fold(input.Uid), out var row))
            {
                check.That(input.Says(row), $"/{i}", "differs", "A token with this uid exists and says otherwise; PATCH it.");
                items.Add(new TokenImported.Item(i, input.Uid, "unchanged"));
                continue;
            }
            made.Add(input.ToRow(caller.Tenant, ids.New<TokenId>()));
            items.Add(new TokenImported.Item(i, input.Uid, "created"));
        }
        if (check.Problem is { } problem) return problem;
        db.TellAdded(made);
        try { await db.CommitAsync(token => db.InsertAllAsync(made, token), ct); }
        catch (DbException error) when (error.IsDuplicateKey()) { return Problems.Conflict("tokenExists", "A token of this import was made meanwhile; send it again."); }
        book.ForgetAll();
        return TypedResults.Ok(new TokenImported(items));
    }
}
