using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity.Retention;

/// <inheritdoc />
internal sealed class KeepingTroubles(RoomDbFactory<IdentityDb> rooms) : IKeepingTroubles
{
    public async Task<IReadOnlyList<KeepingTrouble>> OfAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var failing = await db.RetentionRuns.AsNoTracking().Where(run => run.FailingSince != null).Select(run => new KeepingTrouble(KeepingFault.RetentionFails, run.Rule, run.FailingSince!.Value)).ToListAsync(ct);
        var open = await db.Erasures.AsNoTracking().Where(row => row.FinishedAt == null).Select(row => new { row.Id, row.Things, row.StartedAt }).ToListAsync(ct);
        if (open.Count == 0) return failing;
        // What was cut off is asked for again, as an erasure of its own: when one of the same person has finished, nothing is left of this one.
        var first = open.Min(row => row.StartedAt);
        var finished = await db.Erasures.AsNoTracking().Where(row => row.FinishedAt != null && row.StartedAt > first).Select(row => new { row.Things, row.StartedAt }).ToListAsync(ct);
        return
        [
            .. failing,
            .. open.Where(row => !finished.Exists(other => other.StartedAt > row.StartedAt && other.Things.Split(' ').Intersect(row.Things.Split(' ')).Any(thing => thing.Length > 0)))
                .Select(row => new KeepingTrouble(KeepingFault.ErasureOpen, row.Id.ToString(), row.StartedAt)),
        ];
    }
}
