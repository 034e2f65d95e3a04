using Busbar.Schema;
using Busbar.Storage;

namespace Busbar.Server;

/// <summary>Takes the embedded store's folder, brings the schema up to date, and at the very end closes the database.</summary>
internal sealed class StoreStartup(Database database) : IHostedService, IAsyncDisposable
{
    private DataDirectoryLock? _lock;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (database.Directory is { } directory) _lock = DataDirectoryLock.Acquire(directory);
        await SchemaUpgrade.ApplyAsync(database, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        _lock?.Dispose();
    }
}
