using System.Diagnostics;
using System.Globalization;
using Busbar.Kernel;
using Busbar.Schema;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Bench;

/// <summary>A chain of a million entries: what writing, sealing and verifying cost, and whether what is done to one of them is found.</summary>
internal static class AuditRuns
{
    private const int Batch = 10_000;
    private const double LeastPerSecond = 200_000;
    private const double MostAppendMilliseconds = 1;

    private const string Columns = "tenant_id, at, actor, way, source, action, kind, thing, name, outcome, before, after, previous";

    private static readonly TenantId Tenant = new(Guid.Parse("0195f000-0000-7000-8000-0000000000aa"));

    /// <param name="connection">Null: the embedded store.</param>
    public static async Task<int> RunAsync(int entries, string? connection, TextWriter output)
    {
        var path = Directory.CreateTempSubdirectory("busbar-bench-").FullName;
        try
        {
            await using var database = connection is null ? Database.Sqlite(path) : Database.Postgres(connection);
            await SchemaUpgrade.ApplyAsync(database, default);
            var append = await AppendAsync(database, output);
            await FillAsync(database, entries, output);
            var (rate, verdict) = await VerifyAsync(database, [], output);
            if (verdict.Break is not null || verdict.Entries != entries) throw new InvalidOperationException($"The chain is not whole: {verdict}");
            var missed = connection is null ? await AttackAsync(database, entries, new AuditAnchor(Tenant, verdict.Last, verdict.Head), output) : 0;
            return rate >= LeastPerSecond && append <= MostAppendMilliseconds && missed == 0 ? 0 : 1;
        }
        finally { Directory.Delete(path, recursive: true); }
    }

