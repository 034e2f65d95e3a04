using Busbar.Kernel;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations.Connections;

/// <summary>What the table of connections needs beside its rows: which processes live, and whose open rows are nobody's any more.</summary>
internal sealed class ConnectionKeeper(
    RoomDbFactory<StationsDb> rooms, JobLeases leases, Database database, TimeProvider clock, ILogger<ConnectionKeeper> log)
{
    /// <summary>How often a process says that it lives.</summary>
    public static readonly Duration Renewed = Duration.FromSeconds(30);

    // A process that said nothing for so long is gone. One that was only slow writes its rows again as they are when they end.
    private static readonly Duration Held = Duration.FromSeconds(90);
    private const int BatchCapacity = 500;

    // A lease that nobody takes from another: it only tells until when its process was there.
    private const string Lives = "connections/";

    private static readonly SetColumn[] Closing = [new(nameof(ConnectionRow.EndedAt)), new(nameof(ConnectionRow.Ending))];

    public Task StayAsync(CancellationToken ct) => leases.TryHoldAsync(Lives + NodeName.Current, NodeName.Current, Held.ToTimeSpan(), ct);

    public Task LeaveAsync(CancellationToken ct) => leases.LetGoAsync(Lives + NodeName.Current, NodeName.Current, ct);

    /// <summary>Ends the connections of processes that are no more, at the moment at which they were last known to live. The embedded store has one process, so any other is.</summary>
    public async Task CloseLostAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        foreach (var other in await leases.FindAsync(Lives, ct))
        {
            if (other.Holder == NodeName.Current || (database.Kind != DatabaseKind.Sqlite && other.HeldUntil >= now)) continue;
            var closed = await CloseAsync(other.Holder, other.HeldUntil - Held, ct);
            await leases.LetGoAsync(other.Name, other.Holder, ct);
            if (closed > 0) Log.ConnectionsLost(log, other.Holder, closed);
        }
    }

    private async Task<int> CloseAsync(string node, Instant lastLived, CancellationToken ct)
    {
        var closed = 0;
        while (true)
        {
            await using var db = await rooms.OpenAsync(TenantScope.System, ct);
            var open = await db.Connections.AsNoTracking().Where(row => row.EndedAt == null && row.Node == node).OrderBy(row => row.TenantId).ThenBy(row => row.Id).Take(BatchCapacity)
                .Select(row => new { row.TenantId, row.Id, row.LastConnectedAt }).ToListAsync(ct);
            if (open.Count == 0) return closed;
            await db.CommitAsync(ct => db.UpdateAllAsync<ConnectionRow>(
                Closing, open.ConvertAll(row => new object?[] { row.TenantId, row.Id, Instant.Max(lastLived, row.LastConnectedAt), ConnectionEnding.ServerLost }), ct), ct);
            closed += open.Count;
        }
    }
}
