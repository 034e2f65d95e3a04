using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Operators;
using Busbar.Identity.SignOn;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A tenant's identity providers: who sets them up, what they may reach, and what they ask of people.</summary>
[Trait("suite", "stories")]
public sealed class ProviderTests(Servers servers)
{
    private const string Api = "/api/v1/identity-providers";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_provider_is_made_shown_changed_and_removed_and_its_secret_is_never_shown(DatabaseKind kind)
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var place = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location)).Text).GetProperty("id").GetString()!;
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake, mappings: [new { value = "Ä b%20c", role = "siteHost", where = "locations", ids = new[] { place } }, new { value = "ops", role = "operator", where = "tenant" }]));
        var seen = await owner.GetAsync($"{Api}/{id}");
        seen.Is(HttpStatusCode.OK);
        Assert.DoesNotContain("s3cret", seen.Text, StringComparison.Ordinal);
        var body = JsonElement.Parse(seen.Text);
        Assert.True(body.GetProperty("hasSecret").GetBoolean());
        Assert.Equal([("Ä b%20c", "siteHost", place), ("ops", "operator", null)], body.GetProperty("mappings").EnumerateArray().Select(mapping => (
            mapping.GetProperty("value").GetString()!, mapping.GetProperty("role").GetString()!, mapping.TryGetProperty("ids", out var ids) && ids.ValueKind == JsonValueKind.Array ? ids[0].GetString() : null)));
        await using (var rows = await Staff.RowsAsync(server))
            Assert.DoesNotContain("s3cret", System.Text.Encoding.Latin1.GetString((await rows.Providers.SingleAsync()).SealedSecret!), StringComparison.Ordinal);

        // A change leaves what it does not name, the secret too.
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { name = "Renamed", domains = new[] { "CORP.example" } }, ("If-Match", "\"1\""))).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { name = "Late" }, ("If-Match", "\"1\""))).Is(HttpStatusCode.PreconditionFailed);
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { issuer = "https://another.example" })).Is(HttpStatusCode.BadRequest, "immutable");
        var browser = new Browser(server);
        SignOnTests.CameIn(await fake.ComeAsync(browser, id, "sub-1", "grace@corp.example", "Ä b%20c"), browser);
        Assert.StartsWith("Basic ", fake.Authorization, StringComparison.Ordinal);
        var right = JsonElement.Parse((await browser.GetAsync("/api/v1/me")).Text).GetProperty("rights").EnumerateArray().First();
        Assert.Equal(("siteHost", "locations", place), (right.GetProperty("role").GetString(), right.GetProperty("where").GetString(), right.GetProperty("ids")[0].GetString()));

        // With it go the session, the link and what it gave.
        (await owner.SendAsync(HttpMethod.Delete, $"{Api}/{id}", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NoContent);
        (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);
        (await browser.GetAsync($"/signin/with/{id}")).Is(HttpStatusCode.NotFound);
        await using (var rows = await Staff.RowsAsync(server))
            Assert.Equal((0, 1), (await rows.PersonLinks.CountAsync(), await rows.Grants.CountAsync()));
    }

    [Fact]
    public async Task Only_who_may_do_everything_sets_one_up_and_what_is_wrong_is_told()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake));
        var role = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "People", scopes = new[] { "people:read", "people:write", "locations:read", "stations:read", "sessions:read" } })).Text).GetProperty("id").GetString()!;
        var keeper = await Staff.JoinAsync(server, owner, "keeper@example.org", new { role, where = "tenant" });
        (await keeper.GetAsync($"{Api}/{id}")).Is(HttpStatusCode.OK);
        // Also where the mapping gives only what they hold: an address links to anybody.
        (await keeper.FetchAsync(HttpMethod.Post, Api, SignOnTests.Provider(fake, mappings: [new { value = "x", role = "siteHost", where = "tenant" }]))).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await keeper.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { name = "Mine" })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await keeper.SendAsync(HttpMethod.Delete, $"{Api}/{id}", null, ("Origin", keeper.Origin))).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        // A role that a mapping gives stays.
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { mappings = new[] { new { value = "x", role, where = "tenant" } } })).Is(HttpStatusCode.OK);
        (await owner.SendAsync(HttpMethod.Delete, $"/api/v1/roles/{role}", null, ("Origin", owner.Origin))).Is(HttpStatusCode.Conflict, "roleInUse");

        var made = await owner.FetchAsync(HttpMethod.Post, Api, new
        {
            name = " ", issuer = "http://login.example.com", clientId = "", scopes = new[] { "email" }, domains = new[] { "no domain" }, makesPeople = true,
            mappings = new[] { new { value = "", role = "king", where = "tenant", ids = Array.Empty<string>() }, new { value = "x", role = "owner", where = "stations", ids = new[] { "NONE" } } },
        });
        made.Is(HttpStatusCode.BadRequest);
        Assert.Subset(JsonElement.Parse(made.Text).GetProperty("errors").EnumerateObject().Select(error => error.Name).ToHashSet(),
            new HashSet<string> { "/name", "/issuer", "/clientId", "/scopes", "/domains/0", "/mappings/0/value", "/mappings/0/role", "/mappings/1/where", "/mappings/1/ids/0" });
        foreach (var issuer in new[] { "https://login.example.com?x=1", "https://login.example.com#x", "https://user@login.example.com", "ftp://login.example.com", "login.example.com", "https://login.example.com/ x", "javascript:alert(1)" })
            (await owner.FetchAsync(HttpMethod.Post, Api, new { name = "x", issuer, clientId = "x", domains = new[] { "x.example" } })).Is(HttpStatusCode.BadRequest, "invalidValue");
    }

    /// <summary>S9: addresses that no provider has. Nothing is connected, and the test says so in a word.</summary>
    [Fact]
    public async Task No_issuer_leads_to_this_machine_or_its_neighbours()
    {
        await using var fake = new FakeOpenId();
        using var canary = new TcpListener(IPAddress.Loopback, 0);
        canary.Start();
        var port = ((IPEndPoint)canary.LocalEndpoint).Port;
        // As it is delivered: nothing of this machine may be reached.
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, $"--Busbar:Egress:Purposes:SignOn:Ports:0={port}", "--Busbar:Egress:Purposes:SignOn:Ports:1=443", $"--Busbar:Egress:Purposes:SignOn:Ports:2={fake.Port}");
        var owner = await Staff.FoundAsync(server);
        foreach (var issuer in new[]
        {
            "https://169.254.169.254", "https://127.0.0.1", $"https://127.0.0.1:{port}", $"https://localhost:{port}", $"http://localhost:{port}", $"https://[::1]:{port}", $"https://[::ffff:127.0.0.1]:{port}",
            $"https://2130706433:{port}", $"https://0x7f000001:{port}", "https://10.0.0.1", "https://192.168.0.1", "https://[fe80::1]", "https://[fd00::1]", "https://100.64.0.1", $"https://0.0.0.0:{port}", fake.Issuer,
        })
        {
            var id = await SignOnTests.MakeAsync(owner, new { name = "x", issuer, clientId = "x", domains = new[] { "x.example" } });
            var told = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, $"{Api}/{id}/test", new { })).Text);
            // No name resolves to the address that is none: there the guard is not even asked.
            Assert.True(told.GetProperty("fault").GetString() is "notAllowed" || (told.GetProperty("fault").GetString() is "unreachable" && issuer.Contains("0.0.0.0", StringComparison.Ordinal)), $"{issuer}: {told}");
            (await new Browser(server).GetAsync($"/signin/with/{id}")).Is(HttpStatusCode.BadGateway);
            (await owner.SendAsync(HttpMethod.Delete, $"{Api}/{id}", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NoContent);
        }
        Assert.False(canary.Pending());
        Assert.Equal(0, fake.DocumentAsked);
    }

    [Fact]
    public async Task What_is_wrong_with_a_provider_is_told_by_asking_it()
    {
        await using var fake = new FakeOpenId();
        await using var inner = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [.. fake.Allowed, $"--Busbar:Egress:Purposes:SignOn:Ports:1={inner.Port}"]);
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake));
        Assert.Equal((null, null, 1), await TestAsync());
        // A redirect is followed nowhere, also where that could be reached.
        fake.Elsewhere = inner.Issuer + "/.well-known/openid-configuration";
        Assert.Equal(("status", "302", 0), await TestAsync());
        Assert.Equal(0, inner.DocumentAsked);
        fake.Elsewhere = null;
        foreach (var (member, value, fault, detail) in new (string, object?, string, string?)[]
        {
            ("issuer", fake.Issuer + "/", "otherIssuer", fake.Issuer + "/"), ("issuer", null, "unreadable", "issuer"), ("token_endpoint", null, "endpoint", "token_endpoint"),
            ("authorization_endpoint", "javascript:alert(1)", "endpoint", "authorization_endpoint"), ("jwks_uri", 5, "endpoint", "jwks_uri"), ("code_challenge_methods_supported", new[] { "plain" }, "flow", "code_challenge_methods_supported"),
            ("response_types_supported", new[] { "id_token" }, "flow", "response_types_supported"), ("jwks_uri", inner.Issuer + "/nothing", "status", "404"), ("jwks_uri", fake.Issuer + "/.well-known/openid-configuration", "keys", "jwks_uri"),
        })
        {
            fake.Document.Clear();
            fake.Document[member] = value;
            Assert.Equal((fault, detail, 0), await TestAsync());
        }
        // It never leads a browser anywhere with such a document.
        fake.Document.Clear();
        fake.Document["issuer"] = "https://evil.example";
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { name = "Again" })).Is(HttpStatusCode.OK);
        var refused = await new Browser(server).GetAsync($"/signin/with/{id}");
        refused.Is(HttpStatusCode.BadGateway);
        Assert.Equal("", refused.Header("Location"));

        async Task<(string? Fault, string? Detail, int Keys)> TestAsync()
        {
            var answer = await owner.FetchAsync(HttpMethod.Post, $"{Api}/{id}/test", new { });
            answer.Is(HttpStatusCode.OK);
            var told = JsonElement.Parse(answer.Text);
            return (told.GetProperty("fault").GetString(), told.GetProperty("detail").GetString(), told.GetProperty("keys").GetInt32());
        }
    }

    [Fact]
    public async Task Where_it_is_required_a_password_opens_nothing_and_says_nothing_but_the_first_owner_keeps_theirs()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        await Staff.JoinAsync(server, owner, "grace@corp.example", new { role = "owner", where = "tenant" });
        await Staff.JoinAsync(server, owner, "ann@partner.example", new { role = "readOnly", where = "tenant" });
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake, required: true));
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { domains = new[] { "corp.example", "example.org" } })).Is(HttpStatusCode.OK);

        var browser = new Browser(server);
        var right = await Staff.SignInAsync(browser, email: "grace@corp.example");
        var wrong = await Staff.SignInAsync(browser, "not the password", "grace@corp.example");
        Assert.Equal((wrong.Status, wrong.Text), (right.Status, right.Text));
        right.Is(HttpStatusCode.Forbidden);
        // Nor does a link for a new password: it leads to the sign-in.
        var person = JsonElement.Parse((await owner.GetAsync("/api/v1/people")).Text).GetProperty("items").EnumerateArray().Single(one => one.GetProperty("email").GetString() == "grace@corp.example").GetProperty("id").GetString()!;
        var link = await owner.FetchAsync(HttpMethod.Post, $"/api/v1/people/{person}/new-password", new { });
        Assert.True(link.Status == HttpStatusCode.OK, $"{(int)link.Status} {link.Text}");
        var set = await browser.SubmitAsync("/password", ("code", Staff.CodeOf(link)), ("password", "a password that is new"));
        Assert.Equal((HttpStatusCode.SeeOther, "/signin"), (set.Status, set.Header("Location")));
        Assert.DoesNotContain("busbar", browser.Cookies.Keys);
        SignOnTests.CameIn(await fake.ComeAsync(browser, id, "sub-1", "grace@corp.example", "ops"), browser);
        // Who is of another domain, and the owner who was there first.
        (await Staff.SignInAsync(new Browser(server), email: "ann@partner.example")).Is(HttpStatusCode.SeeOther);
        (await Staff.SignInAsync(new Browser(server))).Is(HttpStatusCode.SeeOther);
        // Shut, it asks nothing, and those who came by it are out.
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{id}", new { enabled = false })).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(new Browser(server), "a password that is new", "grace@corp.example")).Is(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task The_last_owner_stays_one_whatever_the_provider_says()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake, mappings: [new { value = "boss", role = "owner", where = "tenant" }, new { value = "ops", role = "technician", where = "tenant" }]));
        var boss = new Browser(server);
        SignOnTests.CameIn(await fake.ComeAsync(boss, id, "sub-1", "grace@corp.example", "boss"), boss);
        var first = JsonElement.Parse((await owner.GetAsync("/api/v1/me")).Text).GetProperty("id").GetString()!;
        (await boss.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{first}", new { enabled = false })).Is(HttpStatusCode.OK);
        (await boss.SendAsync(HttpMethod.Delete, $"{Api}/{id}", null, ("Origin", boss.Origin))).Is(HttpStatusCode.Conflict, "lastOwner");
        SignOnTests.CameIn(await fake.ComeAsync(boss, id, "sub-1", "grace@corp.example", "ops"), boss);
        (await boss.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{first}", new { enabled = true })).Is(HttpStatusCode.OK);
        SignOnTests.CameIn(await fake.ComeAsync(boss, id, "sub-1", "grace@corp.example", "ops"), boss);
        (await boss.GetAsync("/api/v1/people")).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Who_signs_out_is_offered_to_sign_out_at_the_provider_too()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var id = await SignOnTests.MakeAsync(await Staff.FoundAsync(server), SignOnTests.Provider(fake));
        var browser = new Browser(server);
        SignOnTests.CameIn(await fake.ComeAsync(browser, id, "sub-1", "grace@corp.example", "ops"), browser);
        var left = await browser.SubmitAsync("/signout");
        Assert.Equal($"/signin?left={id}", left.Header("Location"));
        Assert.Contains($"/signin/out/{id}", (await browser.GetAsync(left.Header("Location"))).Text, StringComparison.Ordinal);
        var away = (await browser.GetAsync($"/signin/out/{id}")).Header("Location");
        Assert.StartsWith($"{fake.Issuer}/logout?client_id=", away, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString(new Uri(server.Address, "/signin").ToString()), away, StringComparison.OrdinalIgnoreCase);
    }
}
