using Busbar.Schema;
using Busbar.Storage;
using Microsoft.Data.Sqlite;

namespace Busbar.Tests.Support;

/// <summary>A new embedded store with this program's schema, without a server.</summary>
internal sealed class EmbeddedStore : IAsyncDisposable
{
    private readonly string _folder;

    private EmbeddedStore(string folder) => (_folder, Database) = (folder, Database.Sqlite(folder));

    public Database Database { get; }

    public static async Task<EmbeddedStore> NewAsync()
    {
        var store = new EmbeddedStore(Directory.CreateTempSubdirectory("busbar-store-").FullName);
        await SchemaUpgrade.ApplyAsync(store.Database, CancellationToken.None);
        return store;
    }

    /// <summary>A connection of its own, which sees what an installation's next start sees.</summary>
    public async Task<SqliteConnection> ConnectAsync()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "busbar.db")};Pooling=False");
        await connection.OpenAsync(CancellationToken.None);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