    /// <summary>What an entry adds to a write of one row: with it and without it, in turns, one at a time.</summary>
    private static async Task<double> AppendAsync(Database database, TextWriter output)
    {
        const int rounds = 1_500;
        await using var rows = new RowWriter(database);
        var other = new TenantId(Guid.Parse("0195f000-0000-7000-8000-0000000000bb"));
        var (alone, both) = (new List<double>(), new List<double>());
        for (var i = 0; i < rounds; i++)
        {
            alone.Add(await TimeAsync(() => rows.WriteTogetherAsync([Entry(other, 2 * i).ToWrite()])));
            both.Add(await TimeAsync(() => rows.WriteTogetherAsync([Entry(other, 2 * i).ToWrite(), Entry(other, 2 * i + 1).ToWrite()])));
        }
        var (one, two) = (Median(alone), Median(both));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"append: a row alone {one:0.000} ms, with an entry {two:0.000} ms: {two - one:0.000} ms (bar {MostAppendMilliseconds:0.0} ms)"));
        await new AuditSealer(database).SealAsync(default);
        return two - one;
    }

    private static async Task FillAsync(Database database, int entries, TextWriter output)
    {
        var sealer = new AuditSealer(database);
        var (written, sealing) = (Stopwatch.StartNew(), new Stopwatch());
        await using (var rows = new RowWriter(database))
        {
            for (var from = 1; from <= entries; from += Batch)
            {
                await Task.WhenAll(rows.WriteAll(Enumerable.Range(from, int.Min(Batch, entries - from + 1)).Select(number => Entry(Tenant, number).ToWrite())));
                sealing.Start();
                await sealer.SealAsync(default);
                sealing.Stop();
            }
        }
        var writing = written.Elapsed - sealing.Elapsed;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{entries} entries: written at {entries / writing.TotalSeconds:#,0} a second, sealed at {entries / sealing.Elapsed.TotalSeconds:#,0} a second"));
    }

    private static async Task<(double Rate, AuditVerdict Verdict)> VerifyAsync(Database database, IReadOnlyList<AuditAnchor> anchors, TextWriter output)
    {
        using var process = Process.GetCurrentProcess();
        var (before, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        AuditVerdict? found = null;
        await foreach (var verdict in AuditVerifier.VerifyAsync(database, anchors, default))
            if (verdict.Tenant == Tenant) found = verdict;
        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        var processor = (process.TotalProcessorTime - before).TotalSeconds;
        // Of one core: what else the machine does is not counted.
        var rate = (found?.Entries ?? 0) / processor;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"verified {found?.Entries} in {seconds:0.00} s, {processor:0.00} s of a processor: {rate:#,0} a second of one (bar {LeastPerSecond:#,0}); {Environment.WorkingSet >> 20} MB resident, {found?.Break}"));
        return (rate, found!);
    }

    /// <summary>One after the other; what was done is undone.</summary>
    private static async Task<int> AttackAsync(Database database, int entries, AuditAnchor anchor, TextWriter output)
    {
        var at = entries - 3_210;
        (string Name, AuditBreakKind Kind, long Place, string[] Do, string[] Undo)[] attacks =
        [
            ("flip", AuditBreakKind.Altered, at, [$"UPDATE storage_audit SET outcome = 'dona' WHERE {Of(at)}"], [$"UPDATE storage_audit SET outcome = 'done' WHERE {Of(at)}"]),
            ("drop", AuditBreakKind.Missing, at, [.. Take($"sequence = {at}")], [.. Back]),
            ("insert", AuditBreakKind.Inserted, at, [.. Shift(at, 1), $"INSERT INTO storage_audit ({Columns}, sequence, id, hash) SELECT {Columns}, {at}, x'0195f0000000700080000000000000cc', zeroblob(32) FROM storage_audit WHERE {Of(at + 1)}"],
                [$"DELETE FROM storage_audit WHERE {Of(at)}", .. Shift(at + 1, -1)]),
            ("reorder", AuditBreakKind.Reordered, at, [Move(at, -1), Move(at + 7, at), Move(-1, at + 7)], [Move(at, -1), Move(at + 7, at), Move(-1, at + 7)]),
            ("truncate", AuditBreakKind.Truncated, entries, [.. Take($"sequence = {entries}")], [.. Back]),
        ];
        var missed = 0;
        foreach (var (name, kind, place, @do, undo) in attacks)
        {
            await RunAsync(database, @do);
            var (_, verdict) = await VerifyAsync(database, [anchor], TextWriter.Null);
            var isFound = verdict.Break is { } broken && broken.Kind == kind && broken.Sequence == place;
            await output.WriteLineAsync($"{name} at {place}: {(isFound ? "found" : "MISSED")}: {verdict.Break}");
            if (!isFound) missed++;
            await RunAsync(database, undo);
        }
        return missed;
    }

    private static string Of(long at) => $"tenant_id = x'{Tenant.Value:N}' AND sequence = {at}";
    private static string Move(long from, long to) => $"UPDATE storage_audit SET sequence = {to} WHERE {Of(from)}";
    private static IEnumerable<string> Take(string which) => [$"CREATE TABLE kept AS SELECT * FROM storage_audit WHERE tenant_id = x'{Tenant.Value:N}' AND {which}", $"DELETE FROM storage_audit WHERE tenant_id = x'{Tenant.Value:N}' AND {which}"];
    private static IEnumerable<string> Back => ["INSERT INTO storage_audit SELECT * FROM kept", "DROP TABLE kept"];
    private static IEnumerable<string> Shift(long from, int by) =>
        [$"UPDATE storage_audit SET sequence = -(sequence + {by}) WHERE tenant_id = x'{Tenant.Value:N}' AND sequence >= {from}", $"UPDATE storage_audit SET sequence = -sequence WHERE tenant_id = x'{Tenant.Value:N}' AND sequence < 0"];

    private static async Task RunAsync(Database database, string[] statements)
    {
        await using var connection = await database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var sql in (string[])["DROP TRIGGER IF EXISTS storage_audit_stays", "DROP TRIGGER IF EXISTS storage_audit_is_as_it_was", .. statements])
        {
            await using var command = connection.CreateCommand();
            (command.CommandText, command.Transaction) = (sql, transaction);
            await command.ExecuteNonQueryAsync();
        }
        await transaction.CommitAsync();
    }

    private static AuditEntry Entry(TenantId tenant, int number) =>
        AuditEntry.Of(new Author("opr01jqexample000000000000000", AuditWay.Console, "192.0.2.7"), tenant, Instant.FromUnixTimeSeconds(1_764_000_000 + number), "station.changed", "station", $"sta01jqexample{number:D14}") with
        {
            Name = $"CS-{number}", Before = $$"""{"name":"CS {{number}}","locationId":"loc01jqexample000000000000000"}""", After = $$"""{"name":"By the gate {{number}}","locationId":"loc01jqexample000000000000001"}""",
        };

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
