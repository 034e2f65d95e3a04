using System.Net;
using Busbar.Customers;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Customers;

public sealed class TokenBookTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_verdict_follows_each_change_at_once(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        var book = server.Services.GetRequiredService<ITokenBook>();

        Assert.Equal(TokenStatus.Unknown, (await JudgeAsync("abc")).Status);
        (await api.PostAsync("tokens", new { uid = "ABC", type = "rfid", groupId = "fleet", concurrentSessions = 1, validUntil = "2026-06-01T13:00:00Z" })).Is(HttpStatusCode.Created);
        var accepted = await JudgeAsync("abc");
        Assert.Equal((TokenStatus.Accepted, "ABC", "fleet", 1), (accepted.Status, accepted.Uid, accepted.GroupId, accepted.ConcurrentSessions));
        Assert.Equal(TokenStatus.Expired, (await book.JudgeAsync(tenant, "ABC", Noon + Duration.FromHours(1), CancellationToken.None)).Status);
        (await api.PatchAsync("tokens/abc", new { status = "blocked" })).Is(HttpStatusCode.OK);
        Assert.Equal(TokenStatus.Blocked, (await JudgeAsync("abc")).Status);
        (await api.PatchAsync("tokens/abc", new { status = "expired" })).Is(HttpStatusCode.OK);
        Assert.Equal(TokenStatus.Expired, (await JudgeAsync("abc")).Status);
        (await api.DeleteAsync("tokens/abc")).Is(HttpStatusCode.NoContent);
        Assert.Equal(TokenStatus.Unknown, (await JudgeAsync("abc")).Status);
        Assert.Equal(TokenStatus.Unknown, (await JudgeAsync("a\0b")).Status);
        (await api.PostAsync("tokens/import", """[{"uid":"abc","type":"app"}]""")).Is(HttpStatusCode.OK);
        Assert.Equal(TokenStatus.Accepted, (await JudgeAsync("ABC")).Status);

        ValueTask<TokenVerdict> JudgeAsync(string uid) => book.JudgeAsync(tenant, uid, Noon, CancellationToken.None);
    }

    [Fact]
    public async Task A_change_in_another_process_is_seen_soon()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Postgres);
        await using var one = await RunningServer.StartAsync(store);
        await using var other = await RunningServer.StartAsync(store);
        var tenant = one.Services.GetRequiredService<ITenants>().Find("default")!.Id;
        (await one.Admin.PostAsync("tokens", new { uid = "A", type = "rfid" })).Is(HttpStatusCode.Created);
        var book = other.Services.GetRequiredService<ITokenBook>();
        Assert.Equal(TokenStatus.Accepted, (await book.JudgeAsync(tenant, "A", Noon, CancellationToken.None)).Status);

        (await one.Admin.PatchAsync("tokens/A", new { status = "blocked" })).Is(HttpStatusCode.OK);
        var key = (await one.Admin.PostAsync("api-clients", new { name = "new", scopes = new[] { "tokens:read" } })).Text("key");
        for (var waited = 0; waited < 50 && (await book.JudgeAsync(tenant, "A", Noon, CancellationToken.None)).Status != TokenStatus.Blocked; waited++) await Task.Delay(100);
        Assert.Equal(TokenStatus.Blocked, (await book.JudgeAsync(tenant, "A", Noon, CancellationToken.None)).Status);
        for (var waited = 0; waited < 50 && (await other.With(key).GetAsync("tokens")).Status != HttpStatusCode.OK; waited++) await Task.Delay(100);
        (await other.With(key).GetAsync("tokens")).Is(HttpStatusCode.OK);
    }
}
