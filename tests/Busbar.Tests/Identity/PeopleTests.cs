using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>People: invited, changed, shut out; and nobody rises above who lets them.</summary>
[Trait("suite", "stories")]
public sealed class PeopleTests(Servers servers)
{
    private const string Invitations = "/api/v1/invitations";
    private const string Me = "/api/v1/me";

    private static readonly object Everywhere = new { role = "owner", where = "tenant" };

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Somebody_is_invited_comes_in_once_and_is_what_was_said(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var place = Id(await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location));
        var made = await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "grace@example.org", grants = new[] { new { role = "technician", where = "locations", ids = new[] { place } } } });
        made.Is(HttpStatusCode.OK);
        Assert.Contains("\"mail\":\"notConfigured\"", made.Text, StringComparison.Ordinal);
        var code = Staff.CodeOf(made);
        Assert.DoesNotContain(code, (await owner.GetAsync(Invitations)).Text, StringComparison.Ordinal);
        Assert.Contains("grace@example.org", (await owner.GetAsync(Invitations)).Text, StringComparison.Ordinal);

        var guest = new Browser(server);
        (await guest.GetAsync("/accept")).Is(HttpStatusCode.OK);
        (await Staff.AcceptAsync(guest, code + "x")).Is(HttpStatusCode.Forbidden);
        (await Staff.AcceptAsync(guest, code, name: " ")).Is(HttpStatusCode.BadRequest);
        Assert.Contains("12 bis 128", (await guest.SendAsync(HttpMethod.Post, "/accept", Form(("code", code), ("name", "Grace"), ("password", "kurz")), ("Origin", guest.Origin), ("Accept-Language", "de"))).Text, StringComparison.Ordinal);
        (await Staff.AcceptAsync(new Browser(server) { Origin = "https://evil.example" }, code)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
        (await Staff.AcceptAsync(guest, code)).Is(HttpStatusCode.SeeOther);
        (await Staff.AcceptAsync(new Browser(server), code)).Is(HttpStatusCode.Forbidden);

        var me = JsonElement.Parse((await guest.GetAsync(Me)).Text);
        Assert.Equal("Grace", me.GetProperty("name").GetString());
        Assert.Empty(me.GetProperty("scopes").EnumerateArray());
        var right = me.GetProperty("rights").EnumerateArray().Single(right => right.GetProperty("scope").GetString() == "stations:command");
        Assert.Equal(("technician", "locations", place), (right.GetProperty("role").GetString(), right.GetProperty("where").GetString(), right.GetProperty("ids")[0].GetString()));
        (await Staff.SignInAsync(new Browser(server), email: "GRACE@example.org")).Is(HttpStatusCode.SeeOther);
        Assert.DoesNotContain("grace", (await owner.GetAsync(Invitations)).Text, StringComparison.Ordinal);
        (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "Grace@Example.org", grants = new[] { Everywhere } })).Is(HttpStatusCode.BadRequest, "emailTaken");
    }

    [Fact]
    public async Task A_link_is_mailed_in_the_language_that_was_asked_for_and_a_mail_that_fails_is_told()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, post.Settings);
        var owner = await Staff.FoundAsync(server);
        var made = await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "grace@example.org", grants = new[] { Everywhere }, language = "de" });
        Assert.Contains("\"mail\":\"sent\"", made.Text, StringComparison.Ordinal);
        var mail = Assert.Single(post.Mails);
        Assert.Equal("grace@example.org", mail.To.Mailboxes.Single().Address);
        Assert.Equal("Sie sind zu Busbar eingeladen, Default", mail.Subject);
        Assert.Contains(JsonElement.Parse(made.Text).GetProperty("link").GetString()!, mail.TextBody, StringComparison.Ordinal);
        post.Answer = SmtpServer.Protocol.SmtpResponse.MailboxUnavailable;
        Assert.Contains("\"mail\":\"failed\"", (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "ada2@example.org", grants = new[] { Everywhere } })).Text, StringComparison.Ordinal);
        (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "x@example.org", grants = new[] { Everywhere }, language = "tlh" })).Is(HttpStatusCode.BadRequest, "unknownValue");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_many_who_use_one_link_at_one_moment_one_comes_in(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var code = Staff.CodeOf(await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "grace@example.org", grants = new[] { Everywhere } }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Staff.AcceptAsync(new Browser(server), code, $"Grace {i}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.SeeOther, HttpStatusCode.Forbidden, HttpStatusCode.BadRequest }));
        await using var db = await Staff.RowsAsync(server);
        Assert.Equal(2, await db.Operators.CountAsync());
    }

    [Fact]
    public async Task A_link_lives_for_a_week_until_it_is_taken_back_and_no_longer_than_the_right_of_who_gave_it()
    {
        var clock = new SetClock();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<TimeProvider>(clock));
        var owner = await Staff.FoundAsync(server);
        var second = await Staff.JoinAsync(server, owner, "second@example.org", Everywhere);

        var old = await InviteAsync(owner, "a@example.org");
        var newer = await InviteAsync(owner, "A@example.org");
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(old))).Is(HttpStatusCode.Forbidden);
        (await owner.FetchAsync(HttpMethod.Delete, $"{Invitations}/{Id(newer)}", new { })).Is(HttpStatusCode.NoContent);
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(newer))).Is(HttpStatusCode.Forbidden);

        var hers = await InviteAsync(second, "b@example.org");
        var theirs = Id(await second.GetAsync(Me));
        (await owner.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{theirs}", new { grants = new[] { new { role = "operator", where = "tenant" } } })).Is(HttpStatusCode.OK);
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(hers))).Is(HttpStatusCode.Forbidden);

        var late = await InviteAsync(owner, "c@example.org");
        clock.Advance(TimeSpan.FromDays(7));
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(late))).Is(HttpStatusCode.Forbidden);

        static Task<PageAnswer> InviteAsync(Browser by, string email) => by.FetchAsync(HttpMethod.Post, Invitations, new { email, grants = new[] { Everywhere } });
    }

    [Fact]
    public async Task Nobody_gives_takes_or_resets_beyond_their_own_rights()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var place = Id(await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location));
        // Manages people, and holds besides what a technician holds at one place.
        var role = await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "Site manager", scopes = new[] { "people:read", "people:write" } });
        role.Is(HttpStatusCode.Created);
        var manager = await Staff.JoinAsync(server, owner, "manager@example.org", new { role = Id(role), where = "tenant" }, new { role = "technician", where = "locations", ids = new[] { place } });
        var (managers, owners) = (Id(await manager.GetAsync(Me)), Id(await owner.GetAsync(Me)));

        // Gives what is theirs, where it is.
        await Staff.JoinAsync(server, manager, "helper@example.org", new { role = "technician", where = "locations", ids = new[] { place } });
        object[] beyond = [Everywhere, new { role = "technician", where = "tenant" }, new { role = "finance", where = "locations", ids = new[] { place } }, new { role = "readOnly", where = "tenant" }];
        foreach (var grant in beyond)
        {
            (await manager.FetchAsync(HttpMethod.Post, Invitations, new { email = "friend@example.org", grants = new[] { grant } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
            (await manager.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{managers}", new { grants = new[] { grant } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        }
        var named = await manager.FetchAsync(HttpMethod.Post, Invitations, new { email = "friend@example.org", grants = new[] { beyond[1] } });
        Assert.Contains("\"where\":\"tenant\"", named.Text, StringComparison.Ordinal);
        Assert.Contains("\"scope\":\"", named.Text, StringComparison.Ordinal);

        // An invitation of a higher one is neither taken back by them nor replaced.
        var high = Id(await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "heir@example.org", grants = new[] { Everywhere } }));
        (await manager.FetchAsync(HttpMethod.Delete, $"{Invitations}/{high}", new { })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await manager.FetchAsync(HttpMethod.Post, Invitations, new { email = "heir@example.org", grants = new[] { new { role = "technician", where = "locations", ids = new[] { place } } } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        Assert.Contains(high, (await owner.GetAsync(Invitations)).Text, StringComparison.Ordinal);

        // Nor does a higher one become theirs, or go.
        foreach (var (method, path, body) in new (HttpMethod, string, object)[]
        {
            (HttpMethod.Patch, $"/api/v1/people/{owners}", new { enabled = false }), (HttpMethod.Patch, $"/api/v1/people/{owners}", new { name = "Nobody" }),
            (HttpMethod.Delete, $"/api/v1/people/{owners}", new { }), (HttpMethod.Post, $"/api/v1/people/{owners}/new-password", new { }), (HttpMethod.Delete, $"/api/v1/people/{owners}/sign-ins", new { }),
        })
            (await manager.FetchAsync(method, path, body)).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await owner.GetAsync(Me)).Is(HttpStatusCode.OK);

        // A role may be given anywhere: who makes one holds its scopes everywhere. And one's own role is not one's own to raise.
        (await manager.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "Mine", scopes = new[] { "stations:command" } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await manager.FetchAsync(HttpMethod.Patch, $"/api/v1/roles/{Id(role)}", new { scopes = new[] { "people:write", "tariffs:write" } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "All", scopes = new[] { "*" } })).Is(HttpStatusCode.BadRequest, "invalidValue");
        (await owner.FetchAsync(HttpMethod.Delete, $"/api/v1/roles/{Id(role)}", new { })).Is(HttpStatusCode.Conflict, "roleInUse");
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/roles/owner", new { name = "Mine" })).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_last_owner_stays_also_when_two_go_at_one_moment(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var first = await Staff.FoundAsync(server);
        var ada = Id(await first.GetAsync(Me));
        foreach (var change in new object[] { new { enabled = false }, new { grants = Array.Empty<object>() }, new { grants = new[] { new { role = "operator", where = "tenant" } } } })
            (await first.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{ada}", change)).Is(HttpStatusCode.Conflict, "lastOwner");
        (await first.FetchAsync(HttpMethod.Delete, $"/api/v1/people/{ada}", new { })).Is(HttpStatusCode.Conflict, "lastOwner");

        for (var round = 0; round < 5; round++)
        {
            var second = await Staff.JoinAsync(server, first, $"second{round}@example.org", Everywhere);
            var grace = Id(await second.GetAsync(Me));
            var both = await Task.WhenAll(first.FetchAsync(HttpMethod.Delete, $"/api/v1/people/{ada}", new { }), second.FetchAsync(HttpMethod.Delete, $"/api/v1/people/{grace}", new { }));
            await using var db = await Staff.RowsAsync(server);
            Assert.Single(await db.Operators.ToListAsync());
            Assert.Single(both, answer => answer.Status == HttpStatusCode.NoContent);
            if (both[0].Status == HttpStatusCode.NoContent) (first, ada) = (second, grace);
        }
    }

    [Fact]
    public async Task A_new_password_comes_by_a_link_and_ends_what_was_open()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var grace = await Staff.JoinAsync(server, owner, "grace@example.org", new { role = "readOnly", where = "tenant" });
        var made = await owner.FetchAsync(HttpMethod.Post, $"/api/v1/people/{Id(await grace.GetAsync(Me))}/new-password", new { });
        made.Is(HttpStatusCode.OK);
        (await grace.GetAsync(Me)).Is(HttpStatusCode.OK);
        // A link of one kind opens nothing of the other.
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(made))).Is(HttpStatusCode.Forbidden);
        var fresh = new Browser(server);
        (await fresh.SubmitAsync("/password", ("code", Staff.CodeOf(made)), ("password", "a compiler for everyone"))).Is(HttpStatusCode.SeeOther);
        (await fresh.GetAsync(Me)).Is(HttpStatusCode.OK);
        (await grace.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(new Browser(server), email: "grace@example.org")).Is(HttpStatusCode.Forbidden);
        (await new Browser(server).SubmitAsync("/password", ("code", Staff.CodeOf(made)), ("password", "a compiler for everyone"))).Is(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Sessions_are_listed_and_ended_one_by_one_or_all_others(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        await using var server = await Staff.StartAsync(store);
        await using var beside = kind == DatabaseKind.Postgres ? await Staff.StartAsync(store) : null;
        var here = await Staff.FoundAsync(server);
        // An operator who is new is known to other processes within two seconds.
        for (var tries = 0; beside is not null && tries < 60 && (await Elsewhere(here, beside).GetAsync(Me)).Status != HttpStatusCode.OK; tries++) await Task.Delay(100);
        var (phone, desk) = (new Browser(server), new Browser(server));
        foreach (var browser in new[] { phone, desk }) (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        var mine = JsonElement.Parse((await here.GetAsync(Me + "/sign-ins")).Text).GetProperty("items");
        Assert.Equal(3, mine.GetArrayLength());
        Assert.All(mine.EnumerateArray(), one => Assert.Equal("127.0.0.1", one.GetProperty("source").GetString()));

        if (beside is not null)
        {
            // In a process that has never seen it, at once; and when it is ended, within seconds there too.
            var elsewhere = Elsewhere(phone, beside);
            (await elsewhere.GetAsync(Me)).Is(HttpStatusCode.OK);
            (await phone.SubmitAsync("/signout")).Is(HttpStatusCode.SeeOther);
            var began = TimeProvider.System.GetTimestamp();
            while ((await elsewhere.GetAsync(Me)).Status == HttpStatusCode.OK && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10)) await Task.Delay(100);
            Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 0, 5);
        }
        else (await phone.SubmitAsync("/signout")).Is(HttpStatusCode.SeeOther);
        (await desk.GetAsync(Me)).Is(HttpStatusCode.OK);
        (await here.FetchAsync(HttpMethod.Delete, Me + "/sign-ins", new { })).Is(HttpStatusCode.NoContent);
        (await desk.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await here.GetAsync(Me)).Is(HttpStatusCode.OK);
        var last = JsonElement.Parse((await here.GetAsync(Me + "/sign-ins")).Text).GetProperty("items");
        Assert.Equal(1, last.GetArrayLength());
        (await here.FetchAsync(HttpMethod.Delete, $"{Me}/sign-ins/{last[0].GetProperty("id").GetString()}", new { })).Is(HttpStatusCode.NoContent);
        (await here.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);

        // Another's are ended by who manages people.
        (await Staff.SignInAsync(here)).Is(HttpStatusCode.SeeOther);
        var grace = await Staff.JoinAsync(server, here, "grace@example.org", new { role = "readOnly", where = "tenant" });
        (await here.FetchAsync(HttpMethod.Delete, $"/api/v1/people/{Id(await grace.GetAsync(Me))}/sign-ins", new { })).Is(HttpStatusCode.NoContent);
        (await grace.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);

        static Browser Elsewhere(Browser browser, RunningServer server)
        {
            var copy = new Browser(server);
            foreach (var (name, value) in browser.Cookies) copy.Cookies[name] = value;
            return copy;
        }
    }

    [Fact]
    public async Task When_a_session_was_last_seen_is_written_once_a_minute_and_what_is_over_is_removed()
    {
        var clock = new SetClock();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<TimeProvider>(clock));
        var browser = await Staff.FoundAsync(server);
        var directory = server.Services.GetRequiredService<IdentityDirectory>();
        clock.Advance(TimeSpan.FromMinutes(40));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.OK);
        Assert.Equal(0, await SeenForAsync());
        await directory.WriteSeenAsync(CancellationToken.None);
        Assert.Equal(40, await SeenForAsync());
        clock.Advance(TimeSpan.FromMinutes(71));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        await directory.WriteSeenAsync(CancellationToken.None);
        await using (var db = await Staff.RowsAsync(server)) Assert.Empty(await db.SignIns.ToListAsync());

        async Task<int> SeenForAsync()
        {
            await using var db = await Staff.RowsAsync(server);
            var row = await db.SignIns.SingleAsync();
            return (int)(row.SeenAt - row.BeganAt).TotalMinutes;
        }
    }

    [Fact]
    public async Task Where_a_role_holds_must_be_said()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        foreach (var (grant, code) in new (object, string?)[]
        {
            (new { role = "technician" }, null), (new { role = "technician", where = "locations" }, "required"), (new { role = "technician", where = "stations", ids = Array.Empty<string>() }, "required"),
            (new { role = "technician", where = "everywhere" }, "unknownValue"), (new { role = "technician", where = "tenant", ids = new[] { "x" } }, "invalidValue"), (new { role = "boss", where = "tenant" }, "unknownRole"),
            (new { role = "technician", where = "stations", ids = new[] { "CP-9" } }, "unknownPlace"), (new { role = "technician", where = "locations", ids = new[] { "loc00000000000000000000000000" } }, "unknownPlace"),
        })
            (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "x@example.org", grants = new[] { grant } })).Is(HttpStatusCode.BadRequest, code);
        (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "x@example.org", grants = Array.Empty<object>() })).Is(HttpStatusCode.BadRequest, "required");
        (await owner.FetchAsync(HttpMethod.Post, Invitations, new { email = "not an address", grants = new[] { Everywhere } })).Is(HttpStatusCode.BadRequest, "invalidValue");
    }

    private static string Id(PageAnswer answer) => JsonElement.Parse(answer.Text).GetProperty("id").GetString()!;

    private static FormUrlEncodedContent Form(params (string, string)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Item1, field.Item2)));
}
