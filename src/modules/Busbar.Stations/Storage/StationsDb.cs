using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Storage;

internal sealed class StationsDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [StationsSchema.Schema];

    public DbSet<LocationRow> Locations => Set<LocationRow>();
    public DbSet<StationRow> Stations => Set<StationRow>();
    public DbSet<EvseRow> Evses => Set<EvseRow>();
    public DbSet<ConnectorRow> Connectors => Set<ConnectorRow>();
    public DbSet<CommandRow> Commands => Set<CommandRow>();
    public DbSet<ConnectionRow> Connections => Set<ConnectionRow>();
}

internal static class StationsSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<StationId>().Add<LocationId>().Add<CommandId>().Add<ConnectionId>(), Tables);

    // No foreign keys: what stations report is written in batches (PresenceWriter), and a station deleted at that moment must not fail one.
    private static void Tables(ModelBuilder model)
    {
        model.Entity<LocationRow>(table =>
        {
            table.ToTable("stations_locations");
            table.HasKey(row => new { row.TenantId, row.Id });
        });
        model.Entity<StationRow>(table =>
        {
            table.ToTable("stations_stations");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.Identity }).IsUnique();
            table.HasIndex(row => new { row.TenantId, row.LocationId });
        });
        model.Entity<EvseRow>(table =>
        {
            table.ToTable("stations_evses");
            table.HasKey(row => new { row.TenantId, row.StationId, row.Number });
        });
        model.Entity<ConnectorRow>(table =>
        {
            table.ToTable("stations_connectors");
            table.HasKey(row => new { row.TenantId, row.StationId, row.Evse, row.Number });
        });
        CommandRow.Table(model);
        ConnectionRow.Table(model);
    }
}
