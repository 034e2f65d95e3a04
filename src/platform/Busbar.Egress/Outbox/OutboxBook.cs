using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Egress.Outbox;

/// <summary>The outbox as other rooms see it.</summary>
internal sealed class OutboxBook(RoomDbFactory<EgressDb> rooms, IdSource ids, TimeProvider clock) : IOutbox
{
    // Microseconds, so that a thousand messages of one millisecond have places of their own.
    private const long PlacesPerMillisecond = 1_000;

    private long _last;

    public DeliveryId Put(RoomDb unit, OutboxMessage message)
    {
        ArgumentNullException.ThrowIfNull(unit);
        ArgumentNullException.ThrowIfNull(message);
        var now = clock.GetInstant();
        var row = new OutboxRow
        {
            TenantId = message.Tenant, Id = ids.New<DeliveryId>(), Lane = message.Lane, Position = NextPlace(now), Kind = message.Kind, EventId = message.EventId,
            EventType = message.EventType, About = message.About, Body = message.Body, CreatedAt = now, BegunAt = now, DueAt = now,
        };
        unit.Add(row);
        return row.Id;
    }

    public async Task<IReadOnlyList<Delivery>> ListAsync(TenantScope scope, DeliveryFilter filter, DeliveryId? before, int count, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(filter);
        await using var db = await rooms.OpenAsync(scope, ct);
        var rows = db.Outbox.AsNoTracking();
        if (filter.State is { } state) rows = rows.Where(row => row.State == state);
        if (filter.Lane is { } lane) rows = rows.Where(row => row.Lane == lane);
        if (before is { } last) rows = rows.Where(row => row.Id < last);
        return (await rows.OrderByDescending(row => row.Id).Take(count).ToListAsync(ct)).ConvertAll(row => row.ToDelivery());
    }

    public async Task<Delivery?> FindAsync(TenantScope scope, DeliveryId id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(scope, ct);
        return (await db.Outbox.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct))?.ToDelivery();
    }

    public async Task<int> CountAsync(TenantScope scope, DeliveryState state, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(scope, ct);
        return await db.Outbox.CountAsync(row => row.State == state, ct);
    }

    public async Task<bool> ReplayAsync(TenantScope scope, DeliveryId id, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(scope, ct);
        var changed = 0;
        await db.CommitAsync(async ct =>
        {
            changed = await db.Outbox.Where(row => row.Id == id && row.State == DeliveryState.Dead).ExecuteUpdateAsync(set => set
                .SetProperty(row => row.State, DeliveryState.Waiting).SetProperty(row => row.Attempts, 0).SetProperty(row => row.BegunAt, now)
                .SetProperty(row => row.DueAt, now).SetProperty(row => row.FinishedAt, (Instant?)null), ct);
            if (changed > 0) db.Tell(new AuditFact("delivery", id.ToString(), "replayed"));
            else db.LeaveUntold("it is not dead any more");
        }, ct);
        return changed > 0;
    }

    private long NextPlace(Instant now)
    {
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            var next = Math.Max(last + 1, now.ToUnixTimeMilliseconds() * PlacesPerMillisecond);
            if (Interlocked.CompareExchange(ref _last, next, last) == last) return next;
        }
    }
}
