using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Busbar.Identity.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>What every endpoint does alike, seen through tokens.</summary>
public sealed class ApiEdgeTests(Servers servers)
{
    [Theory]
    [InlineData("""{"uid":"A","type":"rfid","colour":"red"}""", "unknownMember", "/colour")]
    [InlineData("""{"uid":"A","uid":"B","type":"rfid"}""", "duplicateMember", "/uid")]
    [InlineData("""{"type":"rfid"}""", "required", "/uid")]
    [InlineData("""{"uid":null,"type":"rfid"}""", "required", "/uid")]
    [InlineData("""{"uid":"A","type":"pigeon"}""", "invalidValue", "/type")]
    [InlineData("""{"uid":"A","type":0}""", "invalidValue", "/type")]
    [InlineData("""{"UID":"A","uid":"A","type":"rfid"}""", "unknownMember", "/UID")]
    [InlineData("""{"uid":"A","type":"rfid","validUntil":"2027-01-01T00:00:00"}""", "invalidValue", "/validUntil")]
    [InlineData("""{"uid":"A","type":"rfid","concurrentSessions":1.5}""", "invalidValue", "/concurrentSessions")]
    [InlineData("""{"uid":"A","type":"rfid","concurrentSessions":1e308}""", "invalidValue", "/concurrentSessions")]
    [InlineData("""{"uid":"A","type":"rfid","concurrentSessions":"1"}""", "invalidValue", "/concurrentSessions")]
    [InlineData("""{"uid":"A\u0000B","type":"rfid"}""", "invalidText", "/uid")]
    [InlineData("""{"uid":"\ud800","type":"rfid"}""", "invalidText", "/uid")]
    [InlineData("""{"a/b~c":1,"uid":"A","type":"rfid"}""", "unknownMember", "/a~1b~0c")]
    [InlineData("""{"uid":"A","type":"rfid"} x""", "malformedJson", "")]
    [InlineData("""{"uid":"A",}""", "malformedJson", "")]
    [InlineData("", "malformedJson", "")]
    [InlineData("null", "required", "")]
    [InlineData("[]", "invalidValue", "")]
    public async Task A_body_that_is_not_right_is_refused_by_pointer(string body, string code, string pointer)
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var answer = await api.PostAsync("tokens", body);
        answer.Is(HttpStatusCode.BadRequest, code);
        Assert.Equal([pointer], answer.Pointers);
        Assert.Empty((await api.GetAsync("tokens")).Items);
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var answer = await api.PostAsync("stations", """{"a":1,"evses":[{"id":1,"id":2},{"connectors":[{"watts":5}]}]}""");
        answer.Is(HttpStatusCode.BadRequest, "invalid");
        Assert.Equal(["/a", "/evses/0/connectors", "/evses/0/id", "/evses/1/connectors/0/id", "/evses/1/connectors/0/watts", "/evses/1/id", "/stationId"], answer.Pointers.Order());
    }

    [Fact]
    public async Task Deep_and_large_bodies_are_refused_and_leave_the_server_well()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        (await api.PostAsync("tokens", new string('[', 10_000))).Is(HttpStatusCode.BadRequest, "malformedJson");
        (await api.PostAsync("tokens", "\"" + new string('x', 2_000_000) + "\"")).Is(HttpStatusCode.RequestEntityTooLarge, "tooLarge");
        (await api.GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_routing_refuses_is_a_problem_too()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.GetAsync("/nowhere")).Is(HttpStatusCode.NotFound, "notFound");
        (await api.SendAsync(HttpMethod.Put, "tokens", "{}")).Is(HttpStatusCode.MethodNotAllowed, "methodNotAllowed");
        (await api.SendAsync(HttpMethod.Post, "tokens", "uid=A", "application/x-www-form-urlencoded")).Is(HttpStatusCode.UnsupportedMediaType, "unsupportedMediaType");
        (await api.GetAsync("tokens?status=pigeon")).Is(HttpStatusCode.BadRequest, "invalidParameter");
        (await api.GetAsync("tokens?limit=0")).Is(HttpStatusCode.BadRequest, "invalidLimit");
        (await api.GetAsync("tokens?limit=201")).Is(HttpStatusCode.BadRequest, "invalidLimit");
        (await api.GetAsync("tokens?cursor=%25")).Is(HttpStatusCode.BadRequest, "invalidCursor");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_list_is_read_page_by_page(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("tokens/import", Enumerable.Range(0, 7).Select(i => new { uid = $"U{i}", type = i % 2 == 0 ? "rfid" : "app" }))).Is(HttpStatusCode.OK);
        Assert.Equal(["U0", "U1", "U2", "U3", "U4", "U5", "U6"], (await WalkAsync(api, "tokens?limit=3", "uid")).Order());
        Assert.Equal(["U1", "U3", "U5"], (await WalkAsync(api, "tokens?limit=1&type=app", "uid")).Order());
        for (var i = 0; i < 3; i++) (await api.PostAsync("locations", Given.Location)).Is(HttpStatusCode.Created);
        Assert.Equal(3, (await WalkAsync(api, "locations?limit=1", "id")).Distinct().Count());
        for (var i = 0; i < 3; i++) (await api.PostAsync("api-clients", new { name = $"c{i}", scopes = new[] { "tokens:read" } })).Is(HttpStatusCode.Created);
        Assert.Equal(3, (await WalkAsync(api, "api-clients?limit=2", "id")).Distinct().Count());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_change_names_the_revision_it_was_made_for(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var first = (await api.PostAsync("tokens", new { uid = "A", type = "rfid" })).Tag;
        Assert.Equal(first, (await api.GetAsync("tokens/A")).Tag);

        var changed = await api.PatchAsync("tokens/A", new { groupId = "g" }, first);
        changed.Is(HttpStatusCode.OK);
        Assert.NotEqual(first, changed.Tag);
        (await api.PatchAsync("tokens/A", new { groupId = "h" }, first)).Is(HttpStatusCode.PreconditionFailed, "preconditionFailed");
        (await api.DeleteAsync("tokens/A", first)).Is(HttpStatusCode.PreconditionFailed);
        (await api.PatchAsync("tokens/A", new { groupId = "i" }, $"{first}, {changed.Tag}")).Is(HttpStatusCode.OK);
        (await api.PatchAsync("tokens/A", new { groupId = "j" }, "*")).Is(HttpStatusCode.OK);
        Assert.Equal("j", (await api.GetAsync("tokens/A")).Text("groupId"));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Changes_at_one_moment_do_not_overwrite_each_other(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var tag = (await api.PostAsync("tokens", new { uid = "A", type = "rfid" })).Tag;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => api.PatchAsync("tokens/A", new { groupId = $"g{i}" }, tag)));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed }));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_repeated_request_gets_the_first_answer(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var body = new { stationId = "CP" };
        var first = await api.PostAsync("stations", body, "key-1");
        first.Is(HttpStatusCode.Created);
        var again = await api.PostAsync("stations", body, "key-1");
        again.Is(HttpStatusCode.Created);
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        Assert.Equal((first.Tag, first.Headers.Location), (again.Tag, again.Headers.Location));

        (await api.PostAsync("stations", new { stationId = "CP2" }, "key-1")).Is(HttpStatusCode.UnprocessableEntity, "idempotencyKeyReused");
        (await api.PostAsync("stations", body, "key-2")).Is(HttpStatusCode.Conflict, "stationExists");
        (await api.PostAsync("stations", body)).Is(HttpStatusCode.Conflict, "stationExists");
        // Another tenant's keys are its own.
        (await (await server.NewTenantAsync()).PostAsync("stations", body, "key-1")).Is(HttpStatusCode.Created);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_changes_or_removes_is_repeated_by_its_key_too(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("tokens", new { uid = "CARD", type = "rfid" });
        var changed = await api.PatchAsync("tokens/CARD", new { status = "blocked" }, made.Tag, "change");
        changed.Is(HttpStatusCode.OK);
        // Somebody else changes it back; the repeat of what was done before is answered, and not done over that.
        (await api.PatchAsync("tokens/CARD", new { status = "active" })).Is(HttpStatusCode.OK);
        var again = await api.PatchAsync("tokens/CARD", new { status = "blocked" }, made.Tag, "change");
        Assert.Equal((HttpStatusCode.OK, changed.Body.ToString(), changed.Tag), (again.Status, again.Body.ToString(), again.Tag));
        Assert.Equal("active", (await api.GetAsync("tokens/CARD")).Text("status"));
        (await api.PatchAsync("tokens/CARD", new { status = "blocked" }, "*", "change")).Is(HttpStatusCode.UnprocessableEntity, "idempotencyKeyReused");

        var location = (await api.PostAsync("locations", Given.Location)).Text("id");
        (await api.DeleteAsync($"locations/{location}", idempotencyKey: "gone")).Is(HttpStatusCode.NoContent);
        (await api.DeleteAsync($"locations/{location}", idempotencyKey: "gone")).Is(HttpStatusCode.NoContent);
        (await api.DeleteAsync($"locations/{location}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Where_a_key_is_required_its_lack_is_refused_and_the_description_says_so()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var paths = (await server.Anonymous.GetAsync("/openapi/v1.json")).Body.GetProperty("paths");
        foreach (var (route, path, body) in new[] { ("tariffs/{id}/versions", "tariffs/1/versions", """{"tariff":{}}"""), ("sessions/{id}/review", "sessions/1/review", """{"decision":"bill"}""") })
        {
            (await server.Admin.PostAsync(path, body)).Is(HttpStatusCode.BadRequest, "idempotencyKeyRequired");
            (await server.Admin.PostAsync(path, body, " ")).Is(HttpStatusCode.BadRequest);
            var header = paths.GetProperty("/api/v1/" + route).GetProperty("post").GetProperty("parameters").EnumerateArray().Single(it => it.GetProperty("name").GetString() == "Idempotency-Key");
            Assert.True(header.GetProperty("required").GetBoolean());
        }
        var free = paths.GetProperty("/api/v1/tokens/{uid}").GetProperty("patch").GetProperty("parameters").EnumerateArray().Single(it => it.GetProperty("name").GetString() == "Idempotency-Key");
        Assert.False(free.TryGetProperty("required", out var required) && required.GetBoolean());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_key_is_free_again_after_a_day_and_its_answer_was_sealed(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var password = (await server.Admin.PostAsync("stations", new { stationId = "CP" }, "day")).Text("password");
        clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(password, (await server.Admin.PostAsync("stations", new { stationId = "CP" }, "day")).Text("password"));
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>().OpenAsync(TenantScope.System, CancellationToken.None))
        {
            var kept = Assert.Single(await db.Idempotency.ToListAsync());
            Assert.DoesNotContain(password, System.Text.Encoding.UTF8.GetString(kept.Answer!), StringComparison.Ordinal);
            // Nor can a request be guessed from its hash by who has the table and not the installation's key.
            byte[] request = [.. "POST /api/v1/stations\n\n"u8, .. SHA256.HashData("""{"stationId":"CP"}"""u8)];
            Assert.DoesNotContain(Convert.ToHexString(kept.RequestHash), new[] { Convert.ToHexString(SHA256.HashData(request)), Convert.ToHexString(SHA256.HashData("""{"stationId":"CP"}"""u8)) });
        }
        clock.Advance(TimeSpan.FromHours(2));
        (await server.Admin.PostAsync("stations", new { stationId = "CP" }, "day")).Is(HttpStatusCode.Conflict, "stationExists");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Repeats_at_one_moment_run_once(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => api.PostAsync("locations", Given.Location, "one")));
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created || answer.Code == "idempotencyInProgress", answer.Body.ToString()));
        Assert.Single((await api.GetAsync("locations")).Items);
    }

    [Fact]
    public async Task The_description_is_openapi_3_1_and_names_every_path()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var description = await server.Anonymous.GetAsync("/openapi/v1.json");
        Assert.StartsWith("3.1", description.Text("openapi"), StringComparison.Ordinal);
        var paths = description.Body.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        foreach (var path in new[] { "/api/v1/tenants", "/api/v1/api-clients/{id}", "/api/v1/tokens/{uid}", "/api/v1/stations/import", "/api/v1/locations" }) Assert.Contains(path, paths);
        var create = description.Body.GetProperty("paths").GetProperty("/api/v1/tokens").GetProperty("post");
        Assert.True(create.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _));
        Assert.True(create.GetProperty("responses").TryGetProperty("201", out _));
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous.GetAsync("/metrics")).Status);
    }

    [Fact]
    public async Task The_description_has_every_route_once()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var described = (await server.Anonymous.GetAsync("/openapi/v1.json")).Body.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Where(member => member.Value.TryGetProperty("responses", out _)).Select(member => (Route: $"{member.Name.ToUpperInvariant()} {path.Name}", member.Value))).ToList();
        var served = server.Services.GetRequiredService<Microsoft.AspNetCore.Routing.EndpointDataSource>().Endpoints.OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.IHttpMethodMetadata>()?.HttpMethods.Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/').Replace(":int}", "}", StringComparison.Ordinal)}") ?? [])
            .Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(served.Count > 30, $"{served.Count} routes");
        Assert.Equal(served, described.Select(operation => operation.Route).Order(StringComparer.Ordinal));
        var ids = described.Where(operation => operation.Value.TryGetProperty("operationId", out _)).Select(operation => operation.Value.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(ids.Distinct(), ids);
    }

    private static async Task<List<string>> WalkAsync(ApiClient api, string path, string member)
    {
        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = await api.GetAsync(cursor is null ? path : $"{path}&cursor={cursor}");
            page.Is(HttpStatusCode.OK);
            seen.AddRange(page.Items.Select(item => item.GetProperty(member).GetString()!));
            cursor = page.Body.GetProperty("nextCursor") is { ValueKind: JsonValueKind.String } next ? next.GetString() : null;
        } while (cursor is not null && seen.Count < 100);
        return seen;
    }
}
