using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>OAuth 2 client credentials, RFC 6749: tokens that last ten minutes, and not a moment longer than the key that they were got with.</summary>
[Trait("suite", "stories")]
public sealed class TokenTests(Servers servers)
{
    private const string Grant = "client_credentials";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_key_is_changed_for_a_token_that_may_what_it_asked_for(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read", "tokens:write", "stations:read" } });
        foreach (var isBasic in new[] { true, false })
        {
            var (all, headers) = await AskAsync(server, Form(made, isBasic, ("grant_type", Grant)), isBasic ? Basic(made) : null);
            Assert.Equal(("Bearer", 600, "stations:read tokens:read tokens:write"), (all.GetProperty("token_type").GetString(), all.GetProperty("expires_in").GetInt32(), all.GetProperty("scope").GetString()));
            Assert.Equal(("no-store", "no-cache"), (headers.CacheControl!.ToString(), headers.Pragma.ToString()));
            var token = all.GetProperty("access_token").GetString()!;
            (await server.With(token).PostAsync("tokens", new { uid = $"A{isBasic}", type = "rfid" })).Is(HttpStatusCode.Created);
            var me = await server.With(token).GetAsync("me");
            Assert.Equal(made.Text("id"), me.Text("id"));

            var (narrow, _) = await AskAsync(server, Form(made, isBasic, ("grant_type", Grant), ("scope", "tokens:read")), isBasic ? Basic(made) : null);
            Assert.Equal("tokens:read", narrow.GetProperty("scope").GetString());
            var reader = server.With(narrow.GetProperty("access_token").GetString()!);
            (await reader.GetAsync("tokens")).Is(HttpStatusCode.OK);
            (await reader.PostAsync("tokens", new { uid = "B", type = "rfid" })).Is(HttpStatusCode.Forbidden, "forbidden");
            (await reader.GetAsync("stations")).Is(HttpStatusCode.Forbidden, "forbidden");
            Assert.Equal(["tokens:read"], (await reader.GetAsync("me")).Body.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        }
        // What is taken from the client is taken from its tokens, and what it is given later they have not.
        var before = await TokenAsync(server, made.Text("id"), made.Text("key"));
        (await admin.PatchAsync($"api-clients/{made.Text("id")}", new { scopes = new[] { "tokens:read", "cdrs:read" } })).Is(HttpStatusCode.OK);
        (await server.With(before).GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await server.With(before).PostAsync("tokens", new { uid = "C", type = "rfid" })).Is(HttpStatusCode.Forbidden);
        (await server.With(before).GetAsync("cdrs")).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_token_of_everything_may_everything_and_of_one_place_what_is_there()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var admin = await server.NewTenantAsync();
        var all = await admin.PostAsync("api-clients", new { name = "all", scopes = new[] { "*" } });
        (await server.With(await TokenAsync(server, all.Text("id"), all.Text("key"))).PostAsync("stations", new { stationId = "ONE" })).Is(HttpStatusCode.Created);
        var narrowed = server.With(await TokenAsync(server, all.Text("id"), all.Text("key"), "stations:read"));
        (await narrowed.GetAsync("stations")).Is(HttpStatusCode.OK);
        (await narrowed.PostAsync("stations", new { stationId = "TWO" })).Is(HttpStatusCode.Forbidden);
        (await admin.PostAsync("stations", new { stationId = "TWO" })).Is(HttpStatusCode.Created);
        var site = await admin.PostAsync("api-clients", new { name = "site", scopes = new[] { "stations:read" }, where = new { stations = new[] { "TWO" } } });
        Assert.Equal("TWO", Assert.Single((await server.With(await TokenAsync(server, site.Text("id"), site.Text("key"))).GetAsync("stations")).Items).GetProperty("stationId").GetString());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_token_ends_after_ten_minutes_with_its_key_with_its_client_and_outside_of_its_addresses(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var made = await server.Admin.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read" } });
        var (id, path) = (made.Text("id"), $"api-clients/{made.Text("id")}");
        var token = await TokenAsync(server, id, made.Text("key"));
        clock.Advance(TimeSpan.FromSeconds(599));
        await IsAsync(token, HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromSeconds(2));
        await IsAsync(token, HttpStatusCode.Unauthorized);

        // The key's overlap is the token's too, and is told.
        var second = await server.Admin.PostAsync(path + "/rotate-key", new { overlapSeconds = 120 });
        var (old, _) = await AskAsync(server, [("grant_type", Grant), ("client_id", id), ("client_secret", made.Text("key"))], null);
        Assert.InRange(old.GetProperty("expires_in").GetInt32(), 100, 120);
        var (ofOld, ofNew) = (old.GetProperty("access_token").GetString()!, await TokenAsync(server, id, second.Text("key")));
        await IsAsync(ofOld, HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromSeconds(121));
        await IsAsync(ofOld, HttpStatusCode.Unauthorized);
        await IsAsync(ofNew, HttpStatusCode.OK);
        await server.Admin.PostAsync(path + "/rotate-key", new { overlapSeconds = 0 });
        await IsAsync(ofNew, HttpStatusCode.Unauthorized);

        var third = await server.Admin.PostAsync(path + "/rotate-key", new { });
        var bound = await TokenAsync(server, id, third.Text("key"));
        (await server.Admin.PatchAsync(path, new { allowedAddresses = new[] { "127.0.6.0/24" } })).Is(HttpStatusCode.OK);
        await IsAsync(bound, HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, [("grant_type", Grant), ("client_id", id), ("client_secret", third.Text("key"))], null)).StatusCode);
        using (var near = ApiClientTests.From(server, "127.0.6.1")) (await new ApiClient(near, bound, null).GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await server.Admin.PatchAsync(path, new { allowedAddresses = (string[]?)null, expiresAt = clock.GetUtcNow().AddSeconds(30) })).Is(HttpStatusCode.OK);
        await IsAsync(bound, HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromSeconds(31));
        await IsAsync(bound, HttpStatusCode.Unauthorized);
        (await server.Admin.PatchAsync(path, new { expiresAt = (string?)null })).Is(HttpStatusCode.OK);
        await IsAsync(bound, HttpStatusCode.OK);
        (await server.Admin.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        await IsAsync(bound, HttpStatusCode.Unauthorized);

        async Task IsAsync(string credential, HttpStatusCode status) => Assert.Equal(status, (await server.With(credential).GetAsync("tokens")).Status);
    }

    [Fact]
    public async Task A_token_that_was_touched_is_none()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read" } });
        var other = await admin.PostAsync("api-clients", new { name = "other", scopes = new[] { "*" } });
        var token = await TokenAsync(server, made.Text("id"), made.Text("key"));
        const string prefix = "busbar_token.";
        var bytes = Base64Url.DecodeFromChars(token.AsSpan(prefix.Length));
        for (var i = 0; i < bytes.Length; i++)
        {
            byte[] bad = [.. bytes];
            bad[i] ^= 1;
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.With(prefix + Base64Url.EncodeToString(bad)).GetAsync("me")).Status);
        }
        // Another client's name under this one's hash.
        byte[] swapped = [.. bytes];
        Base64Url.DecodeFromChars((await TokenAsync(server, other.Text("id"), other.Text("key"))).AsSpan(prefix.Length)).AsSpan(1, 16).CopyTo(swapped.AsSpan(1));
        foreach (var bad in new[] { prefix, prefix + "AA", prefix + new string('A', 100), prefix + new string('A', 100_00), token[..^1], token + "A", token + "=", token[prefix.Length..], token.ToUpperInvariant(), prefix + Base64Url.EncodeToString(swapped), prefix + "%%%", prefix + token })
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.With(bad).GetAsync("me")).Status);
        (await server.With(token).GetAsync("me")).Is(HttpStatusCode.OK);
        // No key: it gets no other.
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, [("grant_type", Grant), ("client_id", made.Text("id")), ("client_secret", token)], null)).StatusCode);
    }

    [Fact]
    public async Task What_is_refused_says_so_in_the_standards_words()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read" } });
        var other = await admin.PostAsync("api-clients", new { name = "other", scopes = new[] { "tokens:read" } });
        var (id, key) = (made.Text("id"), made.Text("key"));
        await IsAsync(401, "invalid_client", [("grant_type", Grant)]);
        await IsAsync(401, "invalid_client", [("grant_type", Grant), ("client_id", id), ("client_secret", key + "x")]);
        await IsAsync(401, "invalid_client", [("grant_type", Grant), ("client_id", other.Text("id")), ("client_secret", key)]);
        await IsAsync(401, "invalid_client", [("grant_type", Grant), ("client_id", id.ToUpperInvariant()), ("client_secret", key)]);
        await IsAsync(401, "invalid_client", [("grant_type", Grant)], "Basic %%%");
        await IsAsync(401, "invalid_client", [("grant_type", Grant)], "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(id)));
        await IsAsync(401, "invalid_client", [("grant_type", Grant)], "Bearer " + key);
        await IsAsync(400, "invalid_request", [("client_id", id), ("client_secret", key)]);
        await IsAsync(400, "invalid_request", [("grant_type", Grant), ("grant_type", Grant), ("client_id", id), ("client_secret", key)]);
        await IsAsync(400, "invalid_request", [("grant_type", Grant), ("client_id", id), ("client_secret", key)], Basic(made));
        await IsAsync(400, "invalid_request", [("grant_type", Grant), ("client_id", other.Text("id"))], Basic(made));
        await IsAsync(400, "invalid_request", [("grant_type", Grant), ("client_id", id), ("client_secret", key), ("scope", new string('x', 20_000))]);
        await IsAsync(400, "unsupported_grant_type", [("grant_type", "password"), ("client_id", id), ("client_secret", key)]);
        foreach (var scope in new[] { "tokens:write", "*", "tokens:read tokens:write", "nonsense", "tokens:read,cdrs:read", "TOKENS:READ" })
            await IsAsync(400, "invalid_scope", [("grant_type", Grant), ("client_id", id), ("client_secret", key), ("scope", scope)]);
        foreach (var (body, type) in new[] { ("""{"grant_type":"client_credentials"}""", "application/json"), ("", "text/plain"), ("--x--", "multipart/form-data; boundary=x") })
        {
            using var sent = await server.Anonymous.Http.PostAsync("/oauth/token", new StringContent(body, MediaTypeHeaderValue.Parse(type)), TestContext.Current.CancellationToken);
            await IsItAsync(sent, 400, "invalid_request");
        }
        // The same key by the header, written as a form would, and a parameter that we do not know.
        var (good, _) = await AskAsync(server, [("grant_type", Grant), ("resource", "x")], "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{key.Replace("_", "%5F", StringComparison.Ordinal)}")));
        Assert.Equal("tokens:read", good.GetProperty("scope").GetString());

        async Task IsAsync(int status, string error, (string, string)[] form, string? authorization = null)
        {
            using var answer = await SendAsync(server, form, authorization);
            await IsItAsync(answer, status, error);
        }

        static async Task IsItAsync(HttpResponseMessage answer, int status, string error)
        {
            var body = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal((status, error, "application/json"), ((int)answer.StatusCode, body.GetProperty("error").GetString(), answer.Content.Headers.ContentType?.MediaType));
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.Equal(status == 401 ? "Basic" : null, answer.Headers.WwwAuthenticate.FirstOrDefault()?.Scheme);
        }
    }

    [Fact]
    public async Task Guessing_is_throttled_like_wrong_keys_and_a_right_key_is_not()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:ApiFailuresPerMinute=5");
        var made = await server.Admin.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read" } });
        (string, string)[] wrong = [("grant_type", Grant), ("client_id", made.Text("id")), ("client_secret", "guess")];
        for (var i = 0; i < 5; i++) Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(server, wrong, null)).StatusCode);
        using var late = await SendAsync(server, wrong, null);
        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        Assert.InRange(late.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Equal("temporarily_unavailable", JsonElement.Parse(await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error").GetString());
        // One budget with the keys.
        (await server.With("wrong").GetAsync("tokens")).Is(HttpStatusCode.TooManyRequests);
        await TokenAsync(server, made.Text("id"), made.Text("key"));
    }

    [Fact]
    public async Task Where_tokens_are_got_is_described()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var told = (await server.Anonymous.GetAsync("/.well-known/oauth-authorization-server")).Body;
        Assert.Equal(server.Address.ToString().TrimEnd('/'), told.GetProperty("issuer").GetString());
        Assert.Equal(new Uri(server.Address, "/oauth/token"), new Uri(told.GetProperty("token_endpoint").GetString()!));
        Assert.Equal(["client_credentials"], told.GetProperty("grant_types_supported").EnumerateArray().Select(one => one.GetString()));
        var schemes = (await server.Anonymous.GetAsync("/openapi/v1.json")).Body.GetProperty("components").GetProperty("securitySchemes");
        var flow = schemes.GetProperty("clientCredentials").GetProperty("flows").GetProperty("clientCredentials");
        Assert.Equal("/oauth/token", flow.GetProperty("tokenUrl").GetString());
        Assert.True(flow.GetProperty("scopes").TryGetProperty("stations:command", out _));
    }

    internal static async Task<string> TokenAsync(RunningServer server, string id, string key, string? scope = null)
    {
        (string, string)[] form = [("grant_type", Grant), ("client_id", id), ("client_secret", key), .. scope is null ? Array.Empty<(string, string)>() : [("scope", scope)]];
        return (await AskAsync(server, form, null)).Body.GetProperty("access_token").GetString()!;
    }

    private static async Task<(JsonElement Body, HttpResponseHeaders Headers)> AskAsync(RunningServer server, (string Name, string Value)[] form, string? authorization)
    {
        using var answer = await SendAsync(server, form, authorization);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return (JsonElement.Parse(text), answer.Headers);
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, (string Name, string Value)[] form, string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token") { Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await server.Anonymous.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static (string, string)[] Form(Answer made, bool isBasic, params (string, string)[] more) => isBasic ? more : [.. more, ("client_id", made.Text("id")), ("client_secret", made.Text("key"))];

    private static string Basic(Answer made) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{made.Text("id")}:{made.Text("key")}"));
}
