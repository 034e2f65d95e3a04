using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Operations;

/// <summary>Which channel a message is for. A lane is called after its channel.</summary>
internal static class ChannelBook
{
    public static DeliveryOutcome Gone { get; } = new DeliveryOutcome.Refused("channelGone");

    /// <summary>Null: it was deleted or switched off since.</summary>
    public static async Task<ChannelRow?> FindAsync(RoomDbFactory<OperationsDb> rooms, OutboxMessage message, CancellationToken ct)
    {
        if (!TypedId.TryParse<ChannelId>(message.Lane, out var id)) return null;
        await using var db = await rooms.OpenAsync(TenantScope.Of(message.Tenant), ct);
        return await db.Channels.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.Enabled, ct);
    }
}
