using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Busbar.Simulator.Wire;
using Microsoft.Data.Sqlite;

namespace Busbar.Load;

/// <summary>
/// A start on a store that has grown: many stations and sessions, on SQLite. A few real sessions are told and their rows multiplied by SQL; then the server is started, killed,
/// and started again, which is measured.
/// </summary>
internal sealed record Cold
{
    private const int TemplateStations = 20;
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BootWithin = TimeSpan.FromSeconds(60);

    public required int Stations { get; init; }
    public required int Sessions { get; init; }
    public required long StoreBytes { get; init; }

    /// <summary>Making the store: no figure of the server's.</summary>
    public required double SeedSeconds { get; init; }

    /// <summary>From the start of the process until its port takes a connection.</summary>
    public required double ListeningSeconds { get; init; }

    /// <summary>From listening until <c>/health/ready</c> says so.</summary>
    public required double ReadySeconds { get; init; }

    /// <summary>From listening until a station that called all the while was told that its boot is accepted.</summary>
    public required double FirstBootSeconds { get; init; }

    /// <summary>From the frame of that boot to its answer.</summary>
    public required double BootAnswerSeconds { get; init; }

    /// <summary>The first list of sessions by the API.</summary>
    public required double FirstListSeconds { get; init; }

    public static async Task<Cold> RunAsync(LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(options.Folder, $"busbar-cold-{Path.GetRandomFileName()}")).FullName;
        try
        {
            var began = clock.GetTimestamp();
            await using (var first = await StartAsync(options, folder, clock, ct))
            {
                var api = new BusbarApi(first.Http);
                await api.ProvisionAsync(options.Stations, ct);
                await using var fleet = new Fleet(StationsOf(first), BusbarApi.Password, TemplateStations, clock);
                await fleet.ConnectAsync(ct);
                fleet.Start(Work.Sessions, null);
                await fleet.WorkAsync(Telling, ct);
                await fleet.FinishAsync(ct);
                await api.VerifyAsync(fleet.Told, clock, ct);
            }
            await output.WriteLineAsync($"{options.Stations} stations are there; their rows become {options.Sessions} sessions");
            var file = Path.Combine(folder, "busbar.db");
            await MultiplyAsync(file, options.Sessions, ct);
            // A store that has grown lies on its disk; gigabytes that are still on their way there would stand before the first commit.
            using (var store = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(store);
            var seeded = clock.GetElapsedTime(began);
            await using (var second = await StartAsync(options, folder, clock, ct)) second.Kill();

            var port = ServerProcess.FreePort();
            var started = clock.GetTimestamp();
            await using var server = ServerProcess.Start(options.Server, port, address => Arguments(address, folder), options.Environment, Path.Combine(folder, "server.log"));
            await server.ListeningAsync(clock, ct);
            var listening = clock.GetTimestamp();
            var boot = BootAsync(StationsOf(server), clock, ct);
            await server.ReadyAsync(clock, ct);
            var ready = clock.GetTimestamp();
            var (sent, booted) = await boot;
            var asked = clock.GetTimestamp();
            var list = new BusbarApi(server.Http);
            await list.FirstSessionsAsync(ct);
            return new Cold
            {
                Stations = options.Stations, Sessions = options.Sessions, SeedSeconds = seeded.TotalSeconds,
                StoreBytes = new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length),
                ListeningSeconds = clock.GetElapsedTime(started, listening).TotalSeconds, ReadySeconds = clock.GetElapsedTime(listening, ready).TotalSeconds,
                FirstBootSeconds = clock.GetElapsedTime(listening, booted).TotalSeconds, BootAnswerSeconds = clock.GetElapsedTime(sent, booted).TotalSeconds,
                FirstListSeconds = clock.GetElapsedTime(asked).TotalSeconds,
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Stations} stations, {Sessions} sessions, {StoreBytes / 1e9:0.0} GB (made in {SeedSeconds:0} s): after a kill listening in {ListeningSeconds:0.00} s, ready {ReadySeconds:0.00} s later, the first boot accepted {FirstBootSeconds:0.00} s after listening, {BootAnswerSeconds:0.00} s after it was sent; the first list of sessions took {FirstListSeconds:0.00} s");

    private static Uri StationsOf(ServerProcess server) => new UriBuilder(server.Address) { Scheme = "ws", Path = "/ocpp" }.Uri;

    private static string[] Arguments(Uri address, string folder) => [$"--urls={address}", $"--Busbar:AdminKey={BusbarApi.AdminKey}", $"--Busbar:DataDirectory={folder}"];

    private static Task<ServerProcess> StartAsync(LoadOptions options, string folder, TimeProvider clock, CancellationToken ct) =>
        ServerProcess.StartAsync(options.Server, address => Arguments(address, folder), options.Environment, Path.Combine(folder, "server.log"), clock, ct);

    /// <returns>When it was sent, and when it was accepted.</returns>
    private static async Task<(long Sent, long Accepted)> BootAsync(Uri url, TimeProvider clock, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            try
            {
                await using var socket = await RawWebSocket.ConnectAsync(new StationSocketOptions { Url = url, StationId = LoadStation.IdOf(TemplateStations + 1), Password = Encoding.UTF8.GetBytes(BusbarApi.Password), Clock = clock }, ct);
                var frame = new byte[CallFrames.Longest];
                var id = new byte[CallFrames.IdLength];
                CallFrames.Id(id, 1, 1);
                var sent = clock.GetTimestamp();
                await socket.SendAsync(frame.AsMemory(0, CallFrames.Boot(frame, id)), ct);
                if (await socket.ReceiveAsync(ct) is { } answer && CallFrames.IsResultOf(answer.Span, id) && CallFrames.IsAccepted(answer.Span)) return (sent, clock.GetTimestamp());
                throw new LoadException("The first boot was not accepted.");
            }
            catch (Exception error) when (error is IOException or SocketException && clock.GetElapsedTime(since) < BootWithin)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
            }
        }
    }

    /// <summary>As many rows as there would be, from those that the server wrote itself: a session, its CDR and a journal entry.</summary>
    private static async Task MultiplyAsync(string file, int sessions, CancellationToken ct)
    {
        await using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false, DefaultTimeout = 600 }.ConnectionString);
        await db.OpenAsync(ct);
        await ExecuteAsync(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144", ct);
        await ExecuteAsync(db, "CREATE TEMP TABLE places (number INTEGER PRIMARY KEY, id BLOB, name TEXT)", ct);
        await ExecuteAsync(db, "INSERT INTO places (id, name) SELECT id, identity FROM stations_stations ORDER BY id", ct);
        var numbers = string.Create(CultureInfo.InvariantCulture, $"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {sessions})");
        // Ids grow as they do in life; the first byte is one that no real one has.
        const string Id = "unhex(printf('ff%030x', i))";
        const string Station = "p.id";
        await CopyAsync(db, "sessions_sessions", numbers, new() { ["id"] = Id, ["station_id"] = Station, ["station"] = "p.name", ["transaction_id"] = "'m' || i", ["started_at"] = "t.started_at - i * 2000", ["ended_at"] = "t.ended_at - i * 2000" }, ct);
        await CopyAsync(db, "sessions_cdrs", numbers, new() { ["id"] = Id, ["session_id"] = Id, ["station_id"] = Station, ["station"] = "p.name", ["started_at"] = "t.started_at - i * 2000", ["ended_at"] = "t.ended_at - i * 2000" }, ct);
        await CopyAsync(db, "storage_journal", numbers, new() { ["station_id"] = Station, ["epoch"] = "0", ["n"] = "i", ["natural_key"] = "randomblob(32)", ["received_at"] = "t.received_at - i * 2000" }, ct);
        await ExecuteAsync(db, "PRAGMA journal_mode = WAL", ct);
    }

    private static async Task CopyAsync(SqliteConnection db, string table, string numbers, Dictionary<string, string> changed, CancellationToken ct)
    {
        var columns = new List<string>();
        await using (var list = db.CreateCommand())
        {
            list.CommandText = $"SELECT name FROM pragma_table_info('{table}')";
            await using var reader = await list.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) columns.Add(reader.GetString(0));
        }
        // The journal's newest entries lie in its tail (ADR 15); a row of it has the same columns.
        var from = table == "storage_journal" ? "storage_journal_tail" : table;
        await ExecuteAsync(db, $"""
            {numbers}
            INSERT INTO {table} ({string.Join(", ", columns)})
            SELECT {string.Join(", ", columns.Select(column => changed.GetValueOrDefault(column, "t." + column)))}
            FROM n JOIN (SELECT * FROM {from} LIMIT 1) t JOIN places p ON p.number = 1 + i % (SELECT count(*) FROM places)
            """, ct);
    }

    private static async Task ExecuteAsync(SqliteConnection db, string sql, CancellationToken ct)
    {
        await using var command = db.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(ct);
    }
}
