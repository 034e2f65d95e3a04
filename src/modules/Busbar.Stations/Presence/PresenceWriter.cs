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
/// Stores what stations tell about themselves, every two seconds and each station once: never on the path of an acknowledgement, and only so that the API
/// shows it after a restart and at other processes. Learns EVSEs and connectors that nobody provisioned.
/// </summary>
internal sealed class PresenceWriter(PresenceBook book, RoomDbFactory<StationsDb> rooms, StationDirectory directory, TimeProvider clock, ILogger<PresenceWriter> log)
    : BackgroundService
{
    // On the embedded store every commit costs the commit loop what it has cached of the file: a few large ones are better than many.
    private const int BatchCapacity = 1_000;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    // The stations that come back after a restart are served first. What is live is shown from memory meanwhile.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(5);

    private static readonly SetColumn[] Description =
    [
        new(nameof(StationRow.Vendor), Setting.UnlessNull), new(nameof(StationRow.Model), Setting.UnlessNull), new(nameof(StationRow.Serial), Setting.UnlessNull),
        new(nameof(StationRow.Firmware), Setting.UnlessNull), new(nameof(StationRow.Protocol), Setting.UnlessNull), new(nameof(StationRow.ClockOffsetMs), Setting.UnlessNull),
        new(nameof(StationRow.BootedAt), Setting.UnlessNull), new(nameof(StationRow.FirstSeenAt), Setting.Once), new(nameof(StationRow.LastSeenAt), Setting.UnlessNull),
    ];

    private static readonly SetColumn[] Report = [new(nameof(ConnectorRow.Status)), new(nameof(ConnectorRow.StatusAt)), new(nameof(ConnectorRow.ErrorCode))];

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
                var willing = changed.Where(entry => !failing.Contains(entry.Key.Tenant)).OrderBy(entry => entry.Key, StationKey.LockOrder).ToList();
                var unstored = willing.Select(entry => entry.Take()).OfType<PresenceChange>().ToList();
                foreach (var tenant in await StoreAsync(unstored, ct)) failing.Add(tenant);
                left.ExceptWith(willing.Where(entry => !failing.Contains(entry.Key.Tenant)));
            }
            while (changed.Count == BatchCapacity);
        }
        finally
        {
            // Put back at the end, also when the host stops: the next batch would be the same again.
            foreach (var entry in left) book.Changed(entry);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(FirstAfter, clock, stoppingToken);
            using var timer = new PeriodicTimer(Pace, clock);
            do await WriteAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
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

    /// <summary>All at once, and where that fails each tenant alone.</summary>
    /// <returns>The tenants whose stations could not be stored.</returns>
    private async Task<IReadOnlyList<TenantId>> StoreAsync(IReadOnlyList<PresenceChange> changes, CancellationToken ct)
    {
        var tenants = changes.GroupBy(change => change.Now.Key.Tenant).ToList();
        if (tenants.Count > 1 && await TryStoreAsync(TenantScope.System, changes, ct)) return [];
        var failed = new List<TenantId>();
        foreach (var tenant in tenants)
        {
            if (!await TryStoreAsync(TenantScope.Of(tenant.Key), [.. tenant], ct)) failed.Add(tenant.Key);
        }
        return failed;
    }

    private async Task<bool> TryStoreAsync(TenantScope scope, IReadOnlyList<PresenceChange> changes, CancellationToken ct)
    {
        try
        {
            await using var db = await rooms.OpenAsync(scope, ct);
            var learnt = new List<ConnectorRow>();
            await db.CommitAsync(async ct =>
            {
                var told = changes.SelectMany(change => change.Connectors.Select(connector => ReportOf(change.Now.Key, connector))).ToList();
                var found = await db.UpdateAllAsync<ConnectorRow>(Report, [.. told.Select(Values)], ct);
                // After the connectors, as provisioning locks them: two that lock the same rows in turn would wait for each other.
                await db.UpdateAllAsync<StationRow>(Description, [.. changes.Where(change => change.Row).Select(change => Describe(change.Now))], ct);
                learnt = await LearnAsync(db, [.. told.Where((_, i) => !found[i])], ct);
            }, ct);
            foreach (var change in changes) change.Entry.Stored(change);
            foreach (var connector in learnt) directory.ForgetRatings(connector.TenantId, connector.StationId);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.PresenceNotStored(log, error, changes.Count);
            return false;
        }
    }

    private static object?[] Describe(PresenceSnapshot station) =>
    [
        station.Key.Tenant, new StationId(station.Key.Station), station.Vendor, station.Model, station.Serial, station.Firmware, station.Protocol, station.ClockOffsetMs,
        station.BootedAt, station.LastSeen, station.LastSeen,
    ];

    private static ConnectorRow ReportOf(StationKey key, ConnectorPresence told) => new()
    {
        TenantId = key.Tenant, StationId = new StationId(key.Station), Evse = told.Evse, Number = told.Connector,
        Status = told.Status, StatusAt = told.At, ErrorCode = told.ErrorCode, Learnt = true,
    };

    private static object?[] Values(ConnectorRow row) => [row.TenantId, row.StationId, row.Evse, row.Number, row.Status, row.StatusAt, row.ErrorCode];

    /// <summary>Adds those of stations that are still there.</summary>
    private static async Task<List<ConnectorRow>> LearnAsync(StationsDb db, IReadOnlyList<ConnectorRow> unknown, CancellationToken ct)
    {
        if (unknown.Count == 0) return [];
        var ids = unknown.Select(row => row.StationId).Distinct().ToList();
        // A station that was deleted meanwhile has no row to tell about.
        var present = (await db.Stations.Where(row => ids.Contains(row.Id)).Select(row => row.Id).ToListAsync(ct)).ToHashSet();
        var evses = (await db.Evses.Where(row => ids.Contains(row.StationId)).Select(row => new { row.StationId, row.Number }).ToListAsync(ct))
            .Select(row => (row.StationId, row.Number)).ToHashSet();
        var learnt = unknown.Where(row => present.Contains(row.StationId)).ToList();
        foreach (var row in learnt.Where(row => evses.Add((row.StationId, row.Evse))))
            db.Add(new EvseRow { TenantId = row.TenantId, StationId = row.StationId, Number = row.Evse, Learnt = true });
        db.AddRange(learnt);
        return learnt;
    }
}
