using Busbar.Storage.Audit;
using Busbar.Storage.Cluster;
using Busbar.Storage.Commits;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Busbar.Storage.Wire;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Busbar.Storage;

/// <summary>The store's entry point: one database, one commit loop, the journal.</summary>
public static class StorageModule
{
    public static RoomSchema Schema => StorageSchema.Schema;

    /// <summary>Who did what to which thing.</summary>
    public static RoomSchema Audit => AuditTables.Schema;

    /// <summary>Which process does a work that is done once per database.</summary>
    public static RoomSchema Jobs => StorageSchema.Jobs;

    public static IServiceCollection AddStorage(this IServiceCollection services, Database database, IConfiguration configuration)
    {
        services.AddSingleton(database);
        services.AddSingleton(database.Hints);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<StorageMetrics>();
        services.TryAddSingleton<ICommitWriter>(provider => database.Kind == DatabaseKind.Sqlite
            ? ActivatorUtilities.CreateInstance<SqliteCommitWriter>(provider)
            : ActivatorUtilities.CreateInstance<PostgresCommitWriter>(provider));
        services.AddSingleton<CommitLoop>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<CommitLoop>());
        if (database.Kind == DatabaseKind.Sqlite) services.AddHostedService<SqliteCheckpointer>();
        services.AddSingleton<RowReader>();
        services.AddSingleton<RowWriter>();
        services.AddSingleton<JournalReader>();
        services.AddSingleton<JournalErasure>();
        services.AddSingleton<LeaseReader>();
        services.AddSingleton<ClusterTable>();
        services.AddRoomDb(setup => new JobsDb(setup));
        services.AddSingleton(provider => new JobLeases(provider.GetRequiredService<RoomDbFactory<JobsDb>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddRoomDb(setup => new AuditDb(setup));
        services.AddSingleton<AuditSealer>();
        services.AddSingleton(provider => new AuditLog(provider.GetRequiredService<RoomDbFactory<AuditDb>>(), provider.GetRequiredService<RowWriter>(), provider.GetRequiredService<AuditSealer>()));
        services.AddSingleton(provider => new AuditCutter(provider.GetRequiredService<RoomDbFactory<AuditDb>>(), provider.GetRequiredService<AuditSealer>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<AuditSealing>();
        services.AddOptions<WireLogOptions>().Bind(configuration.GetSection(WireLogOptions.Section))
            .Validate(log => int.Min(log.Days, log.Megabytes) > 0, $"Days and Megabytes under {WireLogOptions.Section} must be at least 1.").ValidateOnStart();
        services.TryAddSingleton<IWireStore>(_ => database.Kind == DatabaseKind.Sqlite ? new SqliteWireStore(database) : new PostgresWireStore(database));
        services.AddSingleton<IRetention, WireRetention>();
        services.AddSingleton<WireLog>();
        services.AddSingleton(provider => new WireErasure(provider.GetRequiredService<WireLog>()));
        services.AddSingleton<IWireLog>(provider => provider.GetRequiredService<WireLog>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<WireLog>());
        return services;
    }

    /// <summary>Registers a room's context; its schema is summed by Busbar.Schema.</summary>
    public static IServiceCollection AddRoomDb<TDb>(this IServiceCollection services, Func<RoomDbSetup, TDb> create) where TDb : RoomDb =>
        services.AddSingleton(provider => new RoomDbFactory<TDb>(provider.GetRequiredService<Database>(), create, provider.GetRequiredService<TimeProvider>()));
}
