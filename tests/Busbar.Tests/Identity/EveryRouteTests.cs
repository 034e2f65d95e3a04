using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Identity.Http;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Busbar.Tests.Identity;

/// <summary>
/// What holds at every route that there is, by reflection, so that one that is added later is held to it too: another site's page does nothing with an operator's session (S10), a body says
/// nothing that its form does not have (S6), and no list can be asked for without end (S21).
/// </summary>
[Trait("suite", "stories")]
public sealed class EveryRouteTests(Servers servers)
{
    // A guard that is away is seen at every route: so many will do.
    private const int Enough = 20;

    private static readonly string[] Safe = ["GET", "HEAD", "OPTIONS"];

    // What another site's page may send, or a browser that says nothing of where it comes from.
    private static readonly (string Name, string Value)[][] Foreign =
    [
        [], [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "none")],
        [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")],
    ];

    // Members that rows have and callers must not set.
    private static readonly string[] Rows =
        ["tenantId", "tenant", "revision", "createdAt", "deletedAt", "keyHash", "passwordHash", "securityStamp", "secretHash", "sealedSecret", "configured", "isAdmin", "rights", "actor", "parent", "__proto__"];

    [Fact]
    public async Task Another_site_does_nothing_with_an_operators_session()
    {
        var (wrong, asked, reached) = await AskFromElsewhereAsync();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
        Assert.True(reached > 40, $"{reached} reached");
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests of other sites, {reached} of our own");
    }

    /// <summary>The negative control: a server to which every page is its own.</summary>
    [Fact]
    public async Task A_server_that_listens_to_other_sites_is_caught() =>
        Assert.True((await AskFromElsewhereAsync(http => http.Request.Headers["Sec-Fetch-Site"] = "same-origin")).Wrong.Count >= Enough);

    private async Task<(List<string> Wrong, int Asked, int Reached)> AskFromElsewhereAsync(Action<HttpContext>? guardOff = null)
    {
        await using var server = await StartAsync(guardOff);
        var owner = await Staff.FoundAsync(server);
        var (wrong, asked, reached) = (new List<string>(), 0, 0);
        foreach (var (route, method, path) in Ways(server))
        {
            if (guardOff is not null && wrong.Count >= Enough) break;
            if (Safe.Contains(method) && !path.Contains("_blazor", StringComparison.Ordinal)) continue;
            foreach (var headers in Foreign)
            {
                asked++;
                // The hub's socket is opened by a GET.
                (string, string)[] all = method == "GET" ? [.. headers, ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")] : headers;
                var answer = await owner.SendAsync(new HttpMethod(method), path, method == "GET" ? null : Browser.JsonContent(new { }), all);
                if (answer.Status != HttpStatusCode.Forbidden || answer.Code != "foreignOrigin") wrong.Add($"{method} {path} ({string.Join(' ', headers)}): {(int)answer.Status} {answer.Code}");
                if (answer.Headers.Any(header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))) wrong.Add($"{method} {path}: another site may read it");
            }
            // The control: our own page is not stopped by its origin. What ends the session with which is asked is not asked.
            if (method == "GET" || route.RoutePattern.RawText!.Contains("sign", StringComparison.Ordinal)) continue;
            reached++;
            if ((await owner.FetchAsync(new HttpMethod(method), path, new { })).Code == "foreignOrigin") wrong.Add($"{method} {path}: our own page is refused");
        }
        return (wrong, asked, reached);
    }

    [Fact]
    public async Task No_body_says_what_its_form_does_not_have()
    {
        var (wrong, forms, asked) = await SayTooMuchAsync();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
        Assert.True(forms > 15 && asked > 300, $"{forms} forms, {asked} requests");
        TestContext.Current.TestOutputHelper?.WriteLine($"{forms} forms, {asked} requests");
    }

    /// <summary>The negative control: a server that passes over what it does not know.</summary>
    [Fact]
    public async Task A_server_that_passes_over_members_is_caught() => Assert.True((await SayTooMuchAsync(PassOver)).Wrong.Count >= Enough);

    private async Task<(List<string> Wrong, int Forms, int Asked)> SayTooMuchAsync(Action<HttpContext>? guardOff = null)
    {
        await using var server = await StartAsync(guardOff);
        var owner = await Staff.FoundAsync(server);
        var (wrong, forms, asked) = (new List<string>(), new HashSet<Type>(), 0);
        foreach (var (route, method, path) in Ways(server))
        {
            if (guardOff is not null && wrong.Count >= Enough) break;
            if (Safe.Contains(method) || !path.StartsWith("/api/", StringComparison.Ordinal) || route.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not { } form) continue;
            if (InfoOf(form) is not { Kind: JsonTypeInfoKind.Object } info) continue;
            if (forms.Add(form))
                foreach (var (json, pointer, code) in Bad(info, [], 0))
                    if (!Complains(json, form, pointer, code)) wrong.Add($"{form.Name}: {pointer} is not {code} in {json}");
            // Over the wire too, where what is changed need not be there first.
            if (method != "POST") continue;
            foreach (var member in Rows.Where(member => info.Properties.All(property => property.Name != member)))
            {
                asked++;
                var answer = await owner.FetchAsync(new HttpMethod(method), path, new Dictionary<string, object> { [member] = "x" });
                if (answer.Status != HttpStatusCode.BadRequest || !Told(answer, "/" + member, "unknownMember")) wrong.Add($"{method} {path}: {member} gives {(int)answer.Status} {answer.Text}");
            }
        }
        return (wrong, forms.Count, asked);
    }

