using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Identity;

/// <summary>The tree of tenants: who stands below whom, what is shared upward, and what it takes to go past that.</summary>
[Trait("suite", "stories")]
public sealed class TenantTests(Servers servers)
{
    private const string Tenants = "/api/v1/tenants", South = Tenants + "/south", Glass = South + "/break-glass", Stations = "/api/v1/stations", Reason = "A station burns, and nobody of them answers.";

    private static readonly (string, string) InSouth = ("Busbar-Tenant", "south");

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_tenant_is_open_to_those_above_as_far_as_it_says(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        Assert.Equal("south", Read(await sue.GetAsync("/api/v1/me")).GetProperty("tenantSlug").GetString());
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" }, InSouth)).Is(HttpStatusCode.Created);
        Assert.DoesNotContain("SOUTH-1", (await owner.GetAsync(Stations)).Text, StringComparison.Ordinal);

        // What is shared is said from within, by its own people.
        (await owner.FetchAsync(HttpMethod.Patch, South, new { sharing = "none" })).Is(HttpStatusCode.BadRequest, "notYours");
        (await owner.FetchAsync(HttpMethod.Patch, South, new { sharing = "none" }, InSouth)).Is(HttpStatusCode.BadRequest, "notYours");
        (await sue.FetchAsync(HttpMethod.Patch, South, new { sharing = "read", legalEntity = new { name = "South GmbH", country = "DEU", vatId = "DE123456789" } })).Is(HttpStatusCode.OK);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-2" }, InSouth)).Is(HttpStatusCode.Forbidden);
        (await owner.FetchAsync(HttpMethod.Patch, South, new { name = "Taken over" })).Is(HttpStatusCode.Forbidden);
        Assert.Equal("read", Read(await owner.GetAsync(South)).GetProperty("access").GetString());
        Assert.Equal("DE123456789", Read(await owner.GetAsync(South)).GetProperty("legalEntity").GetProperty("vatId").GetString());

        (await sue.FetchAsync(HttpMethod.Patch, South, new { sharing = "none" })).Is(HttpStatusCode.OK);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
        (await AskAsync(owner, HttpMethod.Get, Glass)).Is(HttpStatusCode.Forbidden);
        var shut = Read(await owner.GetAsync(South));
        Assert.Equal(("none", JsonValueKind.Null), (shut.GetProperty("access").GetString(), shut.TryGetProperty("legalEntity", out var entity) ? entity.ValueKind : JsonValueKind.Null));

        // Nobody looks up, nor aside.
        (await AskAsync(sue, HttpMethod.Get, Stations, ("Busbar-Tenant", "default"))).Is(HttpStatusCode.NotFound, "unknownTenant");
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "north", name = "North" })).Is(HttpStatusCode.Created);
        (await AskAsync(sue, HttpMethod.Get, Stations, ("Busbar-Tenant", "north"))).Is(HttpStatusCode.NotFound, "unknownTenant");
        (await AskAsync(sue, HttpMethod.Get, Tenants + "/north")).Is(HttpStatusCode.NotFound);
        Assert.Equal(["south"], Read(await sue.GetAsync(Tenants)).GetProperty("items").EnumerateArray().Select(tenant => tenant.GetProperty("slug").GetString()));
        // What is shared is the least on the way: a site host below a shut sub-operator is shut too.
        (await sue.FetchAsync(HttpMethod.Post, Tenants, new { slug = "mall", name = "Mall" })).Is(HttpStatusCode.Created);
        Assert.Equal("siteHost", Read(await sue.GetAsync(Tenants + "/mall")).GetProperty("kind").GetString());
        (await AskAsync(sue, HttpMethod.Get, Stations, ("Busbar-Tenant", "mall"))).Is(HttpStatusCode.OK);
        (await AskAsync(owner, HttpMethod.Get, Stations, ("Busbar-Tenant", "mall"))).Is(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_glass_is_broken_loudly_and_for_a_while(DatabaseKind kind)
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, post.Settings);
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        (await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason })).Is(HttpStatusCode.Conflict, "glassNotNeeded");
        (await sue.FetchAsync(HttpMethod.Patch, South, new { sharing = "none", languages = new[] { "de", "en" } })).Is(HttpStatusCode.OK);

        (await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = "because" })).Is(HttpStatusCode.BadRequest, "invalidLength");
        (await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason, minutes = 4 })).Is(HttpStatusCode.BadRequest, "invalidValue");
        (await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason, minutes = 241 })).Is(HttpStatusCode.BadRequest, "invalidValue");
        (await sue.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason })).Is(HttpStatusCode.NotFound);
        var technician = await Staff.JoinAsync(server, owner, "tech@example.org", new { role = "technician", where = "tenant" });
        (await technician.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason })).Is(HttpStatusCode.Forbidden);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);

        post.Raw.Clear();
        var glass = Read(await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason, minutes = 30 })).GetProperty("id").GetString();
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" }, InSouth)).Is(HttpStatusCode.Created);
        // It is theirs who broke it, and nobody else's.
        (await AskAsync(technician, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
        var mail = Assert.Single(post.Mails);
        Assert.Equal(("sue@example.org", "Jemand ist an der Freigabe vorbei in South"), (mail.To.Mailboxes.Single().Address, mail.Subject));
        Assert.Contains(Reason, mail.TextBody, StringComparison.Ordinal);
        foreach (var (who, action) in new[] { (sue, "breakGlass.created"), (owner, "tenant.glassBroken") })
        {
            var entries = Read(await who.GetAsync("/api/v1/audit?limit=100")).GetProperty("items").EnumerateArray().ToList();
            var told = Assert.Single(entries, entry => entry.GetProperty("action").GetString() == action);
            Assert.Contains(Reason, told.GetRawText(), StringComparison.Ordinal);
        }
        Assert.Contains(Staff.Email, (await sue.GetAsync(Glass)).Text, StringComparison.Ordinal);

        // An invitation that was given in that time is worth nothing after it.
        var code = Staff.CodeOf(await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "mole@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } }, InSouth));
        (await owner.FetchAsync(HttpMethod.Patch, South, new { sharing = "full" }, InSouth)).Is(HttpStatusCode.BadRequest, "notYours");
        // Those it happened to end it, and nobody else but who came.
        (await technician.FetchAsync(HttpMethod.Delete, $"{Glass}/{glass}", new { })).Is(HttpStatusCode.NotFound);
        (await sue.FetchAsync(HttpMethod.Delete, $"{Glass}/{glass}", new { })).Is(HttpStatusCode.NoContent);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
        (await sue.FetchAsync(HttpMethod.Delete, $"{Glass}/{glass}", new { })).Is(HttpStatusCode.NotFound);
        (await Staff.AcceptAsync(new Browser(server), code)).Is(HttpStatusCode.Forbidden);

        // And time ends it.
        Read(await owner.FetchAsync(HttpMethod.Post, Glass, new { reason = Reason, minutes = 5 }));
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.OK);
        await using (var rows = await Staff.RowsAsync(server))
        {
            foreach (var row in await rows.BreakGlass.ToListAsync()) row.Until = SystemClock.Instance.GetCurrentInstant();
            await rows.CommitAsync(CancellationToken.None);
        }
        await server.Services.GetRequiredService<IdentityDirectory>().ReloadAsync(CancellationToken.None);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_place_of_ones_own_tenant_is_nothing_in_another()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "south", name = "South" })).Is(HttpStatusCode.Created);
        var place = Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location)).GetProperty("id").GetString();
        var technician = await Staff.JoinAsync(server, owner, "tech@example.org", new { role = "technician", where = "locations", ids = new[] { place } });
        (await technician.GetAsync(Stations)).Is(HttpStatusCode.OK);
        (await AskAsync(technician, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
        var reader = await Staff.JoinAsync(server, owner, "read@example.org", new { role = "readOnly", where = "tenant" });
        (await AskAsync(reader, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_was_chosen_in_the_console_counts_there_and_not_in_the_API()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" }, InSouth)).Is(HttpStatusCode.Created);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "HOME-1" })).Is(HttpStatusCode.Created);
        owner.Cookies["busbar-tenant"] = "south";
        foreach (var path in new[] { "/console/stations", "/console/export/stations.csv", "/console/search.json?q=-1" })
        {
            var shown = (await owner.GetAsync(path)).Text;
            Assert.Contains("SOUTH-1", shown, StringComparison.Ordinal);
            Assert.DoesNotContain("HOME-1", shown, StringComparison.Ordinal);
        }
        Assert.Contains("HOME-1", (await owner.GetAsync(Stations)).Text, StringComparison.Ordinal);
        // Who they are is of their own tenant, whichever they look at.
        (await owner.GetAsync("/console/profile")).Is(HttpStatusCode.OK);
        // Shut meanwhile, made up, and above: one's own.
        (await sue.FetchAsync(HttpMethod.Patch, South, new { sharing = "none" })).Is(HttpStatusCode.OK);
        Assert.Contains("HOME-1", (await owner.GetAsync("/console/stations")).Text, StringComparison.Ordinal);
        owner.Cookies["busbar-tenant"] = "nowhere";
        Assert.Contains("HOME-1", (await owner.GetAsync("/console/stations")).Text, StringComparison.Ordinal);
        sue.Cookies["busbar-tenant"] = "default";
        var own = (await sue.GetAsync("/console/stations")).Text;
        Assert.Contains("SOUTH-1", own, StringComparison.Ordinal);
        Assert.DoesNotContain("HOME-1", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_tenant_cannot_be_is_said_by_pointer()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var entity = new { name = "South GmbH", country = "DEU" };
        foreach (var (body, pointer) in new (object, string)[]
        {
            (new { slug = "South!", name = "South" }, "/slug"), (new { slug = "south", name = " " }, "/name"), (new { slug = "south", name = "South", kind = "platform" }, "/kind"),
            (new { slug = "south", name = "South", kind = "operator" }, "/kind"), (new { slug = "south", name = "South", timeZone = "Mars/Olympus" }, "/timeZone"),
            (new { slug = "south", name = "South", languages = new[] { "de", "de" } }, "/languages/1"), (new { slug = "south", name = "South", languages = new[] { "klingon" } }, "/languages/0"),
            (new { slug = "south", name = "South", languages = Array.Empty<string>() }, "/languages"),
            (new { slug = "south", name = "South", legalEntity = entity with { country = "DE" } }, "/legalEntity/country"), (new { slug = "south", name = "South", legalEntity = new { name = "x", country = "DEU", vatId = "123" } }, "/legalEntity/vatId"),
            (new { slug = "south", name = "South", branding = new { color = "red" } }, "/branding/color"), (new { slug = "south", name = "South", branding = new { website = "javascript:alert(1)" } }, "/branding/website"),
            (new { slug = "south", name = "South", branding = new { website = "http://south.example" } }, "/branding/website"), (new { slug = "south", name = "South", branding = new { supportPhone = "call us" } }, "/branding/supportPhone"),
        })
        {
            var refused = await owner.FetchAsync(HttpMethod.Post, Tenants, body);
            refused.Is(HttpStatusCode.BadRequest);
            Assert.True(Read(refused).GetProperty("errors").TryGetProperty(pointer, out _), $"{pointer}: {refused.Text}");
        }
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "south", name = "South", legalEntity = entity, branding = new { name = "Süd", color = "#0a7f5a", website = "https://south.example" } })).Is(HttpStatusCode.Created);
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "south", name = "South" })).Is(HttpStatusCode.Conflict, "tenantExists");
        // A tenant stays between its parent and those below it.
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "mall", name = "Mall" }, InSouth)).Is(HttpStatusCode.Created);
        (await owner.FetchAsync(HttpMethod.Patch, South, new { kind = "partner" })).Is(HttpStatusCode.BadRequest, "wrongPlace");
        (await owner.FetchAsync(HttpMethod.Patch, Tenants + "/default", new { kind = "platform" })).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Patch, South, new { kind = "operator" })).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Patch, Tenants + "/default", new { kind = "subOperator" })).Is(HttpStatusCode.BadRequest, "wrongPlace");
        (await owner.FetchAsync(HttpMethod.Patch, Tenants + "/default", new { sharing = "none" })).Is(HttpStatusCode.BadRequest, "notYours");
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "shop", name = "Shop" }, ("Busbar-Tenant", "mall"))).Is(HttpStatusCode.BadRequest, "wrongPlace");
        (await owner.FetchAsync(HttpMethod.Patch, South, new { slug = "sud" })).Is(HttpStatusCode.BadRequest, "immutable");
        (await owner.FetchAsync(HttpMethod.Patch, South, new { name = "Sud" }, ("If-Match", "\"999\""))).Is(HttpStatusCode.PreconditionFailed);
    }

    /// <summary>Somebody who owns a tenant below, and is at home there.</summary>
    private static async Task<Browser> SouthAsync(RunningServer server, Browser owner)
    {
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "south", name = "South" })).Is(HttpStatusCode.Created);
        var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "sue@example.org", grants = new[] { new { role = "owner", where = "tenant" } } }, InSouth);
        var sue = new Browser(server);
        (await Staff.AcceptAsync(sue, Staff.CodeOf(made), "Sue")).Is(HttpStatusCode.SeeOther);
        return sue;
    }

    private static Task<PageAnswer> AskAsync(Browser who, HttpMethod method, string path, params (string, string)[] headers) => who.SendAsync(method, path, null, headers);

    private static JsonElement Read(PageAnswer answer) => JsonElement.Parse(answer.Text);
}
