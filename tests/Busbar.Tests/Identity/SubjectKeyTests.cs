using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A person's data is erased with the person's key (S24).</summary>
[Trait("suite", "stories")]
public sealed class SubjectKeyTests(Servers servers)
{
    private static readonly Author Somebody = Author.System("test");

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_sealed_for_a_person_is_opened_with_their_key_and_with_no_other(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var (keys, tenant, other) = (server.Services.GetRequiredService<ISubjectKeys>(), await TenantAsync(server), await TenantAsync(server));
        var (ada, grace) = (await keys.MakeAsync(tenant, default), await keys.MakeAsync(tenant, default));
        var box = (await keys.SealAsync(tenant, ada, "name", Encoding.UTF8.GetBytes("Ada"), default))!;
        Assert.Equal("Ada", Encoding.UTF8.GetString((await keys.OpenAsync(tenant, ada, "name", box, default))!));
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await keys.OpenAsync(tenant, grace, "name", box, default));
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await keys.OpenAsync(tenant, ada, "address", box, default));
        // Another tenant has no such person.
        Assert.Null(await keys.OpenAsync(other, ada, "name", box, default));
        Assert.False(await keys.DestroyAsync(other, ada, Somebody, default));

        Assert.True(await keys.DestroyAsync(tenant, ada, Somebody, default));
        Assert.False(await keys.DestroyAsync(tenant, ada, Somebody, default));
        Assert.Null(await keys.OpenAsync(tenant, ada, "name", box, default));
        Assert.Null(await keys.SealAsync(tenant, ada, "name", Encoding.UTF8.GetBytes("Ada"), default));
        Assert.NotNull(await keys.SealAsync(tenant, grace, "name", Encoding.UTF8.GetBytes("Grace"), default));
    }

    [Fact]
    public async Task A_destroyed_key_is_gone_in_another_process_within_five_seconds_while_it_is_used_there()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Postgres);
        await using var here = await RunningServer.StartAsync(store);
        await using var there = await RunningServer.StartAsync(store);
        var (keys, others, tenant) = (here.Services.GetRequiredService<ISubjectKeys>(), there.Services.GetRequiredService<ISubjectKeys>(), await TenantAsync(here));
        var ada = await keys.MakeAsync(tenant, default);
        var box = (await keys.SealAsync(tenant, ada, "name", Encoding.UTF8.GetBytes("Ada"), default))!;
        Assert.NotNull(await others.OpenAsync(tenant, ada, "name", box, default));
        var watch = Stopwatch.StartNew();
        Assert.True(await keys.DestroyAsync(tenant, ada, Somebody, default));
        var opened = 0;
        while (await others.OpenAsync(tenant, ada, "name", box, default) is not null)
        {
            opened++;
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "The other process opens it after five seconds.");
            await Task.Delay(20);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"opened {opened} times, for {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>Among many, so that pages have been split and rows have moved.</summary>
    [Fact]
    public async Task Of_a_destroyed_key_nothing_is_left_in_the_embedded_stores_files()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using var server = await RunningServer.StartAsync(store);
        var (keys, tenant) = (server.Services.GetRequiredService<ISubjectKeys>(), await TenantAsync(server));
        var all = new List<SubjectKeyId>();
        for (var i = 0; i < 300; i++) all.Add(await keys.MakeAsync(tenant, default));
        var boxes = new Dictionary<SubjectKeyId, byte[]>();
        await using (var db = await Staff.RowsAsync(server))
            foreach (var row in await db.SubjectKeys.ToListAsync()) boxes[row.Id] = row.Key!;
        var watch = Stopwatch.StartNew();
        foreach (var id in all.Where((_, i) => i % 3 == 0)) Assert.True(await keys.DestroyAsync(tenant, id, Somebody, default));
        TestContext.Current.TestOutputHelper?.WriteLine($"100 keys destroyed in {watch.Elapsed.TotalSeconds:0.0} s");
        var files = await FilesAsync(store);
        bool IsThere(SubjectKeyId id) => files.Exists(file => file.AsSpan().IndexOf(boxes[id]) >= 0);
        Assert.Equal(0, all.Where((_, i) => i % 3 == 0).Count(IsThere));
        // The same search finds those that are there.
        Assert.Equal(200, all.Where((_, i) => i % 3 != 0).Count(IsThere));
    }

    private static async Task<TenantId> TenantAsync(RunningServer server)
    {
        var slug = (await server.NewTenantAsync()).Tenant!;
        return server.Services.GetRequiredService<ITenants>().Find(slug)!.Id;
    }

    private static async Task<List<byte[]>> FilesAsync(string[] store)
    {
        var files = new List<byte[]>();
        foreach (var file in Directory.GetFiles(store[0].Split('=')[1], "busbar.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all);
            files.Add(all.ToArray());
        }
        return files;
    }
}
