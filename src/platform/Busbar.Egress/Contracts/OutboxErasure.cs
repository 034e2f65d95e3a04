using Busbar.Egress.Outbox;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Egress.Contracts;

/// <summary>A message that is kept: it waits, or was sent.</summary>
public sealed record KeptMessage(string Kind, string EventType, string? About, string Body, Instant CreatedAt);

/// <summary>Finds and removes messages that name somebody, whether they have left or not.</summary>
public sealed class OutboxErasure
{
    private readonly RoomDbFactory<EgressDb> _rooms;

    internal OutboxErasure(RoomDbFactory<EgressDb> rooms) => _rooms = rooms;

    /// <param name="words">In any case.</param>
    public async Task<IReadOnlyList<KeptMessage>> FindAsync(TenantId tenant, IReadOnlyList<string> words, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var found = new Dictionary<DeliveryId, KeptMessage>();
        foreach (var word in words)
            foreach (var row in await With(db, word).AsNoTracking().ToListAsync(ct)) found[row.Id] = new KeptMessage(row.Kind, row.EventType, row.About, row.Body, row.CreatedAt);
        return [.. found.Values];
    }

    public async Task<long> RemoveAsync(TenantId tenant, IReadOnlyList<string> words, CancellationToken ct)
    {
        var count = 0L;
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        await db.CommitAsync(async token =>
        {
            foreach (var word in words) count += await With(db, word).ExecuteDeleteAsync(token);
        }, ct);
        return count;
    }

    private static IQueryable<OutboxRow> With(EgressDb db, string word)
    {
        var lower = word.ToLowerInvariant();
#pragma warning disable CA1304, CA1311, CA1862 // Translated into SQL.
        return db.Outbox.Where(row => row.Body.ToLower().Contains(lower) || row.About!.ToLower().Contains(lower));
#pragma warning restore CA1304, CA1311, CA1862
    }
}
