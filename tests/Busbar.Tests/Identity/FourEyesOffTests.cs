using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Identity;

/// <summary>What takes two people is not switched off by one: whoever cannot be the second does not confirm it, and what nobody confirms lapses.</summary>
[Trait("suite", "stories")]
public sealed class FourEyesOffTests(Servers servers)
{
    private const string Default = "/api/v1/tenants/default", Requests = Default + "/four-eyes";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_second_person_confirms_it_and_the_first_one_does_not(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var ada = await Staff.FoundAsync(server);
        var eve = await Staff.JoinAsync(server, ada, "eve@example.org", new { role = "owner", where = "tenant" });
        var reader = await Staff.JoinAsync(server, ada, "read@example.org", new { role = "readOnly", where = "tenant" });
        await SwitchAsync(ada, "tariffs");
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));

        // Asked for, and not done; once, however often it is asked for.
        await SwitchAsync(ada);
        await SwitchAsync(eve);
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));
        var waiting = Assert.Single(Items(await eve.GetAsync(Requests)));
        var id = waiting.GetProperty("id").GetString();
        Assert.Equal(("tariffs", Staff.Email, 7.0), (waiting.GetProperty("act").GetString(), waiting.GetProperty("askedByName").GetString(),
            (waiting.GetProperty("until").GetDateTimeOffset() - waiting.GetProperty("askedAt").GetDateTimeOffset()).TotalDays));

        (await ConfirmAsync(ada, id)).Is(HttpStatusCode.Conflict, "secondPersonNeeded");
        (await ConfirmAsync(reader, id)).Is(HttpStatusCode.Forbidden);
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));
        (await ConfirmAsync(eve, id)).Is(HttpStatusCode.NoContent);
        Assert.Equal("", Acts(await ada.GetAsync(Default)));
        (await ConfirmAsync(eve, id)).Is(HttpStatusCode.NotFound);
        Assert.Empty(Items(await ada.GetAsync(Requests)));
        var told = (await ada.GetAsync("/api/v1/audit?limit=200&kind=fourEyesRequest")).Text;
        foreach (var action in new[] { "fourEyesRequest.created", "fourEyesRequest.confirmed" }) Assert.Contains(action, told, StringComparison.Ordinal);
        // To add it takes nobody else.
        await SwitchAsync(eve, "tariffs");
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_program_confirms_nothing_and_whoever_has_its_key_does_not_confirm_what_it_asked_for(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var ada = await Staff.FoundAsync(server);
        var eve = await Staff.JoinAsync(server, ada, "eve@example.org", new { role = "owner", where = "tenant" });
        await SwitchAsync(ada, "tariffs");
        var robot = server.With(JsonElement.Parse((await ada.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "*" } })).Text).GetProperty("key").GetString()!);
        await SwitchAsync(ada);
        var hers = Assert.Single(Items(await ada.GetAsync(Requests))).GetProperty("id").GetString();
        (await robot.PostAsync($"tenants/default/four-eyes/{hers}/confirm", new { })).Is(HttpStatusCode.Forbidden);
        (await eve.SendAsync(HttpMethod.Delete, $"{Requests}/{hers}", null, ("Origin", eve.Origin))).Is(HttpStatusCode.NoContent);
        // Taken back is over, for everybody.
        (await ConfirmAsync(eve, hers)).Is(HttpStatusCode.NotFound);

        (await robot.PatchAsync("tenants/default", new { fourEyes = Array.Empty<string>() })).Is(HttpStatusCode.OK);
        var its = Assert.Single(Items(await ada.GetAsync(Requests))).GetProperty("id").GetString();
        (await ConfirmAsync(ada, its)).Is(HttpStatusCode.Conflict, "secondPersonNeeded");
        (await robot.PostAsync($"tenants/default/four-eyes/{its}/confirm", new { })).Is(HttpStatusCode.Forbidden);
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));
        (await ConfirmAsync(eve, its)).Is(HttpStatusCode.NoContent);
        Assert.Equal("", Acts(await ada.GetAsync(Default)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_lapsed_and_what_is_another_tenants_is_not_there(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var ada = await Staff.FoundAsync(server);
        var eve = await Staff.JoinAsync(server, ada, "eve@example.org", new { role = "owner", where = "tenant" });
        await SwitchAsync(ada, "tariffs");
        var now = SystemClock.Instance.GetCurrentInstant();
        var lapsed = server.Services.GetRequiredService<IdSource>().New<FourEyesRequestId>();
        await using (var rows = await Staff.RowsAsync(server))
        {
            rows.Add(new FourEyesRequestRow
            {
                TenantId = server.Services.GetRequiredService<ITenants>().Find("default")!.Id, Id = lapsed, Act = FourEyes.Tariffs, AskedBy = "opr-who-is-gone", AskedAt = now - Duration.FromDays(7), Until = now - Duration.FromSeconds(1),
            });
            await rows.CommitAsync(CancellationToken.None);
        }
        Assert.Empty(Items(await ada.GetAsync(Requests)));
        (await ConfirmAsync(eve, lapsed.ToString())).Is(HttpStatusCode.NotFound);
        Assert.Equal("tariffs", Acts(await ada.GetAsync(Default)));
        await FourEyesDesk.ForgetLapsedAsync(server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>(), now, CancellationToken.None);
        await using (var rows = await Staff.RowsAsync(server)) Assert.Empty(rows.FourEyesRequests);
        Assert.Contains("fourEyesRequest.lapsed", (await AuditAsync(ada)).Text, StringComparison.Ordinal);

        // One of a tenant beside it, and one of the tenant above.
        foreach (var slug in new[] { "south", "north" }) (await ada.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug, name = slug, fourEyes = new[] { "tariffs" } })).Is(HttpStatusCode.Created);
        var sue = await Staff.JoinAsync(server, ada, "sue@example.org", "south", new { role = "owner", where = "tenant" });
        (await ada.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/north", new { fourEyes = Array.Empty<string>() })).Is(HttpStatusCode.OK);
        var north = Assert.Single(Items(await ada.GetAsync("/api/v1/tenants/north/four-eyes"))).GetProperty("id").GetString();
        foreach (var path in new[] { "/api/v1/tenants/south", "/api/v1/tenants/north", Default })
        {
            (await sue.FetchAsync(HttpMethod.Post, $"{path}/four-eyes/{north}/confirm", new { })).Is(HttpStatusCode.NotFound);
            (await sue.SendAsync(HttpMethod.Delete, $"{path}/four-eyes/{north}", null, ("Origin", sue.Origin))).Is(HttpStatusCode.NotFound);
        }
        (await eve.FetchAsync(HttpMethod.Post, $"/api/v1/tenants/south/four-eyes/{north}/confirm", new { })).Is(HttpStatusCode.NotFound);
        (await eve.FetchAsync(HttpMethod.Post, $"/api/v1/tenants/north/four-eyes/{north}/confirm", new { })).Is(HttpStatusCode.NoContent);
        Assert.Equal("tariffs", Acts(await sue.GetAsync("/api/v1/tenants/south")));
    }

    private static async Task<PageAnswer> AuditAsync(Browser who)
    {
        // Sealed a moment later.
        for (var i = 0; i < 100; i++)
        {
            var told = await who.GetAsync("/api/v1/audit?limit=200&kind=fourEyesRequest");
            if (told.Text.Contains("lapsed", StringComparison.Ordinal)) return told;
            await Task.Delay(50);
        }
        return await who.GetAsync("/api/v1/audit?limit=200");
    }

    private static Task<PageAnswer> ConfirmAsync(Browser who, string? id) => who.FetchAsync(HttpMethod.Post, $"{Requests}/{id}/confirm", new { });

    private static async Task SwitchAsync(Browser who, params string[] acts) => (await who.FetchAsync(HttpMethod.Patch, Default, new { fourEyes = acts })).Is(HttpStatusCode.OK);

    private static string Acts(PageAnswer answer) => string.Join(' ', JsonElement.Parse(answer.Text).GetProperty("fourEyes").EnumerateArray().Select(act => act.GetString()));

    private static List<JsonElement> Items(PageAnswer answer) => [.. JsonElement.Parse(answer.Text).GetProperty("items").EnumerateArray()];
}
