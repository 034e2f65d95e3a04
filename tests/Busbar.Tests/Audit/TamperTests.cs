using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Tests.Architecture;
using Busbar.Tests.Support;

namespace Busbar.Tests.Audit;

/// <summary>S15: one of ten thousand entries is flipped, dropped, inserted, put elsewhere, or the end is cut off; each is found, at its place.</summary>
public sealed class TamperTests(Servers servers)
{
    private const int Entries = 10_000;
    private const string Table = "storage_audit";
    private const string Columns = "tenant_id, id, at, actor, way, source, action, kind, thing, name, outcome, before, after, previous";

    /// <param name="Sql">What is done; <c>{at}</c> is the place.</param>
    /// <param name="Place">Where it must be found, from the place of the attack.</param>
    private sealed record Attack(string Name, AuditBreakKind Kind, Func<ChainRig, TenantId, int, Task<string[]>> Sql, Func<int, long>? Place = null);

    private static string Of(int at) => $"tenant_id = {{tenant}} AND sequence = {at}";
    private static string Shift(int from, int by) => $"UPDATE {Table} SET sequence = -(sequence + {by}) WHERE tenant_id = {{tenant}} AND sequence > {from}";
    private static readonly string Back = $"UPDATE {Table} SET sequence = -sequence WHERE tenant_id = {{tenant}} AND sequence < 0";

    private static Attack Flip(string column, Func<ChainRig, string> value) => new($"flip {column}", AuditBreakKind.Altered, (rig, _, at) => Sql($"UPDATE {Table} SET {column} = {value(rig)} WHERE {Of(at)}"));
    private static Attack Flip(string column, string value) => Flip(column, _ => value);
    private static Task<string[]> Sql(params string[] statements) => Task.FromResult(statements);

    private static readonly Attack[] Attacks =
    [
        Flip("after", "'{\"name\":\"another\"}'"),
        Flip("before", "NULL"),
        Flip("actor", "'opr01janother000000000000000000'"),
        Flip("way", "'api'"),
        Flip("source", "NULL"),
        Flip("action", "'station.deleted'"),
        Flip("kind", "'token'"),
        Flip("thing", "'sta0'"),
        Flip("name", "'CS-0'"),
        Flip("outcome", "'refused'"),
        Flip("at", "at + 1"),
        Flip("id", rig => rig.Literal(Forged)),
        Flip("hash", rig => rig.Literal(new byte[32])),
        Flip("previous", rig => rig.Literal(new byte[32])),
        Flip("hash", rig => rig.Literal([])),
        new("drop", AuditBreakKind.Missing, (_, _, at) => Sql($"DELETE FROM {Table} WHERE {Of(at)}")),
        new("drop and close the gap", AuditBreakKind.Missing, (_, _, at) => Sql($"DELETE FROM {Table} WHERE {Of(at)}", Shift(at, -1), Back)),
        new("drop the first", AuditBreakKind.Missing, (_, _, _) => Sql($"DELETE FROM {Table} WHERE {Of(1)}"), _ => 1),
        new("insert", AuditBreakKind.Inserted, (rig, _, at) => Sql(Shift(at - 1, 1), Back, Copy(rig, at, "previous", new byte[32]))),
        new("insert with the right previous", AuditBreakKind.Inserted, async (rig, tenant, at) =>
            [Shift(at - 1, 1), Back, Copy(rig, at, rig.Literal(await rig.HashOfAsync(tenant, at - 1)), new byte[32])]),
        new("insert, hashed", AuditBreakKind.Inserted, async (rig, tenant, at) =>
        {
            var previous = await rig.HashOfAsync(tenant, at - 1);
            var forged = ChainRig.Entry(tenant, at) with { Id = new AuditId(Forged), Actor = "opr01jforged0000000000000000000" };
            return [Shift(at - 1, 1), Back, Copy(rig, at, rig.Literal(previous), AuditChain.Hash(forged, at, previous), $"'{forged.Actor}'", ChainRig.Entry(tenant, at))];
        }),
        new("swap with the next", AuditBreakKind.Reordered, (_, _, at) => Sql(Move(at, -1), Move(at + 1, at), Move(-1, at + 1))),
        new("swap with one far away", AuditBreakKind.Reordered, (_, _, at) => Sql(Move(at, -1), Move(at + 900, at), Move(-1, at + 900))),
        new("move far away", AuditBreakKind.Reordered, (_, _, at) => Sql(Move(at, Entries + 50))),
        new("truncate one", AuditBreakKind.Truncated, (_, _, _) => Sql($"DELETE FROM {Table} WHERE {Of(Entries)}"), _ => Entries),
        new("truncate many", AuditBreakKind.Truncated, (_, _, at) => Sql($"DELETE FROM {Table} WHERE tenant_id = {{tenant}} AND sequence >= {at}"), at => at),
        new("take all", AuditBreakKind.Truncated, (_, _, _) => Sql($"DELETE FROM {Table} WHERE tenant_id = {{tenant}}"), _ => 1),
    ];

