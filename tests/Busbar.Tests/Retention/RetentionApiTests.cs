using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Retention;

/// <summary>What a tenant says by the API, and what it cannot say.</summary>
public sealed class RetentionApiTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_tenant_says_for_how_long_and_goes_back_and_the_audit_tells_it(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var (api, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        var before = await api.GetAsync("retention");
        Assert.Equal(("\"0\"", 0), (before.Tag, before.Body.GetProperty("days").EnumerateObject().Count()));
        Assert.Equal((3_653, false, 2_922), Of(before, "cdrs"));

        var changed = await api.PatchAsync("retention", new { days = new { wireLog = 30, cdrs = 4_000 } }, before.Tag);
        changed.Is(HttpStatusCode.OK);
        Assert.Equal(((30, true, 1), (4_000, true, 2_922)), (Of(changed, "wireLog"), Of(changed, "cdrs")));
        (await api.PatchAsync("retention", new { days = new { wireLog = 31 } }, before.Tag)).Is(HttpStatusCode.PreconditionFailed, "preconditionFailed");
        // Another one beside it, and one back to what it was.
        var again = await api.PatchAsync("retention", """{"days":{"alerts":90,"wireLog":null}}""", changed.Tag);
        again.Is(HttpStatusCode.OK);
        Assert.Equal(((14, false, 1), (90, true, 30), (4_000, true, 2_922)), (Of(again, "wireLog"), Of(again, "alerts"), Of(again, "cdrs")));
        Assert.Equal(["alerts", "cdrs"], (await api.GetAsync("retention")).Body.GetProperty("days").EnumerateObject().Select(day => day.Name).Order());

        Assert.Empty((await other.GetAsync("retention")).Body.GetProperty("days").EnumerateObject());
        var told = (await api.GetAsync("audit?kind=retention")).Items.ToList();
        Assert.Equal(["retention.changed", "retention.created"], told.Select(entry => entry.GetProperty("action").GetString()));
        Assert.Equal(("cdrs=4000 wireLog=30", "alerts=90 cdrs=4000"), (told[0].GetProperty("before").GetProperty("days").GetString(), told[0].GetProperty("after").GetProperty("days").GetString()));
        Assert.Empty((await other.GetAsync("audit?kind=retention")).Items);
    }

    [Theory]
    [InlineData("""{"days":{"cdrs":2921}}""", "tooShort", "/days/cdrs")]
    [InlineData("""{"days":{"audit":365}}""", "tooShort", "/days/audit")]
    [InlineData("""{"days":{"wireLog":0}}""", "tooShort", "/days/wireLog")]
    [InlineData("""{"days":{"wireLog":-5}}""", "tooShort", "/days/wireLog")]
    [InlineData("""{"days":{"wireLog":401}}""", "tooLong", "/days/wireLog")]
    [InlineData("""{"days":{"journal":30}}""", "unknownRule", "/days/journal")]
    [InlineData("""{"days":{"a/b~":30}}""", "unknownRule", "/days/a~1b~0")]
    [InlineData("""{"days":{"WireLog":30}}""", "unknownRule", "/days/WireLog")]
    [InlineData("""{"days":{"wireLog":30,"cdrs":1,"nothing":2}}""", "invalid", "/days/cdrs", "/days/nothing")]
    [InlineData("""{"days":{"wireLog":"30"}}""", "invalidValue", "/days/wireLog")]
    [InlineData("""{"days":{"wireLog":30.5}}""", "invalidValue", "/days/wireLog")]
    [InlineData("""{"days":{"wireLog":99999999999}}""", "invalidValue", "/days/wireLog")]
    [InlineData("""{"days":{"wireLog":30,"wireLog":31}}""", "duplicateMember", "/days/wireLog")]
    [InlineData("""{"days":[]}""", "invalidValue", "/days")]
    [InlineData("""{"wireLog":30}""", "unknownMember", "/wireLog")]
    public async Task What_makes_no_sense_is_refused_where_it_stands_and_changes_nothing(string body, string code, params string[] pointers)
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var refused = await api.PatchAsync("retention", body);
        refused.Is(HttpStatusCode.BadRequest, code);
        Assert.Equal(pointers, refused.Pointers.Order());
        Assert.Empty((await api.GetAsync("retention")).Body.GetProperty("days").EnumerateObject());
    }

    [Fact]
    public async Task Who_may_only_look_changes_nothing_and_who_may_not_look_sees_nothing()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        var looks = server.With((await api.PostAsync("api-clients", new { name = "looks", scopes = new[] { "tenants:read" } })).Text("key"));
        (await looks.GetAsync("retention")).Is(HttpStatusCode.OK);
        (await looks.PatchAsync("retention", new { days = new { wireLog = 30 } })).Is(HttpStatusCode.Forbidden);
        var blind = server.With((await api.PostAsync("api-clients", new { name = "blind", scopes = new[] { "stations:read", "stations:write" } })).Text("key"));
        (await blind.GetAsync("retention")).Is(HttpStatusCode.Forbidden);
        (await server.Anonymous.GetAsync("retention")).Is(HttpStatusCode.Unauthorized);
    }

    private static (int Days, bool IsOwn, int Least) Of(Answer answer, string name)
    {
        var rule = answer.Body.GetProperty("rules").EnumerateArray().Single(rule => rule.GetProperty("name").GetString() == name);
        return (rule.GetProperty("days").GetInt32(), rule.GetProperty("isOwn").GetBoolean(), rule.GetProperty("least").GetInt32());
    }
}