    [Fact]
    public async Task No_list_is_asked_for_without_end()
    {
        var (wrong, paged, whole) = await AskForAllAsync();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
        Assert.True(paged >= 15, $"{paged} lists");
        // To be read in a review: each is bounded by what it is of.
        Assert.Equal(
            [
                "/api/v1/alert-rules", "/api/v1/encryption-keys", "/api/v1/identity-providers", "/api/v1/me/sign-ins", "/api/v1/orphan-events", "/api/v1/people/{id}/sign-ins", "/api/v1/price-curves/{id}/prices", "/api/v1/roles", "/api/v1/tariffs/{id}/assignments", "/api/v1/tenants/{id}/break-glass", "/api/v1/tenants/{id}/four-eyes",
            ], whole);
    }

    /// <summary>The negative control: a server that gives as much as it is asked for, or what it likes.</summary>
    [Fact]
    public async Task A_server_that_takes_any_limit_is_caught() =>
        Assert.True((await AskForAllAsync(http => http.Request.QueryString = http.Request.Query.ContainsKey("limit") ? QueryString.Empty : http.Request.QueryString)).Wrong.Count >= Enough);

    private async Task<(List<string> Wrong, int Paged, IReadOnlyCollection<string> Whole)> AskForAllAsync(Action<HttpContext>? guardOff = null)
    {
        await using var server = await StartAsync(guardOff);
        var owner = await Staff.FoundAsync(server);
        var rows = string.Join(',', Enumerable.Range(0, 1_000).Select(i => $$"""{"stationId":"LIST-{{i:0000}}","name":"{{new string('n', 200)}}"}"""));
        (await owner.SendAsync(HttpMethod.Post, "/api/v1/stations/import", new StringContent($"[{rows}]", System.Text.Encoding.UTF8, "application/json"), ("Origin", owner.Origin))).Is(HttpStatusCode.OK);
        var (wrong, paged, whole) = (new List<string>(), 0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var (route, method, path) in Ways(server))
        {
            if (guardOff is not null && wrong.Count >= Enough) break;
            if (method != "GET" || !path.StartsWith("/api/", StringComparison.Ordinal)) continue;
            if (route.Metadata.OfType<System.Reflection.MethodInfo>().Single().GetParameters().All(parameter => parameter.ParameterType != typeof(PageRequest)))
            {
                // The page's type in the answer: a list that comes whole must be short by its nature.
                if (route.Metadata.OfType<IProducesResponseTypeMetadata>().Any(answer => answer.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>))) whole.Add("/" + route.RoutePattern.RawText!.Trim('/'));
                continue;
            }
            paged++;
            foreach (var limit in new[] { "0", "-1", "201", "100000", "99999999999999999999", "all", "1e2", "٣" })
                if ((await owner.GetAsync($"{path}?limit={Uri.EscapeDataString(limit)}")) is var answer && (answer.Status != HttpStatusCode.BadRequest || answer.Code != "invalidLimit")) wrong.Add($"{path}?limit={limit}: {(int)answer.Status} {answer.Code}");
            foreach (var cursor in new[] { "%00", "x", "ﷺ", new string('A', 5_000), "Li4vLi4vZXRjL3Bhc3N3ZA" })
                if ((await owner.GetAsync($"{path}?cursor={Uri.EscapeDataString(cursor)}")) is { Status: not (HttpStatusCode.BadRequest or HttpStatusCode.NotFound) } answer && !IsEmpty(answer)) wrong.Add($"{path}?cursor={cursor[..Math.Min(cursor.Length, 20)]}: {(int)answer.Status}");
            var most = await owner.GetAsync($"{path}?limit=200");
            if (most.Text.Length > 1_000_000) wrong.Add($"{path}?limit=200: {most.Text.Length} bytes");
            if (most.Status == HttpStatusCode.OK && JsonElement.Parse(most.Text).GetProperty("items").GetArrayLength() > 200) wrong.Add($"{path}: more than was asked for");
        }
        return (wrong, paged, whole);
    }

    [Fact]
    public async Task No_time_and_no_search_is_dear()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:RequestBurst=1000000");
        var owner = await Staff.FoundAsync(server);
        foreach (var path in new[] { "/api/v1/sessions", "/api/v1/cdrs", "/api/v1/audit" })
            foreach (var time in new[] { "9999999-01-01T00:00:00Z", "-1", "0000-00-00T00:00:00Z", "2026-02-30T00:00:00Z", "now", "2026-01-01", "1e9", new string('9', 5_000) })
                (await owner.GetAsync($"{path}?from={time}")).Is(HttpStatusCode.BadRequest);
        foreach (var path in new[] { "/console/search.json?q=", "/console/stations?q=", "/console/sessions?q=", "/console/audit?q=", "/console/tokens?q=", "/console/export/stations.csv?q=" })
        {
            var began = TimeProvider.System.GetTimestamp();
            var answer = await owner.GetAsync(path + new string('%', 1).Replace("%", "%25", StringComparison.Ordinal) + new string('a', 4_000));
            Assert.True((int)answer.Status < 500, $"{path}: {(int)answer.Status}");
            Assert.True(answer.Text.Length < 1_000_000, $"{path}: {answer.Text.Length} bytes");
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10), path);
        }
    }

    private async Task<RunningServer> StartAsync(Action<HttpContext>? guardOff) => await Staff.StartAsync(
        await servers.NewStoreAsync(DatabaseKind.Sqlite), services => { if (guardOff is not null) services.AddSingleton<IStartupFilter>(new Before(guardOff)); }, "--Busbar:Limits:RequestBurst=1000000");

    /// <summary>A body of nothing but what a form does not have is an empty one.</summary>
    private static void PassOver(HttpContext http)
    {
        if (http.Request.ContentLength is not > 0 || !http.Request.HasJsonContentType()) return;
        http.Request.EnableBuffering();
        var body = new MemoryStream();
        http.Request.Body.CopyToAsync(body).GetAwaiter().GetResult();
        http.Request.Body = JsonElement.Parse(body.ToArray()) is { ValueKind: JsonValueKind.Object } told && told.EnumerateObject().All(member => Rows.Contains(member.Name)) ? new MemoryStream("{}"u8.ToArray()) : body;
        http.Request.Body.Position = 0;
        http.Request.ContentLength = http.Request.Body.Length;
    }

    /// <summary>Something that is done to each request before the server sees it: it makes a guard blind.</summary>
    private sealed class Before(Action<HttpContext> change) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, go) =>
            {
                change(http);
                return go(http);
            });
            next(app);
        };
    }

    // A cursor that decodes to some text is the key after which nothing, or something, comes: both are an answer of at most a page.
    private static bool IsEmpty(PageAnswer answer) => answer.Status == HttpStatusCode.OK && JsonElement.Parse(answer.Text).GetProperty("items").GetArrayLength() <= 50;

    private static bool Complains(string json, Type form, string pointer, string code)
    {
        var check = new Check();
        using var document = JsonDocument.Parse(json);
        StrictJson.Compare(document.RootElement, InfoOf(form), "", check);
        return check.Errors.Any(error => error.Pointer == pointer && error.Error.Code == code);
    }

    /// <summary>At every depth of a form: a member too many, and one twice.</summary>
    private static IEnumerable<(string Json, string Pointer, string Code)> Bad(JsonTypeInfo info, (string Open, string Close, string Pointer)[] path, int depth)
    {
        var (open, close, pointer) = (string.Concat(path.Select(step => step.Open)), string.Concat(path.Reverse().Select(step => step.Close)), string.Concat(path.Select(step => step.Pointer)));
        foreach (var member in Rows.Append("busbarUnknown").Where(member => info.Properties.All(property => property.Name != member))) yield return ($$"""{{open}}{"{{member}}":1}{{close}}""", $"{pointer}/{member}", "unknownMember");
        if (info.Properties is [var first, ..]) yield return ($$"""{{open}}{"{{first.Name}}":1,"{{first.Name}}":2}{{close}}""", $"{pointer}/{first.Name}", "duplicateMember");
        if (depth == 4) yield break;
        foreach (var property in info.Properties)
        {
            var inner = InfoOf(property.PropertyType);
            var (before, after, at) = ("{\"" + property.Name + "\":", "}", "/" + property.Name);
            if (inner.Kind == JsonTypeInfoKind.Enumerable) (inner, before, after, at) = (InfoOf(inner.ElementType!), before + "[", "]" + after, at + "/0");
            if (inner.Kind != JsonTypeInfoKind.Object) continue;
            foreach (var bad in Bad(inner, [.. path, (before, after, at)], depth + 1)) yield return bad;
        }
    }

    private static JsonTypeInfo InfoOf(Type type) => ApiJson.Options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);

    private static bool Told(PageAnswer answer, string pointer, string code) =>
        JsonElement.Parse(answer.Text) is var problem && problem.TryGetProperty("errors", out var errors) && errors.TryGetProperty(pointer, out var here) && here.EnumerateArray().Any(error => error.GetProperty("code").GetString() == code);

    /// <summary>Every route that needs somebody, with a path to ask it at.</summary>
    private static IEnumerable<(RouteEndpoint Route, string Method, string Path)> Ways(RunningServer server) =>
        from route in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where route.Metadata.GetMetadata<NeedsScope>() is { OrLoopback: false }
        from method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (route, method, PathOf(route.RoutePattern));

    private static string PathOf(RoutePattern pattern) =>
        "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternParameterPart { Name: "command" } => "restart",
            RoutePatternParameterPart { IsCatchAll: true } => "",
            _ => "1",
        }))));
}
