using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Busbar.Identity;
using Busbar.Identity.Keys;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>The keys of sealed values are changed while everything goes on (S19).</summary>
[Trait("suite", "stories")]
public sealed class KeyRotationTests(Servers servers)
{
    private static readonly string[] Brisk = ["--Busbar:Keys:Pace=00:00:00.5", "--Busbar:Keys:KeepRetired=00:00:10"];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Keys_are_rotated_while_requests_seal_and_open_and_none_fails(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        var (secrets, kept, first) = (new Dictionary<string, string>(), new ConcurrentDictionary<string, string>(), Array.Empty<byte>());
        var server = await RunningServer.StartAsync(store, null, Brisk);
        // On PostgreSQL another process works on the same rows, and hears of the keys by the table alone.
        var other = kind == DatabaseKind.Postgres ? await RunningServer.StartAsync(store, null, Brisk) : null;
        try
        {
            for (var i = 0; i < 20; i++)
            {
                var made = await server.Admin.PostAsync("notification-channels", new { kind = "webhook", name = $"hook {i}", url = $"https://hooks.example.org/{i}" });
                made.Is(HttpStatusCode.Created);
                secrets[made.Body.GetProperty("channel").GetProperty("id").GetString()!] = made.Text("secret");
            }
            await using (var db = await Staff.RowsAsync(server)) first = (await db.DataKeys.SingleAsync(row => row.Number == 1)).Wrapped;
            if (kind == DatabaseKind.Sqlite) Assert.True(await Holds(server, first), "The key's row is not where it is looked for.");

            using var over = new CancellationTokenSource();
            var failures = new ConcurrentQueue<string>();
            var load = Enumerable.Range(0, 4).Select(worker => Task.Run(() => WorkAsync(worker, [server, other ?? server], kept, failures, over.Token))).ToList();
            for (var i = 0; i < 3; i++)
            {
                var asked = i == 1 && other is not null ? other : server;
                (await asked.Admin.PostAsync("encryption-keys", new { })).Is(HttpStatusCode.Created);
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
            await UntilOneIsLeftAsync(server);
            await over.CancelAsync();
            await Task.WhenAll(load);
            var left = await UntilOneIsLeftAsync(server);
            TestContext.Current.TestOutputHelper?.WriteLine($"{kept.Count} requests, each sent twice, on {kind}; {failures.Count} failed; {left} boxes");

            Assert.True(failures.IsEmpty, string.Join('\n', failures.Take(10)));
            Assert.True(kept.Count > 40, $"{kept.Count} requests");
            Assert.True(left >= kept.Count + secrets.Count, $"{left} boxes");
            await using (var db = await Staff.RowsAsync(server)) Assert.Equal([0L, 4L], await db.DataKeys.Select(row => row.Number).OrderBy(number => number).ToListAsync());
            if (kind == DatabaseKind.Sqlite) Assert.False(await Holds(server, first), "The destroyed key is still in the store's files.");
            var told = (await server.Admin.GetAsync("audit?kind=encryptionKey&limit=50")).Items.Select(entry => entry.GetProperty("action").GetString()).ToList();
            Assert.Equal((3, 3), (told.Count(action => action == "encryptionKey.made"), told.Count(action => action == "encryptionKey.destroyed")));
        }
        finally
        {
            if (other is not null) await other.DisposeAsync();
            await server.DisposeAsync();
        }
        await using var again = await RunningServer.StartAsync(store, null, Brisk);
        foreach (var (key, id) in kept.Take(20)) Assert.Equal(id, (await MakeAsync(again, key)).Text("id"));
        await using var channels = await again.Services.GetRequiredService<RoomDbFactory<OperationsDb>>().OpenAsync(TenantScope.System, default);
        foreach (var channel in await channels.Set<ChannelRow>().ToListAsync())
            Assert.Equal(secrets[channel.Id.ToString()], "whsec_" + Convert.ToBase64String(again.Services.GetRequiredService<WebhookSecrets>().Of(channel, default)[0]));
    }

    [Fact]
    public async Task A_process_opens_at_once_what_another_sealed_with_a_key_that_it_never_heard_of()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Postgres);
        await using var server = await RunningServer.StartAsync(store);
        await using var other = await RunningServer.StartAsync(store);
        (await server.Admin.PostAsync("encryption-keys", new { })).Is(HttpStatusCode.Created);
        var box = server.Services.GetRequiredService<SealedBox>().Seal("a purpose", "a secret"u8);
        Assert.Equal("a secret", Encoding.UTF8.GetString(other.Services.GetRequiredService<SealedBox>().Open("a purpose", box)));
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => other.Services.GetRequiredService<SealedBox>().Open("another purpose", box));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_installations_key_is_replaced_and_what_was_hashed_and_sealed_stays_good(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        string key;
        byte[] box;
        await using (var server = await RunningServer.StartAsync(store))
        {
            key = (await server.Admin.PostAsync("api-clients", new { name = "a program", scopes = new[] { "stations:read" } })).Text("key");
            box = server.Services.GetRequiredService<SealedBox>().Seal("a purpose", "a secret"u8);
            var before = await WrappedByAsync(server);
            (await server.Admin.PostAsync("encryption-keys/replace-installation-key", new { })).Is(HttpStatusCode.NoContent);
            var after = await WrappedByAsync(server);
            Assert.DoesNotContain(Assert.Single(before), Assert.Single(after));
            (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
        }
        if (kind == DatabaseKind.Sqlite)
        {
            // As if the process had died between the commit and the file's new name.
            var file = Path.Combine(store[0].Split('=')[1], "busbar.key");
            File.Move(file, file + ".next");
            await File.WriteAllBytesAsync(file, new byte[32]);
        }
        await using (var server = await RunningServer.StartAsync(store))
        {
            (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
            Assert.Equal("a secret", Encoding.UTF8.GetString(server.Services.GetRequiredService<SealedBox>().Open("a purpose", box)));
        }
        if (kind == DatabaseKind.Sqlite) Assert.False(File.Exists(Path.Combine(store[0].Split('=')[1], "busbar.key.next")));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_configured_key_is_changed_while_both_are_told_and_then_the_old_one_opens_nothing(DatabaseKind kind)
    {
        const string Old = "--Busbar:SecretKey=the-old-secret-0123456789-0123456789", New = "--Busbar:SecretKey=the-new-secret-0123456789-0123456789";
        var store = await servers.NewStoreAsync(kind);
        string key;
        await using (var server = await RunningServer.StartAsync(store, null, Old))
        {
            key = (await server.Admin.PostAsync("api-clients", new { name = "a program", scopes = new[] { "stations:read" } })).Text("key");
            (await server.Admin.PostAsync("encryption-keys/replace-installation-key", new { })).Is(HttpStatusCode.Conflict, "installationKeyConfigured");
        }
        await using (var server = await RunningServer.StartAsync(store, null, New, Old.Replace("SecretKey", "OtherSecretKey", StringComparison.Ordinal))) (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
        await using (var server = await RunningServer.StartAsync(store, null, New)) (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningServer.StartAsync(store, null, Old));
        Assert.Contains("another installation's key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_makes_a_key_for_a_server_that_is_stopped_and_not_beside_one_that_runs()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using (await RunningServer.StartAsync(store)) Assert.Equal(2, await Busbar.Server.KeysCommand.RunAsync(store));
        Assert.Equal(0, await Busbar.Server.KeysCommand.RunAsync(store));
        await using var server = await RunningServer.StartAsync(store);
        Assert.Equal([2L, 1L], (await server.Admin.GetAsync("encryption-keys")).Items.Select(key => key.GetProperty("number").GetInt64()));
        Assert.Contains((await server.Admin.GetAsync("audit?kind=encryptionKey")).Items, entry => entry.GetProperty("actor").ToString().Contains("system:command", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_tenant_at_the_top_looks_at_the_keys_and_changes_them()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var below = await server.NewTenantAsync();
        (await below.GetAsync("encryption-keys")).Is(HttpStatusCode.Forbidden);
        (await below.PostAsync("encryption-keys", new { })).Is(HttpStatusCode.Forbidden);
        (await below.PostAsync("encryption-keys/replace-installation-key", new { })).Is(HttpStatusCode.Forbidden);
        var own = (await below.PostAsync("api-clients", new { name = "all of mine", scopes = new[] { "*" } })).Text("key");
        (await server.With(own).PostAsync("encryption-keys", new { })).Is(HttpStatusCode.Forbidden);
        Assert.Single((await server.Admin.GetAsync("encryption-keys")).Items);
    }

    private static Task<Answer> MakeAsync(RunningServer server, string key) => server.Admin.PostAsync("locations", Given.Location, key);

    private static async Task WorkAsync(int worker, RunningServer[] servers, ConcurrentDictionary<string, string> kept, ConcurrentQueue<string> failures, CancellationToken over)
    {
        for (var i = 0; !over.IsCancellationRequested; i++)
        {
            var key = $"{worker}-{i}";
            // Sealed by one process, opened by the other.
            var (made, told) = (await MakeAsync(servers[i % 2], key), await MakeAsync(servers[(i + 1) % 2], key));
            if (made.Status != HttpStatusCode.Created || told.Status != HttpStatusCode.Created || made.Text("id") != told.Text("id")) failures.Enqueue($"{key}: {(int)made.Status} {made.Code}, {(int)told.Status} {told.Code}");
            else kept[key] = made.Text("id");
            // One of long ago.
            if (kept.TryGetValue($"{worker}-{i / 2}", out var id) && await MakeAsync(servers[i % 2], $"{worker}-{i / 2}") is var again && (again.Status != HttpStatusCode.Created || again.Text("id") != id)) failures.Enqueue($"{key}: {(int)again.Status}");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <summary>Answers how many values the one key has.</summary>
    private static async Task<long> UntilOneIsLeftAsync(RunningServer server)
    {
        for (var i = 0; i < 240; i++)
        {
            var keys = (await server.Admin.GetAsync("encryption-keys")).Items.ToList();
            if (keys is [var last] && last.GetProperty("number").GetInt64() == 4) return last.GetProperty("values").GetInt64();
            await Task.Delay(250);
        }
        throw new InvalidOperationException("Former keys are still there after a minute.");
    }

    private static async Task<List<string>> WrappedByAsync(RunningServer server)
    {
        await using var db = await Staff.RowsAsync(server);
        return await db.DataKeys.Select(row => row.WrappedBy).Distinct().ToListAsync();
    }

    /// <summary>The bytes are in one of the embedded store's files.</summary>
    private static async Task<bool> Holds(RunningServer server, byte[] bytes)
    {
        foreach (var file in Directory.GetFiles(server.Store[0].Split('=')[1], "busbar.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all);
            if (all.GetBuffer().AsSpan(0, (int)all.Length).IndexOf(bytes) >= 0) return true;
        }
        return false;
    }
}
