using Busbar.Kernel;
using Busbar.Sessions.Storage;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>CDRs, all of a session together: none is left without what it corrects. Those of a session that a person must look at stay.</summary>
internal sealed class CdrRetention(RoomDbFactory<SessionsDb> rooms) : IRetention
{
    public static RetentionRule Kept { get; } = new("cdrs", RetentionTimes.OfBooksByDefault, RetentionTimes.OfBooks, RetentionTimes.Longest,
        "Charge detail records, with their credits and corrections.", "They are what bills rest on: tax law asks for eight to ten years.");

    public RetentionRule Rule => Kept;

    public IReadOnlyList<string> Tables { get; } = [SessionsSchema.Cdrs.Table];

    public async Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var unfinished = db.Sessions.Where(SessionsSchema.Unfinished);
        var sessions = await db.Cdrs.AsNoTracking()
            .Where(cdr => cdr.EndedAt < before && !db.Cdrs.Any(other => other.SessionId == cdr.SessionId && other.EndedAt >= before) && !unfinished.Any(session => session.Id == cdr.SessionId))
            .OrderBy(cdr => cdr.EndedAt).ThenBy(cdr => cdr.Id).Select(cdr => cdr.SessionId).Take(most).ToListAsync(ct);
        if (sessions.Count == 0) return 0;
        var taken = 0;
        await db.CommitAsync(async token => taken = await db.Cdrs.Where(cdr => sessions.Contains(cdr.SessionId) && cdr.EndedAt < before).ExecuteDeleteAsync(token), ct);
        return taken;
    }

    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Cdrs.AsNoTracking().OrderBy(cdr => cdr.EndedAt).ThenBy(cdr => cdr.Id).Select(cdr => (Instant?)cdr.EndedAt).FirstOrDefaultAsync(ct);
    }
}
