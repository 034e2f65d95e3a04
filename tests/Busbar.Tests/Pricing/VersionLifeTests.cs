using System.Globalization;
using System.Net;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Pricing.Console;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class VersionLifeTests(Servers servers)
{
    private static readonly StationId Anywhere = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_takes_the_scheduled_version_from_its_instant_on_even_if_nobody_has_activated_it(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var id = await GivenScheduleAsync(api, Hour(1));
        var book = server.Services.GetRequiredService<TariffBook>();
        Assert.Equal((1, 2), (await VersionAtAsync(book, tenant, Hour(1) - Duration.FromMilliseconds(1)), await VersionAtAsync(book, tenant, Hour(1))));
        Assert.Equal((1, 2), (await VersionAtAsync(Elsewhere(server), tenant, Hour(1) - Duration.FromMilliseconds(1)), await VersionAtAsync(Elsewhere(server), tenant, Hour(1))));
        Assert.Equal("scheduled", (await api.GetAsync($"tariffs/{id}/versions/2")).Text("state"));
        // A withdrawn tariff has no plans.
        (await api.PatchAsync($"tariffs/{id}", new { state = "retired" }, (await api.GetAsync($"tariffs/{id}")).Tag)).Is(HttpStatusCode.OK);
        Assert.Equal("retired", (await api.GetAsync($"tariffs/{id}/versions/2")).Text("state"));
        Assert.Equal(0, await VersionAtAsync(book, tenant, Hour(1)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Two_processes_activate_a_scheduled_version_once_at_its_own_instant(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var id = await GivenScheduleAsync(api, Hour(1));
        var late = new FakeTimeProvider((Hour(1) + Duration.FromMinutes(5)).ToDateTimeOffset());
        var rooms = server.Services.GetRequiredService<RoomDbFactory<PricingDb>>();
        var keepers = new[] { 1, 2 }.Select(_ => new ScheduleKeeper(rooms, server.Services.GetRequiredService<TariffBook>(), late, NullLogger<ScheduleKeeper>.Instance)).ToList();
        await Task.WhenAll(keepers.Select(keeper => Task.Run(() => keeper.SettleAsync(default))));

        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), default);
        var published = await db.Publications.AsNoTracking().OrderBy(row => row.Number).ToListAsync();
        Assert.Equal([(1, (Instant?)Hour(1)), (2, null)], published.Select(row => (row.Version, row.RetiredAt)));
        Assert.Equal(Hour(1), published[1].ActivatedAt);
        Assert.Equal(["retired", "active"], (await api.GetAsync($"tariffs/{id}/versions")).Items.Select(item => item.GetProperty("state").GetString()));
        // Told late, by what held then.
        var book = server.Services.GetRequiredService<TariffBook>();
        Assert.Equal((1, 2), (await VersionAtAsync(book, tenant, Hour(1) - Duration.FromMilliseconds(1), asOf: true), await VersionAtAsync(book, tenant, Hour(1), asOf: true)));
    }

    [Fact]
    public async Task A_scheduled_version_is_active_a_second_after_its_instant_and_a_restart_does_not_forget_it()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string id;
        Instant at;
        await using (var server = await RunningServer.StartAsync(store))
        {
            at = TimeProvider.System.GetInstant() + Duration.FromSeconds(2);
            id = await GivenScheduleAsync(server.Admin, at);
        }
        await using var again = await RunningServer.StartAsync(store);
        while ((await again.Admin.GetAsync($"tariffs/{id}/versions/2")).Text("state") != "active")
        {
            Assert.True(TimeProvider.System.GetInstant() < at + Duration.FromSeconds(20), "Nobody activated it.");
            await Task.Delay(100);
        }
        Assert.Equal(2, (await again.Admin.GetAsync($"tariffs/{id}")).Body.GetProperty("activeVersion").GetInt32());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Only_a_draft_is_replaced_or_deleted_and_a_used_tariff_is_succeeded(DatabaseKind kind)
    {
        var (_, api, _) = await TenantAsync(kind);
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        var replaced = await api.SendAsync(HttpMethod.Put, $"tariffs/{id}/versions/2", $$"""{"tariff":{{Tariffs.Energy(3)}},"draft":true}""");
        replaced.Is(HttpStatusCode.OK);
        Assert.Equal("3", replaced.Body.GetProperty("tariff").GetProperty("elements")[0].GetProperty("price_components")[0].GetProperty("price").GetRawText());
        Assert.Equal(replaced.Text("hash"), (await api.GetAsync($"tariffs/{id}/versions/2")).Text("hash"));
        (await api.SendAsync(HttpMethod.Put, $"tariffs/{id}/versions/2", $$"""{"tariff":{{Tariffs.Energy(3)}}}""")).Is(HttpStatusCode.BadRequest);
        (await api.SendAsync(HttpMethod.Put, $"tariffs/{id}/versions/1", $$"""{"tariff":{{Tariffs.Energy(3)}},"draft":true}""")).Is(HttpStatusCode.Conflict, "versionInUse");
        (await api.DeleteAsync($"tariffs/{id}/versions/1")).Is(HttpStatusCode.Conflict, "versionInUse");
        (await api.DeleteAsync($"tariffs/{id}/versions/2")).Is(HttpStatusCode.NoContent);
        Assert.Single((await api.GetAsync($"tariffs/{id}/versions")).Items);
        (await api.DeleteAsync($"tariffs/{id}")).Is(HttpStatusCode.Conflict, "tariffInUse");
        (await api.AssignAsync(id, "[]")).Is(HttpStatusCode.OK);
        // Sessions may be pinned to what was once the price.
        (await api.DeleteAsync($"tariffs/{id}")).Is(HttpStatusCode.Conflict, "tariffInUse");

        var draft = await api.PostAsync("tariffs", new { name = "draft", currency = "EUR", tariff = Tariffs.Energy(1), draft = true });
        (await api.AssignAsync(draft.Text("id"), """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        (await api.DeleteAsync($"tariffs/{draft.Text("id")}")).Is(HttpStatusCode.Conflict, "tariffInUse");
        (await api.AssignAsync(draft.Text("id"), "[]")).Is(HttpStatusCode.OK);
        (await api.DeleteAsync($"tariffs/{draft.Text("id")}", "\"1\"")).Is(HttpStatusCode.PreconditionFailed);
        (await api.DeleteAsync($"tariffs/{draft.Text("id")}")).Is(HttpStatusCode.NoContent);
        (await api.GetAsync($"tariffs/{draft.Text("id")}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Versions_cannot_succeed_each_other_in_a_circle()
    {
        var (_, api, _) = await TenantAsync(DatabaseKind.Sqlite);
        var id = await GivenScheduleAsync(api, Hour(1));
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(3), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        (await MoveAsync(api, id, 3, new { state = "scheduled", activateAt = Text(Hour(1)) })).Is(HttpStatusCode.Conflict, "scheduleTaken");
        (await MoveAsync(api, id, 3, new { state = "scheduled", activateAt = Text(Hour(-1)) })).Is(HttpStatusCode.BadRequest);
        (await MoveAsync(api, id, 3, new { state = "scheduled" })).Is(HttpStatusCode.BadRequest);
        (await MoveAsync(api, id, 3, new { state = "linted", activateAt = Text(Hour(2)) })).Is(HttpStatusCode.BadRequest);
        (await MoveAsync(api, id, 3, new { state = "scheduled", activateAt = Text(Hour(2)) })).Is(HttpStatusCode.OK);
        (await MoveAsync(api, id, 1, new { state = "scheduled", activateAt = Text(Hour(3)) })).Is(HttpStatusCode.Conflict, "versionInUse");
        (await MoveAsync(api, id, 2, new { state = "approved" })).Is(HttpStatusCode.Conflict, "versionInUse");
        // Moved: one version has one instant.
        var moved = await MoveAsync(api, id, 2, new { activateAt = Text(Hour(3)) });
        Assert.Equal((HttpStatusCode.OK, Text(Hour(3))), (moved.Status, moved.Text("activateAt")));
    }

    [Fact]
    public async Task What_the_rules_of_its_places_forbid_is_not_published_and_what_nobody_can_tell_is_a_warning()
    {
        var (_, api, _) = await TenantAsync(DatabaseKind.Sqlite);
        var site = (await api.PostAsync("locations", new
        {
            name = "Hafen", timeZone = "Europe/Berlin", country = "DEU", address = "Kai 1", city = "Hamburg", postalCode = "20457", coordinates = new { latitude = 53.54, longitude = 9.98 },
        })).Text("id");
        var id = (await api.GivenTariffAsync(1, $$"""[{"scope":"location","id":"{{site}}"}]""")).Text("id");
        const string ByTime = """{"tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":5,"step_size":1}]}]},"draft":true}""";
        var added = await api.PostAsync($"tariffs/{id}/versions", ByTime, ApiClient.NewKey());
        added.Is(HttpStatusCode.Created);
        Assert.Equal(
            [("afir-kwh-and-occupancy", "warning"), ("afir-kwh-basis", "warning"), ("pangv-kwh-basis", "warning"), ("pangv-total-price", "warning")], Findings(added).Order());
        Assert.Equal("linted", (await MoveAsync(api, id, 2, new { state = "linted" })).Text("state"));

        (await api.AssignAsync(id, $$"""[{"scope":"location","id":"{{site}}"},{"scope":"adHoc"}]""")).Is(HttpStatusCode.OK);
        (await MoveAsync(api, id, 2, new { state = "active" })).Is(HttpStatusCode.Conflict, "lintErrors");
        (await MoveAsync(api, id, 2, new { state = "approved" })).Is(HttpStatusCode.Conflict, "lintErrors");
        (await MoveAsync(api, id, 2, new { state = "scheduled", activateAt = Text(Hour(1)) })).Is(HttpStatusCode.Conflict, "lintErrors");
        (await api.PostAsync($"tariffs/{id}/versions", ByTime.Replace("true", "false", StringComparison.Ordinal), "key-1")).Is(HttpStatusCode.Conflict, "lintErrors");
        var draft = await api.PostAsync($"tariffs/{id}/versions", ByTime, ApiClient.NewKey());
        Assert.Contains(("pangv-kwh-basis", "error"), Findings(draft));
        Assert.Equal(1, (await api.GetAsync($"tariffs/{id}")).Body.GetProperty("activeVersion").GetInt32());

        static IEnumerable<(string, string)> Findings(Answer version) =>
            version.Body.GetProperty("findings").EnumerateArray().Select(it => (it.GetProperty("rule").GetString()!, it.GetProperty("severity").GetString()!));
    }

    [Fact]
    public async Task The_editor_goes_on_from_a_draft_only_where_it_is_newer_than_what_is_active()
    {
        var (server, api, tenant) = await TenantAsync(DatabaseKind.Sqlite);
        var id = (await api.GivenTariffAsync(1)).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(3) }, "k")).Is(HttpStatusCode.Created);
        var editing = server.Services.GetRequiredService<TariffEditing>();
        Assert.Equal(3, (await editing.ReadAsync(new Caller(tenant, "opr", Rights.None), id, default))!.Base.Version);
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(4), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        Assert.Equal(4, (await editing.ReadAsync(new Caller(tenant, "opr", Rights.None), id, default))!.Base.Version);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_version_that_is_scheduled_again_keeps_its_past(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        await Task.Delay(20);
        var then = TimeProvider.System.GetInstant();
        await Task.Delay(20);
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2) }, "k")).Is(HttpStatusCode.Created);
        var book = server.Services.GetRequiredService<TariffBook>();
        Assert.Equal(1, await VersionAtAsync(book, tenant, then, asOf: true));
        (await MoveAsync(api, id, 1, new { state = "scheduled", activateAt = Text(Hour(1)) })).Is(HttpStatusCode.OK);
        Assert.Equal(1, await VersionAtAsync(book, tenant, then, asOf: true));
        Assert.Equal((2, 1), (await VersionAtAsync(book, tenant, Hour(0)), await VersionAtAsync(book, tenant, Hour(1))));
    }

    [Fact]
    public async Task A_version_that_has_ended_takes_the_place_of_none()
    {
        var (_, api, _) = await TenantAsync(DatabaseKind.Sqlite);
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", Ending(Hour(-1), draft: true), ApiClient.NewKey())).Is(HttpStatusCode.Created);
        (await MoveAsync(api, id, 2, new { state = "active" })).Is(HttpStatusCode.Conflict, "ended");
        (await api.PostAsync($"tariffs/{id}/versions", Ending(Hour(-1), draft: false), "k")).Is(HttpStatusCode.Conflict, "ended");
        (await api.PostAsync($"tariffs/{id}/versions", Ending(Hour(2), draft: true), ApiClient.NewKey())).Is(HttpStatusCode.Created);
        (await MoveAsync(api, id, 3, new { state = "scheduled", activateAt = Text(Hour(2)) })).Is(HttpStatusCode.Conflict, "ended");
        (await MoveAsync(api, id, 3, new { state = "scheduled", activateAt = Text(Hour(1)) })).Is(HttpStatusCode.OK);
        Assert.Equal(1, (await api.GetAsync($"tariffs/{id}")).Body.GetProperty("activeVersion").GetInt32());

        static string Ending(Instant end, bool draft) =>
            $$"""{"tariff":{"currency":"EUR","end_date_time":"{{Text(end)}}","elements":[{"price_components":[{"type":"ENERGY","price":2,"vat":20,"step_size":1}]}]},"draft":{{(draft ? "true" : "false")}}}""";
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_two_that_publish_at_once_the_second_is_told_that_it_was_changed(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var id = (await api.PostAsync("tariffs", new { name = "draft", currency = "EUR", tariff = Tariffs.Energy(1), draft = true })).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        var desk = server.Services.GetRequiredService<TariffDesk>();
        var (caller, guard) = (new Caller(tenant, "opr", Rights.None), new RevisionGuard(_ => true, true));
        // The other publishes when this one has read the tariff and has not written yet.
        var late = await desk.ChangeVersionAsync(caller, id, 2, guard, now => Meanwhile(() => desk.PublishAsync(caller, id, 1, guard, default), now with { State = VersionState.Active }), default);
        Assert.IsType<TariffOutcome.Stale>(late);
        late = await desk.ChangeAsync(caller, id, guard, now => Meanwhile(() => desk.PublishAsync(caller, id, 2, guard, default), now with { State = VersionState.Retired }), default);
        Assert.IsType<TariffOutcome.Stale>(late);
        Assert.Equal(2, (await api.GetAsync($"tariffs/{id}")).Body.GetProperty("activeVersion").GetInt32());
    }

    [Fact]
    public async Task Assignments_do_not_bring_what_is_published_to_where_its_rules_forbid_it()
    {
        var (_, api, _) = await TenantAsync(DatabaseKind.Sqlite);
        var site = (await api.PostAsync("locations", new
        {
            name = "Hafen", timeZone = "Europe/Berlin", country = "DEU", address = "Kai 1", city = "Hamburg", postalCode = "20457", coordinates = new { latitude = 53.54, longitude = 9.98 },
        })).Text("id");
        const string ByTime = """{"name":"by time","currency":"EUR","tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":5,"step_size":1}]}]}}""";
        var id = (await api.PostAsync("tariffs", ByTime)).Text("id");
        (await api.AssignAsync(id, $$"""[{"scope":"location","id":"{{site}}"}]""")).Is(HttpStatusCode.OK);
        (await api.AssignAsync(id, $$"""[{"scope":"location","id":"{{site}}"},{"scope":"adHoc"}]""")).Is(HttpStatusCode.Conflict, "lintErrors");
        // For whoever pays on the spot, wherever: the tenant has a site there.
        (await api.AssignAsync(id, """[{"scope":"adHoc"}]""")).Is(HttpStatusCode.Conflict, "lintErrors");
        Assert.Single((await api.GetAsync($"tariffs/{id}/assignments")).Items);
        // A draft is looked at when it is published.
        var draft = (await api.PostAsync("tariffs", ByTime.Replace("\"currency\":\"EUR\",\"tariff\"", "\"currency\":\"EUR\",\"draft\":true,\"tariff\"", StringComparison.Ordinal))).Text("id");
        (await api.AssignAsync(draft, $$"""[{"scope":"location","id":"{{site}}"},{"scope":"adHoc"}]""")).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_power_of_the_connectors_there_decides_which_rules_hold(DatabaseKind kind)
    {
        var (_, api, _) = await TenantAsync(kind);
        var site = (await api.PostAsync("locations", new
        {
            name = "Haven", timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Rotterdam", postalCode = "3011 AA", coordinates = new { latitude = 51.9, longitude = 4.5 },
        })).Text("id");
        (await api.PostAsync("stations", Station("SLOW", (1, "IEC_62196_T2", 22_000)))).Is(HttpStatusCode.Created);
        const string ByTime = """{"name":"by time","currency":"EUR","draft":true,"tariff":{"currency":"EUR","tax_included":"YES","elements":[{"price_components":[{"type":"TIME","price":5,"step_size":1}]}]}}""";
        var id = (await api.PostAsync("tariffs", ByTime)).Text("id");

        Assert.Empty(await AfirAsync("""{"scope":"adHoc"}"""));
        (await api.PostAsync("stations", Station("BOTH", (1, "IEC_62196_T2", 22_000), (2, "IEC_62196_T2_COMBO", 150_000)))).Is(HttpStatusCode.Created);
        string[] errors = ["afir-kwh-and-occupancy error", "afir-kwh-basis error"];
        Assert.Equal(errors, await AfirAsync("""{"scope":"adHoc"}"""));
        (await MoveAsync(api, id, 1, new { state = "active" })).Is(HttpStatusCode.Conflict, "lintErrors");
        string[] warnings = ["afir-kwh-and-occupancy warning", "afir-kwh-basis warning"];
        // Nobody has said whether anybody may pay on the spot there.
        Assert.Equal(warnings, await AfirAsync("""{"scope":"tenant"}"""));
        Assert.Equal(warnings, await AfirAsync("""{"scope":"tokenGroup","id":"fleet"}"""));
        Assert.Equal(warnings, await AfirAsync("""{"scope":"station","id":"BOTH"}"""));
        Assert.Equal(warnings, await AfirAsync("""{"scope":"evse","id":"BOTH/2"}"""));
        Assert.Equal(warnings, await AfirAsync($$"""{"scope":"location","id":"{{site}}"}"""));
        Assert.Empty(await AfirAsync("""{"scope":"station","id":"SLOW"}"""));
        Assert.Empty(await AfirAsync("""{"scope":"evse","id":"BOTH/1"}"""));

        async Task<IEnumerable<string>> AfirAsync(string assignment)
        {
            (await api.AssignAsync(id, $"[{assignment}]")).Is(HttpStatusCode.OK);
            var replaced = await api.SendAsync(HttpMethod.Put, $"tariffs/{id}/versions/1", ByTime.Replace("\"name\":\"by time\",\"currency\":\"EUR\",\"draft\"", "\"draft\"", StringComparison.Ordinal));
            replaced.Is(HttpStatusCode.OK);
            return replaced.Body.GetProperty("findings").EnumerateArray().Where(it => it.GetProperty("pack").GetString() == "afir")
                .Select(it => $"{it.GetProperty("rule").GetString()} {it.GetProperty("severity").GetString()}").Order(StringComparer.Ordinal);
        }

        object Station(string name, params (int Evse, string Standard, int Power)[] evses) =>
            new { stationId = name, locationId = site, evses = evses.Select(it => new { id = it.Evse, connectors = new[] { new { id = 1, standard = it.Standard, maxPower = it.Power } } }) };
    }

    private static T Meanwhile<T>(Func<Task> other, T wanted)
    {
        Task.Run(other).GetAwaiter().GetResult();
        return wanted;
    }

    private static Instant Hour(int hours) => hours < 0 ? Instant.FromUtc(2020, 1, 1, 0, 0) : Instant.FromUtc(2100, 1, 1, 12, 0) + Duration.FromHours(hours);

    private static string Text(Instant at) => at.ToString("uuuu-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static async Task<Answer> MoveAsync(ApiClient api, string id, int version, object change) =>
        await api.PatchAsync($"tariffs/{id}/versions/{version}", change, (await api.GetAsync($"tariffs/{id}")).Tag);

    /// <summary>Version 1 is active everywhere, version 2 is scheduled.</summary>
    private static async Task<string> GivenScheduleAsync(ApiClient api, Instant at)
    {
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        (await MoveAsync(api, id, 2, new { state = "scheduled", activateAt = Text(at) })).Is(HttpStatusCode.OK);
        return id;
    }

    private static async Task<int> VersionAtAsync(TariffBook book, TenantId tenant, Instant at, bool asOf = false) =>
        (await book.FindAsync(new TariffQuestion(tenant, null, Anywhere, 1, null, at, asOf ? at : null), default))?.Version ?? 0;

    private static TariffBook Elsewhere(RunningServer server) => new(
        server.Services.GetRequiredService<Database>(), server.Services.GetRequiredService<RowReader>(), server.Services.GetRequiredService<RoomDbFactory<PricingDb>>(), TimeProvider.System, NullLogger<TariffBook>.Instance);

    private async Task<(RunningServer Server, ApiClient Api, TenantId Tenant)> TenantAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        return (server, api, server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id);
    }
}
