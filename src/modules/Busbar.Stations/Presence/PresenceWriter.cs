using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations.Presence;

/// <summary>
/// Stores what stations tell about themselves, at most once a second and each station once: never on the path of an acknowledgement, and only so
/// that the API shows it after a restart. Learns EVSEs and connectors that nobody provisioned.
/// </summary>
internal sealed class PresenceWriter(PresenceBook book, RoomDbFactory<StationsDb> rooms, StationDirectory directory, TimeProvider clock, ILogger<PresenceWriter> log)
    : BackgroundService
{
    private const int BatchCapacity = 200;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    /// <summary>Stores what changed, batch by batch. What cannot be stored is tried again with the next call, and keeps no other tenant's waiting.</summary>
    public async Task WriteAsync(CancellationToken ct)
    {
        var left = new HashSet<PresenceEntry>();
        var failing = new HashSet<TenantId>();
        try
        {
            IReadOnlyList<PresenceEntry> changed;
            do
            {
                changed = book.TakeChanged(BatchCapacity);
                left.UnionWith(changed);
                // In one order in every process: two that store the same stations would lock each other out.
                foreach (var tenant in changed.OrderBy(entry => entry.Key, StationKey.LockOrder).GroupBy(entry => entry.Key.Tenant))
                {
                    if (failing.Contains(tenant.Key)) continue;
                    if (await TryStoreAsync(tenant.Key, [.. tenant], ct)) left.ExceptWith(tenant);
                    else failing.Add(tenant.Key);
                }
            }
            while (changed.Count == BatchCapacity);
        }
        finally
        {
            // Put back at the end, also when the host stops: the next batch would be the same again.
            foreach (var entry in left) book.Changed(entry);
        }
    }

    private async Task<bool> TryStoreAsync(TenantId tenant, IReadOnlyList<PresenceEntry> stations, CancellationToken ct)
    {
        try
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
            await StoreAsync(db, [.. stations.Select(entry => (entry, entry.Snapshot()))], ct);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.PresenceNotStored(log, error, stations.Count);
            return false;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops; what changed since is written by StopAsync.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        book.MarkOnline();
        await WriteAsync(cancellationToken);
    }

    private async Task StoreAsync(StationsDb db, IReadOnlyList<(PresenceEntry Entry, PresenceSnapshot Now)> stations, CancellationToken ct)
    {
        var ids = stations.Select(station => new StationId(station.Now.Key.Station)).ToList();
        // A station that was deleted meanwhile has no row to tell about.
        var known = (await db.Stations.Where(row => ids.Contains(row.Id)).Select(row => row.Id).ToListAsync(ct)).ToHashSet();
        var evses = (await db.Evses.Where(row => ids.Contains(row.StationId)).ToListAsync(ct)).ToDictionary(row => (row.StationId, row.Number));
        var connectors = (await db.Connectors.Where(row => ids.Contains(row.StationId)).ToListAsync(ct)).ToDictionary(row => (row.StationId, row.Evse, row.Number));
        var present = stations.Where(station => known.Contains(new StationId(station.Now.Key.Station))).ToList();
        foreach (var station in present)
        {
            foreach (var connector in station.Now.Connectors.Where(connector => connector is { Evse: > 0, Connector: > 0 })) Learn(db, station.Now.Key, connector, evses, connectors);
        }
        var learnt = db.ChangeTracker.Entries<ConnectorRow>().Where(entry => entry.State == EntityState.Added).Select(entry => entry.Entity).ToList();
        var described = present.Where(station => station.Entry.MustDescribe(station.Now)).ToList();
        await db.CommitAsync(async ct =>
        {
            foreach (var station in described) await DescribeAsync(db, station.Now, ct);
        }, ct);
        foreach (var station in described) station.Entry.Described(station.Now);
        foreach (var connector in learnt) directory.ForgetRatings(connector.TenantId, connector.StationId);
    }

    // Straight to the columns: what a station tells is no change of its provisioning, and must not grow the row's revision.
    private static Task<int> DescribeAsync(StationsDb db, PresenceSnapshot station, CancellationToken ct)
    {
        var id = new StationId(station.Key.Station);
        return db.Stations.Where(row => row.Id == id).ExecuteUpdateAsync(row => row
            .SetProperty(it => it.Vendor, it => station.Vendor ?? it.Vendor)
            .SetProperty(it => it.Model, it => station.Model ?? it.Model)
            .SetProperty(it => it.Serial, it => station.Serial ?? it.Serial)
            .SetProperty(it => it.Firmware, it => station.Firmware ?? it.Firmware)
            .SetProperty(it => it.Protocol, it => station.Protocol ?? it.Protocol)
            .SetProperty(it => it.ClockOffsetMs, it => station.ClockOffsetMs ?? it.ClockOffsetMs)
            .SetProperty(it => it.BootedAt, it => station.BootedAt ?? it.BootedAt)
            .SetProperty(it => it.FirstSeenAt, it => it.FirstSeenAt ?? station.LastSeen)
            .SetProperty(it => it.LastSeenAt, it => station.LastSeen ?? it.LastSeenAt), ct);
    }

    private static void Learn(StationsDb db, StationKey key, ConnectorPresence told, Dictionary<(StationId, int), EvseRow> evses,
        Dictionary<(StationId, int, int), ConnectorRow> connectors)
    {
        var station = new StationId(key.Station);
        if (!evses.ContainsKey((station, told.Evse)))
            db.Add(evses[(station, told.Evse)] = new EvseRow { TenantId = key.Tenant, StationId = station, Number = told.Evse, Learnt = true });
        if (!connectors.TryGetValue((station, told.Evse, told.Connector), out var row))
        {
            row = connectors[(station, told.Evse, told.Connector)] =
                new ConnectorRow { TenantId = key.Tenant, StationId = station, Evse = told.Evse, Number = told.Connector, Learnt = true };
            db.Add(row);
        }
        (row.Status, row.StatusAt, row.ErrorCode) = (told.Status, told.At, told.ErrorCode);
    }
}