    private static readonly Guid Forged = Guid.Parse("0195f000-0000-7000-8000-000000000001");

    private static string Move(int from, int to) => $"UPDATE {Table} SET sequence = {to} WHERE {Of(from)}";

    /// <summary>A forged entry at a place, made of the one that was there and stands behind it now.</summary>
    private static string Copy(ChainRig rig, int at, string previous, byte[] hash, string actor = "'opr01jforged0000000000000000000'", AuditEntry? like = null) =>
        $"INSERT INTO {Table} ({Columns}, sequence, hash) SELECT tenant_id, {rig.Literal(Forged)}, at, {actor}, way, source, action, kind, thing, name, outcome, before, after, {previous}, {at}, {rig.Literal(hash)} " +
        $"FROM {Table} WHERE {Of(at + 1)}";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Whatever_is_done_to_one_of_ten_thousand_entries_is_found_at_its_place(DatabaseKind kind)
    {
        await using var rig = await ChainRig.NewAsync(servers, kind);
        var random = new Random(15);
        var (anchors, attacked, whole) = (new List<AuditAnchor>(), new Dictionary<TenantId, (Attack Attack, int At)>(), ChainRig.NewTenant());
        anchors.Add(await rig.GivenChainAsync(whole, Entries));
        foreach (var attack in Attacks)
        {
            var (tenant, at) = (ChainRig.NewTenant(), random.Next(2, Entries - 1_000));
            anchors.Add(await rig.GivenChainAsync(tenant, Entries));
            attacked[tenant] = (attack, at);
        }
        Assert.All(await rig.VerifyAsync([.. anchors]), pair => Assert.Equal((null, Entries, 1), (pair.Value.Break, pair.Value.Last, pair.Value.Anchors)));

        foreach (var (tenant, (attack, at)) in attacked) await rig.TamperAsync(tenant, await attack.Sql(rig, tenant, at));
        var verdicts = await rig.VerifyAsync([.. anchors]);
        Assert.Null(verdicts[whole].Break);
        var wrong = from pair in attacked
                    let verdict = verdicts.GetValueOrDefault(pair.Key)
                    let wanted = (pair.Value.Attack.Kind, pair.Value.Attack.Place?.Invoke(pair.Value.At) ?? pair.Value.At)
                    let found = verdict?.Break is { } broken ? (broken.Kind, broken.Sequence) : default
                    where verdict?.Break is null || found != wanted
                    select $"{pair.Value.Attack.Name} at {pair.Value.At}: {wanted} expected, {(verdict?.Break is null ? "not found" : $"{found} {verdict.Break.Detail}")}";
        Assert.Empty(wrong);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_chain_that_was_hashed_anew_is_found_by_its_anchor_and_without_one_it_is_not(DatabaseKind kind)
    {
        await using var rig = await ChainRig.NewAsync(servers, kind);
        var tenant = ChainRig.NewTenant();
        var middle = await rig.GivenChainAsync(tenant, 40);
        await rig.Log.WriteAsync([.. Enumerable.Range(41, 60).Select(number => ChainRig.Entry(tenant, number))]);
        var head = (await rig.Log.ListAsync(TenantScope.Of(tenant), new AuditFilter(), null, 1, default))[0];
        var end = new AuditAnchor(tenant, head.Sequence, head.Hash);

        // Somebody with all rights writes entry 50 and all behind it anew.
        var previous = await rig.HashOfAsync(tenant, 49);
        var sql = new List<string>();
        await foreach (var entry in rig.Log.ChainAsync(TenantScope.Of(tenant), 50, default))
        {
            var changed = entry.Sequence == 50 ? entry.Entry with { Actor = "opr01janother000000000000000000" } : entry.Entry;
            var hash = AuditChain.Hash(changed, entry.Sequence, previous);
            sql.Add($"UPDATE {Table} SET actor = '{changed.Actor}', previous = {rig.Literal(previous)}, hash = {rig.Literal(hash)} WHERE {Of((int)entry.Sequence)}");
            previous = hash;
        }
        await rig.TamperAsync(tenant, [.. sql]);
        Assert.Null((await rig.VerifyAsync(middle))[tenant].Break);
        var broken = (await rig.VerifyAsync(middle, end))[tenant].Break!;
        Assert.Equal((AuditBreakKind.Altered, 41), (broken.Kind, broken.Sequence));
    }

    [Fact]
    public async Task An_exported_file_is_verified_line_by_line()
    {
        await using var rig = await ChainRig.NewAsync(servers, DatabaseKind.Sqlite);
        var tenant = ChainRig.NewTenant();
        var anchor = await rig.GivenChainAsync(tenant, 100);
        var lines = await LinesAsync(rig, tenant, 1);
        Assert.Null((await VerifyAsync(lines, anchor)).Break);
        Assert.Equal((11, null), ((await VerifyAsync(await LinesAsync(rig, tenant, 11), anchor)).First, (await VerifyAsync(lines[10..], anchor)).Break));

        Assert.Equal((AuditBreakKind.Altered, 50), At(await VerifyAsync([.. lines[..49], lines[49].Replace("nach 50", "nach 51", StringComparison.Ordinal), .. lines[50..]])));
        Assert.Equal((AuditBreakKind.Missing, 50), At(await VerifyAsync([.. lines[..49], .. lines[50..]])));
        Assert.Equal((AuditBreakKind.Inserted, 49), At(await VerifyAsync([.. lines[..49], lines[48], .. lines[49..]])));
        Assert.Equal((AuditBreakKind.Inserted, 50), At(await VerifyAsync([.. lines[..49], lines[4], .. lines[49..]])));
        Assert.Equal((AuditBreakKind.Reordered, 50), At(await VerifyAsync([.. lines[..49], lines[50], lines[49], .. lines[51..]])));
        Assert.Equal((AuditBreakKind.Truncated, 91), At(await VerifyAsync(lines[..90], anchor)));
        await Assert.ThrowsAsync<FormatException>(() => VerifyAsync([.. lines[..5], "{\"tenant\":1}"]));
        await Assert.ThrowsAsync<FormatException>(() => VerifyAsync([.. lines[..5], lines[5][..40]]));
    }

    [Fact]
    public async Task The_script_of_the_documentation_verifies_a_file_by_itself()
    {
        await using var rig = await ChainRig.NewAsync(servers, DatabaseKind.Sqlite);
        var tenant = ChainRig.NewTenant();
        var anchor = await rig.GivenChainAsync(tenant, 50);
        var lines = await LinesAsync(rig, tenant, 1);
        Assert.Equal((0, $"whole up to 50: {Convert.ToHexStringLower(anchor.Hash)}"), await PythonAsync(lines));
        Assert.Equal((0, $"whole up to 50: {Convert.ToHexStringLower(anchor.Hash)}"), await PythonAsync(lines[20..]));
        Assert.Equal((1, "broken at 30"), await PythonAsync([.. lines[..29], lines[29].Replace("CS-30", "CS-31", StringComparison.Ordinal), .. lines[30..]]));
        Assert.Equal((1, "broken at 30"), await PythonAsync([.. lines[..29], .. lines[30..]]));
    }

    private static async Task<(int Code, string Said)> PythonAsync(string[] lines)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, string.Join('\n', lines));
            var start = new ProcessStartInfo("python3", [Path.Combine(House.Root, "docs", "operating", "verify-audit.py"), file]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Start(start);
            var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, said.Trim());
        }
        finally { File.Delete(file); }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try { return Process.Start(start)!; }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("python3 is not installed here: the script was not run.");
            throw;
        }
    }

    private static (AuditBreakKind, long) At(AuditVerdict verdict) => (verdict.Break!.Kind, verdict.Break.Sequence);

    private static async Task<string[]> LinesAsync(ChainRig rig, TenantId tenant, long from)
    {
        using var file = new MemoryStream();
        await AuditFile.WriteAsync(PipeWriter.Create(file, new StreamPipeWriterOptions(leaveOpen: true)), rig.Log.ChainAsync(TenantScope.Of(tenant), from, default), default);
        return Encoding.UTF8.GetString(file.ToArray()).TrimEnd('\n').Split('\n');
    }

    private static async Task<AuditVerdict> VerifyAsync(string[] lines, params AuditAnchor[] anchors)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        var verdicts = new List<AuditVerdict>();
        await foreach (var verdict in AuditVerifier.VerifyAsync(file, anchors, default)) verdicts.Add(verdict);
        return Assert.Single(verdicts);
    }
}
