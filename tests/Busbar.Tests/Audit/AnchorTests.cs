using Busbar.Identity.Audit;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Audit;

/// <summary>Anchors outside the database, and the command that looks at both.</summary>
public sealed class AnchorTests(Servers servers)
{
    [Fact]
    public async Task A_stopped_server_leaves_an_anchor_and_a_tail_that_is_cut_off_is_found_by_it()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        var folder = store[0].Split('=')[1];
        await GivenStationsAsync(store, 3);
        var anchors = Path.Combine(folder, "audit-anchors");
        Assert.Single(Directory.GetFiles(anchors));
        Assert.Equal((0, true), await VerifyAsync(store, "every chain is whole"));

        // Beside a server that runs, too; which anchors again when it ends.
        await using (var server = await RunningServer.StartAsync(store))
        {
            await server.Admin.PostAsync("stations", new { stationId = "CS-late" });
            Assert.Equal((0, true), await VerifyAsync(store, "every chain is whole"));
        }
        Assert.Equal(2, Directory.GetFiles(anchors).Length);

        await using (var database = Database.Sqlite(folder))
        {
            await using var connection = await database.OpenAsync(default);
            foreach (var sql in (string[])["DROP TRIGGER storage_audit_stays", "DELETE FROM storage_audit WHERE sequence = (SELECT max(sequence) FROM storage_audit)"])
            {
                await using var command = connection.CreateCommand();
                command.CommandText = sql;
                await command.ExecuteNonQueryAsync();
            }
        }
        Assert.Equal((1, true), await VerifyAsync(store, "BROKEN at 6: truncated: an anchor knows entry 6"));
        // Without its anchors the chain looks whole, and the command says that there are none.
        Assert.Equal((0, true), await VerifyAsync([.. store, "--anchors=" + Path.Combine(folder, "nowhere")], "no anchors: a chain whose end is gone looks whole"));
    }

    [Fact]
    public async Task An_anchor_that_is_changed_or_taken_away_is_found()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        for (var i = 0; i < 3; i++) await GivenStationsAsync(store, 1, "CS-" + i);
        var files = Directory.GetFiles(Path.Combine(store[0].Split('=')[1], "audit-anchors")).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(3, files.Length);
        var middle = await File.ReadAllTextAsync(files[1]);
        await File.WriteAllTextAsync(files[1], middle.Replace("\"sequence\":4", "\"sequence\":2", StringComparison.Ordinal));
        Assert.Equal((1, true), await VerifyAsync(store, $"anchors: {Path.GetFileName(files[1])} is not as this installation's key signed it"));
        File.Delete(files[1]);
        Assert.Equal((1, true), await VerifyAsync(store, $"anchors: a file before {Path.GetFileName(files[2])} is gone"));
        await File.WriteAllTextAsync(files[1], middle);
        Assert.Equal((0, true), await VerifyAsync(store, "3 files of anchors are as they were signed"));
        await File.WriteAllTextAsync(files[1], "{}");
        Assert.Equal((1, true), await VerifyAsync(store, "is not as this installation's key signed it"));
    }

    [Fact]
    public async Task A_file_that_is_no_audit_and_a_command_that_says_nothing_are_refused()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await GivenStationsAsync(store, 1);
        var file = Path.Combine(store[0].Split('=')[1], "busbar.key");
        Assert.Equal(2, (await VerifyAsync([.. store, "--file=" + file], "")).Code);
        Assert.Equal(2, (await VerifyAsync([.. store, "--file=/nowhere/audit.jsonl"], "")).Code);
        Assert.Equal(2, (await VerifyAsync([.. store, "--file"], "")).Code);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_keeper_anchors_once_an_hour_what_is_new_and_once_a_day_all(DatabaseKind kind)
    {
        var folder = Directory.CreateTempSubdirectory("busbar-anchors-").FullName;
        try
        {
            var clock = new SetClock();
            // Noon, so that no hour of the test is another day.
            clock.Advance(new DateTimeOffset(clock.GetUtcNow().Date.AddDays(1).AddHours(12), TimeSpan.Zero) - clock.GetUtcNow());
            await using (var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock), $"--Busbar:Audit:AnchorDirectory={folder}"))
            {
                var keeper = server.Services.GetRequiredService<AuditKeeper>();
                var files = async () => { await keeper.KeepAsync(default); return Directory.GetFiles(folder).Length; };
                Assert.Equal(1, await files());
                Assert.Equal(1, await files());
                clock.Advance(TimeSpan.FromHours(1));
                Assert.Equal(1, await files());
                await server.Admin.PostAsync("stations", new { stationId = "CS" });
                Assert.Equal(1, await files());
                clock.Advance(TimeSpan.FromHours(1));
                Assert.Equal(2, await files());
                clock.Advance(TimeSpan.FromDays(1));
                Assert.Equal(3, await files());

                var read = server.Services.GetRequiredService<AuditAnchors>().Read(folder);
                Assert.Equal((3, 0), (read.Files, read.Problems.Count));
                await foreach (var verdict in AuditVerifier.VerifyAsync(server.Services.GetRequiredService<Database>(), read.Anchors, default)) Assert.Equal((null, 3), (verdict.Break, verdict.Anchors));
            }
            Assert.Equal(3, Directory.GetFiles(folder).Length);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static async Task GivenStationsAsync(string[] store, int count, string name = "CS")
    {
        await using var server = await RunningServer.StartAsync(store);
        for (var i = 0; i < count; i++) (await server.Admin.PostAsync("stations", new { stationId = $"{name}-{i}" })).Is(System.Net.HttpStatusCode.Created);
    }

    private static async Task<(int Code, bool Said)> VerifyAsync(string[] arguments, string text)
    {
        var (before, said) = (Console.Out, new StringWriter());
        try
        {
            Console.SetOut(said);
            return (await Busbar.Server.AuditCommand.RunAsync(arguments), said.ToString().Contains(text, StringComparison.Ordinal));
        }
        finally { Console.SetOut(before); }
    }
}
