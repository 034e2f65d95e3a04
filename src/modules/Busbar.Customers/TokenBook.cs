using Busbar.Customers.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Customers;

/// <summary>Judges tokens from a bounded memory of their rows. Changes made here are seen at once, others' within <see cref="Database.BeliefAge"/>.</summary>
internal sealed class TokenBook(Database database, RowReader reader, TimeProvider clock) : ITokenBook
{
    private const int Capacity = 50_000;

    private static readonly RowSource<TokenRow> Tokens = new(
        "customers_tokens", "tenant_id, id, uid, uid_folded, type, driver_id, group_id, status, valid_until, concurrent_sessions, revision",
        row => new TokenRow
        {
            TenantId = row.Id<TenantId>(0), Id = row.Id<TokenId>(1), Uid = row.Text(2), UidFolded = row.Text(3), Type = row.Name<TokenType>(4), DriverId = row.MaybeText(5),
            GroupId = row.MaybeText(6), Status = row.Name<TokenState>(7), ValidUntil = row.MaybeInstant(8), ConcurrentSessions = (int?)row.MaybeNumber(9), Revision = row.Number(10),
        });

    private readonly RowCache<(TenantId, string), TokenRow> _rows = new(clock, database.BeliefAge, Capacity);
    private readonly BatchLoader<string, TokenRow> _loader = new((tenant, uids, ct) => ReadAsync(reader, tenant, uids, ct));

    public ValueTask<TokenVerdict> JudgeAsync(TenantId tenant, string uid, Instant at, CancellationToken ct)
    {
        // Nobody has such a one, and a station can write whole messages full of it: it is neither looked for nor remembered.
        if (uid.Length > TokenRow.LongestUid) return ValueTask.FromResult(Judge(null, uid, at));
        var found = _rows.GetAsync((tenant, TokenRow.Fold(uid)), LoadAsync, ct);
        return found.IsCompletedSuccessfully ? ValueTask.FromResult(Judge(found.Result, uid, at)) : Slow(found, uid, at);

        static async ValueTask<TokenVerdict> Slow(ValueTask<TokenRow?> row, string uid, Instant at) => Judge(await row, uid, at);
    }

    public bool Remembers(TenantId tenant, string uid) => _rows.Remembers((tenant, TokenRow.Fold(uid)));

    public void Forget(TenantId tenant, string uid) => _rows.Forget((tenant, TokenRow.Fold(uid)));

    public void ForgetAll() => _rows.ForgetAll();

    internal static TokenVerdict Judge(TokenRow? row, string uid, Instant at) => row is null
        ? new TokenVerdict(TokenStatus.Unknown, null, uid, null, null, null)
        : new TokenVerdict(StatusOf(row, at), row.Id, row.Uid, row.GroupId, row.ValidUntil, row.ConcurrentSessions)
        {
            DriverId = row.DriverId, Contract = row.Type == TokenType.Emaid ? row.Uid : null, IsAdHoc = row.Type == TokenType.AdHoc,
        };

    private static TokenStatus StatusOf(TokenRow row, Instant at) => row.Status switch
    {
        TokenState.Active when row.ValidUntil is { } end && end <= at => TokenStatus.Expired,
        TokenState.Active => TokenStatus.Accepted,
        TokenState.Expired => TokenStatus.Expired,
        _ => TokenStatus.Blocked,
    };

    // PostgreSQL has no U+0000 in text: such a uid is in no row.
    private Task<TokenRow?> LoadAsync((TenantId Tenant, string Folded) key, CancellationToken ct) =>
        key.Folded.Contains('\0', StringComparison.Ordinal) ? Task.FromResult<TokenRow?>(null) : _loader.LoadAsync(key.Tenant, key.Folded, ct);

    private static async Task<IReadOnlyDictionary<string, TokenRow>> ReadAsync(RowReader reader, TenantId tenant, string[] uids, CancellationToken ct) =>
        (await reader.ReadAsync(TenantScope.Of(tenant), Tokens, ct, RowMatch.Texts("uid_folded", uids))).ToDictionary(row => row.UidFolded);
}
