using System.Net;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Customers;

public sealed class TokenApiTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_token_is_made_read_changed_and_deleted_whatever_the_case_of_its_uid(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("tokens", new { uid = "04aBcD", type = "adHoc", driverId = "d1", validUntil = "2030-01-01T02:00:00.1239+02:00", concurrentSessions = 2 });
        made.Is(HttpStatusCode.Created);
        Assert.Equal("/api/v1/tokens/04aBcD", made.Headers.Location!.ToString());
        var read = await api.GetAsync("tokens/04ABCD");
        Assert.Equal(("04aBcD", "adHoc", "active", "2030-01-01T00:00:00.123Z"), (read.Text("uid"), read.Text("type"), read.Text("status"), read.Text("validUntil")));
        (await api.PostAsync("tokens", new { uid = "04abcd", type = "rfid" })).Is(HttpStatusCode.Conflict, "tokenExists");

        var changed = await api.PatchAsync("tokens/04abcd", new { status = "blocked", validUntil = (string?)null });
        Assert.Equal(("blocked", "d1"), (changed.Text("status"), changed.Text("driverId")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, changed.Body.GetProperty("validUntil").ValueKind);
        (await api.PatchAsync("tokens/04abcd", new { uid = "other" })).Is(HttpStatusCode.BadRequest, "immutable");
        (await api.PatchAsync("tokens/04abcd", """{"type":null}""")).Is(HttpStatusCode.BadRequest, "required");
        (await api.PatchAsync("tokens/04abcd", """{"colour":1}""")).Is(HttpStatusCode.BadRequest, "unknownMember");
        (await api.PatchAsync("tokens/04abcd", """{"status":"active","status":"blocked"}""")).Is(HttpStatusCode.BadRequest, "duplicateMember");

        (await api.DeleteAsync("tokens/04abcd")).Is(HttpStatusCode.NoContent);
        (await api.GetAsync("tokens/04abcd")).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_import_writes_all_rows_or_none(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("tokens", new { uid = "OLD", type = "rfid" })).Is(HttpStatusCode.Created);

        var wrong = await api.PostAsync("tokens/import", """[{"uid":"A","type":"rfid"},{"uid":"B","type":"pigeon"},{"uid":"a","type":"rfid"},{"type":"rfid"}]""");
        wrong.Is(HttpStatusCode.BadRequest, "invalid");
        Assert.Equal(["/1/type", "/3/uid"], wrong.Pointers.Order());
        var twice = await api.PostAsync("tokens/import", """[{"uid":"A","type":"rfid"},{"uid":"a","type":"rfid"}]""");
        twice.Is(HttpStatusCode.BadRequest, "duplicateRow");
        var differs = await api.PostAsync("tokens/import", """[{"uid":"A","type":"rfid"},{"uid":"old","type":"app"}]""");
        differs.Is(HttpStatusCode.BadRequest, "differs");
        Assert.Equal(["/1"], differs.Pointers);
        Assert.Single((await api.GetAsync("tokens")).Items);

        var right = await api.PostAsync("tokens/import", """[{"uid":"A","type":"rfid"},{"uid":"old","type":"rfid"}]""");
        right.Is(HttpStatusCode.OK);
        Assert.Equal(["0 A created", "1 old unchanged"], right.Items.Select(item => $"{item.GetProperty("row")} {item.GetProperty("uid")} {item.GetProperty("status")}"));
        Assert.All((await api.PostAsync("tokens/import", """[{"uid":"A","type":"rfid"}]""")).Items, item => Assert.Equal("unchanged", item.GetProperty("status").GetString()));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Csv_is_read_as_the_same_objects(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var right = await api.SendAsync(HttpMethod.Post, "tokens/import", "uid,type,concurrentSessions,groupId\r\nA,rfid,3,\"x, \"\"y\"\"\"\r\n0012,app,,\r\n", "text/csv");
        right.Is(HttpStatusCode.OK);
        var a = await api.GetAsync("tokens/A");
        Assert.Equal((3, "x, \"y\""), (a.Body.GetProperty("concurrentSessions").GetInt32(), a.Text("groupId")));
        Assert.Equal("0012", (await api.GetAsync("tokens/0012")).Text("uid"));

        (await ImportAsync("uid,type,colour\nB,rfid,red\n")).Is(HttpStatusCode.BadRequest, "unknownMember");
        (await ImportAsync("uid,uid\nB,C\n")).Is(HttpStatusCode.BadRequest);
        (await ImportAsync("uid,type\nB\n")).Is(HttpStatusCode.BadRequest, "malformedCsv");
        (await ImportAsync("uid,type\n\"B,rfid\n")).Is(HttpStatusCode.BadRequest, "malformedCsv");
        Assert.Equal(["/1/type"], (await ImportAsync("uid,type\nB,rfid\nC,pigeon\n")).Pointers);
        Assert.Equal(2, (await api.GetAsync("tokens")).Items.Count());

        Task<Answer> ImportAsync(string csv) => api.SendAsync(HttpMethod.Post, "tokens/import", csv, "text/csv");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_large_import_is_taken_and_one_too_large_refused(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var rows = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"TOKEN-NUMBER-{i:D12}-{"x",40},rfid\n"));
        (await api.SendAsync(HttpMethod.Post, "tokens/import", "uid,type\n" + rows, "text/csv")).Is(HttpStatusCode.OK);
        (await api.PostAsync("tokens/import", "[" + string.Join(',', Enumerable.Repeat("{}", 100_001)) + "]")).Is(HttpStatusCode.BadRequest, "tooManyRows");
    }
}
