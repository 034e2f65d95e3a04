using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Simulation;
using Busbar.Pricing.Storage;
using Busbar.Sessions.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Sessions;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Pricing;

/// <summary>A price over the sessions of a running server, on both databases.</summary>
public sealed class SimulationApiTests(Servers servers)
{
    private static readonly object June = new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z" };

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_draft_says_what_it_would_have_earned_and_the_charged_price_differs_by_nothing(DatabaseKind kind)
    {
        var (server, api, tariff, _) = await GivenAsync(kind, sessions: 3);
        var draft = await api.PostAsync($"tariffs/{tariff}/versions", new { tariff = Tariffs.Energy(0.60m), draft = true }, ApiClient.NewKey());
        draft.Is(HttpStatusCode.Created);

        var same = await DoneAsync(api, await api.PostAsync($"tariffs/{tariff}/versions/1/simulations", June));
        var total = same.GetProperty("result").GetProperty("total");
        Assert.Equal((3, 3, "0.00"), (total.GetProperty("sessions").GetInt32(), total.GetProperty("unchanged").GetInt32(), total.GetProperty("difference").GetProperty("inclTax").GetString()));
        Assert.NotEqual("0.00", total.GetProperty("before").GetProperty("inclTax").GetString());

        var made = await api.PostAsync($"tariffs/{tariff}/versions/2/simulations", June);
        var dearer = await DoneAsync(api, made);
        total = dearer.GetProperty("result").GetProperty("total");
        // Three sessions of 2 kWh, 0.10 EUR more for each, 20 % tax.
        Assert.Equal(("0.60", "0.72", 3), (total.GetProperty("difference").GetProperty("exclTax").GetString(), total.GetProperty("difference").GetProperty("inclTax").GetString(), total.GetProperty("losers").GetInt32()));
        var again = await DoneAsync(api, await api.PostAsync($"tariffs/{tariff}/versions/2/simulations", June));
        Assert.Equal(dearer.GetProperty("result").GetRawText(), again.GetProperty("result").GetRawText());

        var document = await DoneAsync(api, await api.PostAsync("simulations", new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", tariff = Tariffs.Energy(0.40m) }));
        Assert.Equal(("-0.72", JsonValueKind.Null), (document.GetProperty("result").GetProperty("total").GetProperty("difference").GetProperty("inclTax").GetString(), document.GetProperty("tariffId").ValueKind));

        var id = made.Text("id");
        var first = await api.GetAsync($"simulations/{id}/sessions?limit=2");
        var second = await api.GetAsync($"simulations/{id}/sessions?limit=2&cursor={first.Text("nextCursor")}");
        Assert.Equal((2, 1, JsonValueKind.Null), (first.Items.Count(), second.Items.Count(), second.Body.GetProperty("nextCursor").ValueKind));
        Assert.Equal(3, first.Items.Concat(second.Items).Select(item => item.GetProperty("sessionId").GetString()).Distinct().Count());
        Assert.All(first.Items, item => Assert.Equal("0.24", item.GetProperty("difference").GetProperty("inclTax").GetString()));
        (await api.GetAsync($"simulations/{id}/sessions?cursor=eHg")).Is(HttpStatusCode.BadRequest, "invalidCursor");

        Assert.Equal(4, (await api.GetAsync("simulations")).Items.Count());
        Assert.Equal(3, (await api.GetAsync($"simulations?tariffId={tariff}")).Items.Count());
        var other = await server.NewTenantAsync();
        Assert.Empty((await other.GetAsync("simulations")).Items);
        (await other.GetAsync($"simulations/{id}")).Is(HttpStatusCode.NotFound);
        (await other.GetAsync($"simulations/{id}/sessions")).Is(HttpStatusCode.NotFound);
        (await other.DeleteAsync($"simulations/{id}")).Is(HttpStatusCode.NotFound);
        (await other.PostAsync($"tariffs/{tariff}/versions/1/simulations", June)).Is(HttpStatusCode.NotFound);
        (await api.DeleteAsync($"simulations/{id}")).Is(HttpStatusCode.NoContent);
        (await api.GetAsync($"simulations/{id}")).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_draft_that_follows_the_market_has_the_markets_prices_of_each_sessions_time_and_says_where_there_was_none(DatabaseKind kind)
    {
        var (server, api, tariff, _) = await GivenAsync(kind, sessions: 1);
        await GivenCurveAsync(api, "market", (0, "0.10"), (15, "0.20"), (30, "0.30"), (45, "0.40"));
        await GivenCurveAsync(api, "gappy", (0, "0.10"), (30, "0.30"), (45, "0.40"));

        // An hour with 2 kWh was charged 1.00; each quarter-hour has half a kWh. What nobody knows costs 9.00 a kWh.
        Assert.Equal(("0.50", 0), await TriedAsync("CP1", "market", "EACH_INTERVAL"));
        Assert.Equal(("0.20", 0), await TriedAsync("CP1", "market", "AT_START"));
        Assert.Equal(("4.90", 1), await TriedAsync("CP1", "gappy", "EACH_INTERVAL"));
        Assert.Equal(("0.20", 0), await TriedAsync("CP1", "gappy", "AT_START"));
        Assert.Equal(("18.00", 1), await TriedAsync("CP1", "nowhere", "EACH_INTERVAL"));

        // Of a session that was locked at its start, only that interval was decided: it stands, whatever is said of it later, and the store tells the others.
        var locked = await api.PostAsync("tariffs", new { name = "locked", currency = "EUR", tariff = Market("market", "AT_START") });
        locked.Is(HttpStatusCode.Created);
        var station = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP2");
        (await api.AssignAsync(locked.Text("id"), """[{"scope":"station","id":"CP2"}]""")).Is(HttpStatusCode.OK);
        await station.ChargeAsync("tx");
        for (var wait = 0; (await api.GetAsync("sessions?status=completed")).Items.Count() < 2; wait++)
        {
            Assert.True(wait < 100, "The session was not stored.");
            await Task.Delay(100);
        }
        var curve = (await api.GetAsync("price-curves?name=market")).Items.Single().GetProperty("id").GetString();
        (await api.SendAsync(HttpMethod.Put, $"price-curves/{curve}/prices", """[{"at":"2026-06-01T12:00:00Z","price":"5"}]""")).Is(HttpStatusCode.OK);
        Assert.Equal(("0.20", 0), await TriedAsync("CP2", "market", "AT_START"));
        Assert.Equal(("0.50", 0), await TriedAsync("CP2", "market", "EACH_INTERVAL"));
        Assert.Equal(("10.00", 0), await TriedAsync("CP1", "market", "AT_START"));

        async Task<(string After, int StandIns)> TriedAsync(string station, string name, string lockedWhen)
        {
            var done = await DoneAsync(api, await api.PostAsync("simulations", new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", stationId = station, tariff = Market(name, lockedWhen) }));
            var result = done.GetProperty("result");
            Assert.Equal(1, result.GetProperty("total").GetProperty("sessions").GetInt32());
            var sessions = (await api.GetAsync($"simulations/{done.GetProperty("id").GetString()}/sessions")).Items;
            Assert.Equal(result.GetProperty("standIns").GetInt32(), sessions.Count(session => session.GetProperty("standIn").GetBoolean()));
            return (result.GetProperty("total").GetProperty("after").GetProperty("exclTax").GetString()!, result.GetProperty("standIns").GetInt32());
        }

        static JsonElement Market(string name, string lockedWhen) => JsonElement.Parse($$$"""
            {"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":9,"vat":20,"step_size":1}]}],"extensions":{"elements":[{"element":0,"price_components":[{"price_component":0,"curve":{"name":"{{{name}}}","lock":"{{{lockedWhen}}}"}}]}]}}
            """);
    }

    private static async Task GivenCurveAsync(ApiClient api, string name, params (int Minute, string Price)[] prices)
    {
        var made = await api.PostAsync("price-curves", new { name, currency = "EUR", timeZone = "Europe/Amsterdam" });
        made.Is(HttpStatusCode.Created);
        var rows = prices.Select(it => $$"""{"at":"2026-06-01T12:{{it.Minute:00}}:00Z","price":"{{it.Price}}"}""");
        (await api.SendAsync(HttpMethod.Put, $"price-curves/{made.Text("id")}/prices", $"[{string.Join(',', rows)}]")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_filter_narrows_and_what_is_wrong_with_it_is_named()
    {
        var (_, api, tariff, station) = await GivenAsync(DatabaseKind.Sqlite, sessions: 1);
        var path = $"tariffs/{tariff}/versions/1/simulations";
        await SeenAsync(1, new { from = "2026-06-01T12:00:00Z", to = "2026-06-01T12:00:01Z", stationId = station, evse = 1, tariffId = tariff });
        await SeenAsync(0, new { from = "2026-06-01T00:00:00Z", to = "2026-06-01T12:00:00Z" });
        await SeenAsync(0, new { from = "2026-06-01T12:00:00.001Z", to = "2026-06-02T12:00:00Z" });
        await SeenAsync(0, new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", stationId = station, evse = 2 });
        await SeenAsync(0, new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", tariffId = (await api.GivenTariffAsync(1)).Text("id") });
        var location = (await api.PostAsync("locations", Given.Location)).Text("id");
        await SeenAsync(0, new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", locationId = location });
        (await api.PatchAsync($"stations/{station}", new { locationId = location })).Is(HttpStatusCode.OK);
        await SeenAsync(1, new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", locationId = location });

        await RefusedAsync(new { from = "2026-06-02T00:00:00Z", to = "2026-06-01T00:00:00Z" }, "/to");
        await RefusedAsync(new { from = "2026-06-02T00:00:00Z" }, "/to");
        await RefusedAsync(new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", evse = 0, stationId = "nowhere", locationId = "loc", tariffId = "x" }, "/evse", "/locationId", "/stationId", "/tariffId");
        await RefusedAsync(new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", evse = 1 }, "/evse");
        Assert.Equal(["/tariff/elements"], (await api.PostAsync("simulations", """{"from":"2026-06-01T00:00:00Z","to":"2026-07-01T00:00:00Z","tariff":{"currency":"EUR","elements":[]}}""")).Pointers);
        (await api.PostAsync($"tariffs/{tariff}/versions/9/simulations", June)).Is(HttpStatusCode.NotFound);
        (await api.GetAsync("simulations?tariffId=x")).Is(HttpStatusCode.BadRequest);
        (await api.GetAsync("simulations/x")).Is(HttpStatusCode.NotFound);

        async Task SeenAsync(int sessions, object filter) =>
            Assert.Equal(sessions, (await DoneAsync(api, await api.PostAsync(path, filter))).GetProperty("result").GetProperty("seen").GetInt32());

        async Task RefusedAsync(object filter, params string[] pointers)
        {
            var answer = await api.PostAsync(path, filter);
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal(pointers, answer.Pointers.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Who_may_not_see_sessions_may_not_see_what_they_cost()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        var client = await api.PostAsync("api-clients", new { name = "prices", scopes = new[] { "tariffs:read" } });
        client.Is(HttpStatusCode.Created);
        var prices = server.With(client.Text("key"));
        var tariff = (await api.GivenTariffAsync(1)).Text("id");
        (await prices.GetAsync("tariffs")).Is(HttpStatusCode.OK);
        (await prices.PostAsync($"tariffs/{tariff}/versions/1/simulations", June)).Is(HttpStatusCode.Forbidden);
        (await prices.GetAsync("simulations")).Is(HttpStatusCode.Forbidden);
        (await prices.GetAsync("simulations/sim1")).Is(HttpStatusCode.Forbidden);
        (await prices.GetAsync("simulations/sim1/sessions")).Is(HttpStatusCode.Forbidden);
        (await prices.DeleteAsync("simulations/sim1")).Is(HttpStatusCode.Forbidden);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task One_that_a_process_left_behind_goes_on_behind_its_last_part_and_a_cancelled_one_stays_so(DatabaseKind kind)
    {
        var (server, api, tariff, _) = await GivenAsync(kind, sessions: 3);
        var whole = await DoneAsync(api, await api.PostAsync($"tariffs/{tariff}/versions/1/simulations", June));
        var tenant = await TenantAsync(server, whole);
        var rooms = server.Services.GetRequiredService<RoomDbFactory<PricingDb>>();
        SimulationPartRow part;
        SimulationRow done;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), default))
        {
            done = await db.Simulations.AsNoTracking().SingleAsync();
            part = await db.SimulationParts.AsNoTracking().SingleAsync();
        }
        var sessions = SimulationPart.Read(part.Sessions).ToList();
        Assert.Equal(3, sessions.Count);

        // As a process leaves it that dies after two of three sessions; the two are marked, so that they are seen not to be done again.
        var left = new SimulationRow
        {
            TenantId = tenant, Id = server.Services.GetRequiredService<IdSource>().New<SimulationId>(), TariffId = done.TariffId, Version = 1, Canonical = done.Canonical, Hash = done.Hash, Currency = "EUR",
            FromAt = done.FromAt, ToAt = done.ToAt, State = SimulationState.Running, Done = 2, Total = 3, CreatedAt = done.CreatedAt, StartedAt = done.CreatedAt,
        };
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), default))
        {
            db.Add(left);
            db.Add(new SimulationPartRow
            {
                TenantId = tenant, SimulationId = left.Id, Number = 1, LastStartedAt = sessions[1].StartedAt, LastSession = IdOf(sessions[1].Session), Done = 2,
                Sessions = SimulationPart.Write([.. sessions.Take(2).Select(session => session with { AfterIncl = session.AfterIncl + 1_000_000 })]),
            });
            await db.CommitAsync(default);
        }
        server.Services.GetRequiredService<SimulationSignal>().Tell();
        var resumed = await WaitAsync(api, left.Id.ToString());
        var total = resumed.GetProperty("result").GetProperty("total");
        Assert.Equal((3, 2, 1, "2.00"), (total.GetProperty("sessions").GetInt32(), total.GetProperty("losers").GetInt32(), total.GetProperty("unchanged").GetInt32(), total.GetProperty("difference").GetProperty("inclTax").GetString()));

        // A version whose bytes were changed fails, and says so.
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), default))
        {
            await db.CommitAsync(ct => db.Simulations.Where(row => row.Id == left.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, SimulationState.Queued).SetProperty(row => row.Hash, "other").SetProperty(row => row.Result, (byte[]?)null), ct), default);
        }
        server.Services.GetRequiredService<SimulationSignal>().Tell();
        var failed = await WaitAsync(api, left.Id.ToString());
        Assert.Equal("failed damaged", $"{failed.GetProperty("state")} {failed.GetProperty("failure")}");
    }

    [Fact]
    public async Task A_tenant_has_one_at_a_time_and_a_cancelled_one_makes_room_and_is_not_taken_up()
    {
        // Nobody does them here: each waits.
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.Remove(services.Single(service => service.ImplementationType == typeof(SimulationRunner))));
        var api = await server.NewTenantAsync();
        var path = $"tariffs/{(await api.GivenTariffAsync(1)).Text("id")}/versions/1/simulations";
        var first = await api.PostAsync(path, June);
        first.Is(HttpStatusCode.Created);
        Assert.Equal("queued", first.Text("state"));
        (await api.PostAsync(path, June)).Is(HttpStatusCode.Conflict, "simulationRuns");
        var other = await server.NewTenantAsync();
        (await other.PostAsync($"tariffs/{(await other.GivenTariffAsync(1)).Text("id")}/versions/1/simulations", June)).Is(HttpStatusCode.Created);

        SimulationRow row;
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<PricingDb>>().OpenAsync(TenantScope.Of(await TenantAsync(server, first.Body)), default))
            row = await db.Simulations.AsNoTracking().SingleAsync();
        (await api.DeleteAsync($"simulations/{row.Id}")).Is(HttpStatusCode.NoContent);
        await ActivatorUtilities.CreateInstance<SimulationRunner>(server.Services).SimulateAsync(row, default);
        var cancelled = await api.GetAsync($"simulations/{row.Id}");
        Assert.Equal(("cancelled", JsonValueKind.Null), (cancelled.Text("state"), cancelled.Body.GetProperty("result").ValueKind));
        (await api.PostAsync(path, June)).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task One_whose_lease_is_lost_or_that_is_cancelled_stops_in_the_middle_of_a_page_and_has_not_failed()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.Remove(services.Single(service => service.ImplementationType == typeof(SimulationRunner))));
        var api = await server.NewTenantAsync();
        var made = await api.PostAsync($"tariffs/{(await api.GivenTariffAsync(1)).Text("id")}/versions/1/simulations", June);
        made.Is(HttpStatusCode.Created);
        var id = made.Text("id");
        SimulationRow row;
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<PricingDb>>().OpenAsync(TenantScope.Of(await TenantAsync(server, made.Body)), default))
            row = await db.Simulations.AsNoTracking().SingleAsync();
        var leases = server.Services.GetRequiredService<JobLeases>();
        var clock = new FakeTimeProvider();
        var runner = ActivatorUtilities.CreateInstance<SimulationRunner>(server.Services, clock, new StuckArchive());

        Assert.True(await leases.TryHoldAsync("simulations", "another", TimeSpan.FromHours(1), default));
        await StopsAsync(runner.RunAsync(row, default));
        Assert.Equal("running", (await api.GetAsync($"simulations/{id}")).Text("state"));

        await leases.LetGoAsync("simulations", "another", default);
        var cancelled = runner.RunAsync(row, default);
        (await api.DeleteAsync($"simulations/{id}")).Is(HttpStatusCode.NoContent);
        await StopsAsync(cancelled);
        Assert.Equal("cancelled", (await api.GetAsync($"simulations/{id}")).Text("state"));

        async Task StopsAsync(Task running)
        {
            for (var wait = 0; (await api.GetAsync($"simulations/{id}")).Text("state") == "queued"; wait++)
            {
                Assert.True(wait < 100, "It did not begin.");
                await Task.Delay(50);
            }
            for (var wait = 0; !running.IsCompleted; wait++)
            {
                Assert.True(wait < 300, "It went on.");
                clock.Advance(TimeSpan.FromSeconds(10));
                await Task.Delay(50);
            }
            await running;
        }
    }

    /// <summary>A page that does not come.</summary>
    private sealed class StuckArchive : ISessionArchive
    {
        public Task<long> CountAsync(ArchiveQuestion question, CancellationToken ct) => Task.FromResult(1L);

        public async IAsyncEnumerable<IArchivePage> ReadAsync(ArchiveQuestion question, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.Delay(Timeout.Infinite, ct);
            yield break;
        }
    }

    private async Task<(RunningServer Server, ApiClient Api, string Tariff, string Station)> GivenAsync(DatabaseKind kind, int sessions)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var tariff = (await api.GivenTariffAsync(0.50m, """[{"scope":"tenant"}]""")).Text("id");
        (await api.PostAsync("tokens", new { uid = "TAG", type = "rfid" })).Is(HttpStatusCode.Created);
        for (var i = 1; i <= sessions; i++) await (await ToldStation.MadeAsync(server, api, api.Tenant!, $"CP{i}")).ChargeAsync("tx");
        for (var wait = 0; (await api.GetAsync("sessions?status=completed")).Items.Count() < sessions; wait++)
        {
            Assert.True(wait < 100, "The sessions were not stored.");
            await Task.Delay(100);
        }
        return (server, api, tariff, "CP1");
    }

    private static async Task<JsonElement> DoneAsync(ApiClient api, Answer made)
    {
        made.Is(HttpStatusCode.Created);
        var done = await WaitAsync(api, made.Text("id"));
        Assert.Equal("done", done.GetProperty("state").GetString());
        return done;
    }

    private static async Task<JsonElement> WaitAsync(ApiClient api, string id)
    {
        for (var wait = 0; wait < 300; wait++)
        {
            var read = await api.GetAsync($"simulations/{id}");
            read.Is(HttpStatusCode.OK);
            if (read.Text("state") is not ("queued" or "running")) return read.Body;
            await Task.Delay(100);
        }
        throw new TimeoutException($"Simulation {id} did not end.");
    }

    private static Guid IdOf(string session) => TypedId.TryParse<SessionId>(session, out var id) ? id.Value : throw new FormatException(session);

    private static async Task<TenantId> TenantAsync(RunningServer server, JsonElement simulation)
    {
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<PricingDb>>().OpenAsync(TenantScope.System, default);
        var id = TypedId.TryParse<SimulationId>(simulation.GetProperty("id").GetString(), out var parsed) ? parsed : default;
        return (await db.Simulations.AsNoTracking().SingleAsync(row => row.Id == id)).TenantId;
    }
}
