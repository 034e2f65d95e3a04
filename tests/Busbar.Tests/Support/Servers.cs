using Busbar.Storage;

[assembly: AssemblyFixture(typeof(Busbar.Tests.Support.Servers))]

namespace Busbar.Tests.Support;

/// <summary>The rows of a theory that holds on both databases.</summary>
public sealed class BothDatabases : TheoryData<DatabaseKind>
{
    public BothDatabases() => AddRange(DatabaseKind.Sqlite, DatabaseKind.Postgres);
}

/// <summary>One PostgreSQL and one running server per database, shared by all tests; each is started when a test first asks for it.</summary>
public sealed class Servers : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<DatabaseKind, RunningServer> _running = [];
    private readonly List<string> _folders = [];
    private readonly Lock _starting = new();
    private Task<PostgresServer>? _postgres;

    /// <summary>Skips the test, in so many words, where PostgreSQL is not installed.</summary>
    internal async Task<PostgresServer> PostgresAsync()
    {
        var binaries = PostgresServer.FindBinaries();
        if (binaries is null) Assert.Skip("PostgreSQL's programs are not installed here: nothing was checked on PostgreSQL.");
        lock (_starting) _postgres ??= PostgresServer.StartAsync(binaries);
        return await _postgres;
    }

    internal async Task<RunningServer> OnAsync(DatabaseKind kind)
    {
        await _gate.WaitAsync();
        try
        {
            if (!_running.TryGetValue(kind, out var server)) _running[kind] = server = await RunningServer.StartAsync(await NewStoreAsync(kind));
            return server;
        }
        finally { _gate.Release(); }
    }

    /// <summary>A new, empty store, as arguments for a server.</summary>
    internal async Task<string[]> NewStoreAsync(DatabaseKind kind)
    {
        if (kind == DatabaseKind.Postgres) return [$"--ConnectionStrings:Busbar={await (await PostgresAsync()).CreateDatabaseAsync()}"];
        var folder = Directory.CreateTempSubdirectory("busbar-tests-").FullName;
        lock (_starting) _folders.Add(folder);
        return [$"--Busbar:DataDirectory={folder}"];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _running.Values) await server.DisposeAsync();
        if (_postgres is not null) await (await _postgres).DisposeAsync();
        foreach (var folder in _folders) Directory.Delete(folder, recursive: true);
        _gate.Dispose();
    }
}
