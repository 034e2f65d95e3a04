using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Pricing;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>A session costs what was published when it began, however late its station tells it.</summary>
public sealed class LateToldTests(Servers servers)
{
    private static readonly Duration Hour = Duration.FromHours(1);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_told_late_has_the_version_that_was_published_when_it_began(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var _ = server;
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        var registered = Now(clock);
        clock.Advance(TimeSpan.FromHours(1));
        var tariff = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        var first = Now(clock);
        foreach (var price in new[] { 2, 3 })
        {
            clock.Advance(TimeSpan.FromHours(1));
            (await api.PostAsync($"tariffs/{tariff}/versions", new { tariff = Tariffs.Energy(price) }, $"k{price}")).Is(HttpStatusCode.Created);
        }
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("3.00", await PriceAsync(api, station, "told at once", Now(clock) - Duration.FromSeconds(30)));
        Assert.Equal("3.00", await PriceAsync(api, station, "late, nothing published since", Now(clock) - Hour / 2));
        Assert.Equal("2.00", await PriceAsync(api, station, "late over one publication", first + Hour + Hour / 2));
        Assert.Equal("1.00", await PriceAsync(api, station, "late over two", first + Hour / 2));
        Assert.Null(await PriceAsync(api, station, "before anything was published", registered + Hour / 2));
        // Of that time nothing is known here.
        Assert.Equal("3.00", await PriceAsync(api, station, "before the station was registered", registered - Hour));

        // Withdrawn, then the first version once more.
        (await api.PatchAsync($"tariffs/{tariff}", new { state = "retired" }, "*")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));
        (await api.PatchAsync($"tariffs/{tariff}/versions/1", new { state = "active" }, "*")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("1.00", await PriceAsync(api, station, "the first again", Now(clock) - Hour / 2));
        Assert.Null(await PriceAsync(api, station, "while it was withdrawn", Now(clock) - Hour - Hour / 2));
        Assert.Equal("3.00", await PriceAsync(api, station, "before it was", Now(clock) - 2 * Hour - Hour / 2));
        var report = await Busbar.Sessions.SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        Assert.Empty(report.Differences);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_told_late_has_the_tariff_that_was_assigned_when_it_began(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var _ = server;
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        var one = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        var two = (await api.GivenTariffAsync(2)).Text("id");
        var begun = Now(clock);
        clock.Advance(TimeSpan.FromHours(1));
        (await api.AssignAsync(two, """[{"scope":"station","id":"CP-1"}]""")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));
        // The same once more is no change; another place beside it leaves it as it was.
        (await api.AssignAsync(two, """[{"scope":"station","id":"CP-1"}]""")).Is(HttpStatusCode.OK);
        (await api.AssignAsync(two, """[{"scope":"tokenGroup","id":"fleet"},{"scope":"station","id":"CP-1"}]""")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));
        (await api.AssignAsync(two, "[]")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));
        (await api.AssignAsync(one, """[{"scope":"tokenGroup","id":"fleet"}]""")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal("1.00", await PriceAsync(api, station, "before the narrower one was made", begun + Hour / 2));
        Assert.Equal("2.00", await PriceAsync(api, station, "under it", begun + Hour + Hour / 2));
        Assert.Equal("2.00", await PriceAsync(api, station, "under it, put once more", begun + 2 * Hour + Hour / 2));
        Assert.Equal("1.00", await PriceAsync(api, station, "after it was removed", begun + 3 * Hour + Hour / 2));
        Assert.Null(await PriceAsync(api, station, "after all were", begun + 4 * Hour + Hour / 2));
        Assert.Null(await PriceAsync(api, station, "told at once", Now(clock)));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_version_that_begins_later_than_the_session_never_applies(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var _ = server;
        var api = server.Admin;
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        var begins = Now(clock) + Hour;
        var tariff = JsonElement.Parse($$"""{"currency":"EUR","start_date_time":"{{begins.ToRfc3339()}}","elements":[{"price_components":[{"type":"ENERGY","price":1,"step_size":1}]}]}""");
        var made = await api.PostAsync("tariffs", new { name = "later", currency = "EUR", tariff });
        made.Is(HttpStatusCode.Created);
        (await api.AssignAsync(made.Text("id"), """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(await PriceAsync(api, station, "before its window", begins - Hour / 2));
        Assert.Equal("1.00", await PriceAsync(api, station, "in it", begins + Hour / 2));
    }

    private async Task<(RunningServer Server, SetClock Clock)> StartAsync(DatabaseKind kind)
    {
        var clock = new SetClock();
        return (await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock)), clock);
    }

    private static Instant Now(SetClock clock) => Instant.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>What a kWh costs that is charged within ten seconds of then, and told now; null without a tariff.</summary>
    private static async Task<string?> PriceAsync(ApiClient api, ToldStation station, string transaction, Instant begun)
    {
        await station.TellAsync(Frames.Event("Started", transaction, 0, begun, 1_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Ended", transaction, 1, begun + Duration.FromSeconds(10), 2_000, offline: true));
        var session = (await api.GetAsync("sessions?stationId=CP-1&limit=100")).Items.Single(item => item.GetProperty("ocppTransactionId").GetString() == transaction);
        var issues = session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString());
        if (!session.TryGetProperty("cost", out var cost) || cost.ValueKind == JsonValueKind.Null)
        {
            Assert.Contains("noTariff", issues);
            return null;
        }
        Assert.DoesNotContain("noTariff", issues);
        return cost.GetProperty("exclTax").GetString();
    }
}
