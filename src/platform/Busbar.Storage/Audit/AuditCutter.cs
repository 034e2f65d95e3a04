using System.Globalization;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Storage.Audit;

/// <summary>Ends the life of a chain's oldest entries. The cut is an entry itself, with the hash at which it was made, so that what stays can be verified.</summary>
public sealed class AuditCutter
{
    public const string Action = "audit.cut";

    private readonly RoomDbFactory<AuditDb> _rooms;
    private readonly AuditSealer _sealer;
    private readonly TimeProvider _clock;

    internal AuditCutter(RoomDbFactory<AuditDb> rooms, AuditSealer sealer, TimeProvider clock) => (_rooms, _sealer, _clock) = (rooms, sealer, clock);

    /// <summary>How a cut tells its place, in its entry's <c>after</c>: what a verification looks for.</summary>
    internal static string PlaceOf(long through, ReadOnlySpan<byte> hash) => string.Create(CultureInfo.InvariantCulture, $"\"through\":{through},\"hash\":\"{Convert.ToHexStringLower(hash)}\"");

    /// <summary>When the chain's first entry was made; null: there is none.</summary>
    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Chain.AsNoTracking().OrderBy(row => row.Sequence).Select(row => (Instant?)row.At).FirstOrDefaultAsync(ct);
    }

    /// <summary>Removes the tenant's entries from before that moment, as far as they are the chain's beginning.</summary>
    /// <param name="most">So many of them.</param>
    /// <returns>Up to which place, and how many; null: nothing was that old.</returns>
    public async Task<(long Through, int Count)?> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        long begin, through;
        byte[] hash;
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct))
        {
            // The first that stays: times may go back a little from entry to entry, places do not.
            var first = await db.Chain.AsNoTracking().Where(row => row.At >= before).OrderBy(row => row.Sequence).Select(row => (long?)row.Sequence).FirstOrDefaultAsync(ct);
            var old = (first is { } stays ? db.Chain.Where(row => row.Sequence < stays) : db.Chain).AsNoTracking();
            if (await old.OrderBy(row => row.Sequence).Select(row => (long?)row.Sequence).FirstOrDefaultAsync(ct) is not { } oldest) return null;
            begin = oldest;
            var end = begin + most;
            var cut = await old.Where(row => row.Sequence < end).OrderByDescending(row => row.Sequence).FirstAsync(ct);
            (through, hash) = (cut.Sequence, cut.Hash);
        }
        var entry = AuditEntry.Of(Author.System("audit-retention"), tenant, _clock.GetInstant(), Action, "audit", tenant.ToString()) with { After = "{" + PlaceOf(through, hash) + "}" };
        await _sealer.SealSomeAsync([entry], ct, async (connection, transaction) =>
        {
            if (connection is SqliteConnection) await RunAsync(AuditTables.LetGo);
            await RunAsync($"DELETE FROM {AuditTables.ChainTable} WHERE tenant_id = $1 AND sequence <= $2", tenant.Value, through);
            if (connection is SqliteConnection) await RunAsync(AuditTables.KeepRows);

            Task RunAsync(string sql, params object[] parameters) => AuditSealer.ExecuteAsync(connection, transaction, sql, ct, parameters);
        });
        return (through, (int)(through - begin + 1));
    }
}
