using System.Globalization;
using Busbar.Tests.Support;
using Npgsql;

namespace Busbar.Load;

/// <summary>A server with a fresh store, in processes of its own.</summary>
internal sealed class TargetServer : IAsyncDisposable
{
    // The role and the setting of a unit of work stay, so that the policies alone are what differs.
    private const string WithoutSecurity = """
        DO $$ DECLARE named record; BEGIN
          FOR named IN SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity LOOP
            EXECUTE 'ALTER TABLE ' || named.name || ' NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY';
          END LOOP;
          IF EXISTS (SELECT 1 FROM pg_class WHERE relrowsecurity) THEN RAISE 'a table is still guarded'; END IF;
        END $$
        """;

    private readonly string _folder;
    private string? _connection;
    private PostgresServer? _cluster;
    private (string Admin, string Name)? _database;
    private ServerProcess? _server;

    private TargetServer(TargetKind kind, string folder) => (Kind, _folder) = (kind, folder);

    public TargetKind Kind { get; }

    public ServerProcess Server => _server ?? throw new InvalidOperationException("It has not been started.");

    public Uri StationsUrl => new UriBuilder(Server.Address) { Scheme = "ws", Path = "/ocpp" }.Uri;

    public static async Task<TargetServer> StartAsync(TargetKind kind, LoadOptions options, string adminKey, TimeProvider clock, CancellationToken ct)
    {
        var target = new TargetServer(kind, Directory.CreateDirectory(Path.Combine(options.Folder, $"busbar-load-{Path.GetRandomFileName()}")).FullName);
        try
        {
            var log = Path.Combine(target._folder, "server.log");
            if (kind == TargetKind.Floor)
            {
                target._server = await ServerProcess.StartAsync(typeof(TargetServer).Assembly.Location, address => ["floor", "--url", address.ToString()], options.Environment, log, clock, ct);
                return target;
            }

            // With what it ships, but for the limit that no station of flesh would reach.
            var store = kind == TargetKind.Sqlite ? $"--Busbar:DataDirectory={target._folder}" : $"--ConnectionStrings:Busbar={target._connection = await target.DatabaseAsync(options, ct)}";
            target._server = await ServerProcess.StartAsync(
                options.Server,
                address => [$"--urls={address}", $"--Busbar:AdminKey={adminKey}", "--Busbar:Limits:FramesPerSecond=100000", "--Busbar:Limits:FrameBurst=100000", store],
                options.Environment, log, clock, ct);
            if (kind == TargetKind.OpenPostgres) await ExecuteAsync(target._connection!, WithoutSecurity, ct);
            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time of the database's processes; null where there are none, or they are not ours to see.</summary>
    public TimeSpan? DatabaseTime() => _cluster is null ? null : ProcessTimes.OfFamily(_cluster.ProcessId);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_database is { } database)
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(database.Admin, $"DROP DATABASE IF EXISTS {database.Name} WITH (FORCE)", CancellationToken.None);
        }

        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> DatabaseAsync(LoadOptions options, CancellationToken ct)
    {
        if (options.Postgres is { } admin)
        {
            _database = (admin, string.Create(CultureInfo.InvariantCulture, $"busbar_load_{Environment.ProcessId}_{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}"));
            await ExecuteAsync(admin, $"CREATE DATABASE {_database.Value.Name}", ct);
            return new NpgsqlConnectionStringBuilder(admin) { Database = _database.Value.Name }.ConnectionString;
        }

        var binaries = PostgresServer.FindBinaries()
            ?? throw new LoadException("PostgreSQL's programs are not installed: install them, name a server with --postgres, or leave it out with --targets floor,sqlite.");
        _cluster = await PostgresServer.StartAsync(binaries, options.Folder);
        return await _cluster.CreateDatabaseAsync();
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
