using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Busbar.Tests.Support;

/// <summary>
/// A PostgreSQL of the tests' own: a fresh cluster in a temporary folder, on loopback and a free port, with durable commits as in production, gone
/// when the process ends. Everything connects as a login without superuser's rights, so that what passes here passes for an ordinary operator.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string Login = "busbar_login";

    private readonly string _folder;
    private readonly string _binaries;
    private readonly int _port;
    private int _databases;
    private int _stopped;

    private PostgresServer(string binaries, string folder, int port) => (_binaries, _folder, _port) = (binaries, folder, port);

    /// <summary>The newest PostgreSQL's programs on this machine; null when there are none.</summary>
    public static string? FindBinaries()
    {
        var installed = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [];
        return installed.OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }

    /// <param name="parent">Where the cluster lies while it runs; null: where temporary files do.</param>
    public static async Task<PostgresServer> StartAsync(string binaries, string? parent = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(parent ?? Path.GetTempPath(), $"busbar-postgres-{Path.GetRandomFileName()}")).FullName;
        var server = new PostgresServer(binaries, folder, FreePort());
        if (IsRoot) await RunAsync("chown", "postgres", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.StopAsync().GetAwaiter().GetResult();
        await server.AsPostgresAsync("initdb", "-D", server.Data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync");
        await server.AsPostgresAsync("pg_ctl", "-D", server.Data, "-w", "-t", "60", "-l", Path.Combine(folder, "log"), "-o",
            $"-p {server._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c synchronous_commit=on -c fsync=on -c max_connections=200", "start");
        await server.ExecuteAsync($"CREATE ROLE {Login} LOGIN CREATEROLE");
        return server;
    }

    /// <summary>A new, empty database that the login owns.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"busbar_{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync($"CREATE DATABASE {name} OWNER {Login}");
        return ConnectionString(name, Login);
    }

    /// <summary>The postmaster's, the parent of all its processes.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync() => await StopAsync();

    private string Data => Path.Combine(_folder, "data");

    private static bool IsRoot => Environment.UserName == "root";

    private string ConnectionString(string database, string user) =>
        $"Host=127.0.0.1;Port={_port};Database={database};Username={user};Maximum Pool Size=40;Include Error Detail=true";

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres", "postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 1) return;
        if (File.Exists(Path.Combine(Data, "postmaster.pid"))) await AsPostgresAsync("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
    }

    // initdb refuses to run as root.
    private Task AsPostgresAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_binaries, program);
        return IsRoot ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments]) : RunAsync(path, arguments);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Output goes nowhere: the server inherits pg_ctl's pipes, and reading them to the end would wait for the server's.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1 </dev/null", program, .. arguments]) { WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
