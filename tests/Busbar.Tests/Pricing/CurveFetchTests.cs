using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Tests.Pricing;

/// <summary>A curve's prices come from its source, day by day, and what does not come leaves it as it is.</summary>
public sealed class CurveFetchTests(Servers servers)
{
    private const string Token = "the-token-of-the-platform";
    private const string Zone = "10YNL----------L";

    [Theory]
    [InlineData(2026, 3, 29, 23)]     // clocks go forward
    [InlineData(2026, 10, 25, 25)]    // and back
    [InlineData(2028, 2, 29, 24)]
    public void Tomorrow_has_as_many_hours_as_it_has(int year, int month, int day, int hours)
    {
        var zone = Zones.Find("Europe/Brussels");
        var tomorrow = new LocalDate(year, month, day);
        var plan = FetchPlan.Of(zone.AtStrictly(tomorrow.PlusDays(-1) + new LocalTime(12, 0)).ToInstant(), zone);
        Assert.Equal((zone.AtStartOfDay(tomorrow).ToInstant(), Duration.FromHours(hours)), (plan.Tomorrow, plan.End - plan.Tomorrow));
    }

    [Theory]
    [InlineData("09:00", true, true, "2026-03-03T13:00")]      // told already
    [InlineData("09:00", true, false, "2026-03-02T13:00")]     // nobody tells tomorrow's before noon
    [InlineData("09:00", false, false, "2026-03-02T09:15")]    // today's are missing
    [InlineData("14:00", true, false, "2026-03-02T14:15")]     // tomorrow's are late
    [InlineData("14:00", true, true, "2026-03-03T13:00")]
    public void The_source_is_asked_when_it_has_something_to_tell(string now, bool hasToday, bool hasTomorrow, string next)
    {
        var zone = Zones.Find("Europe/Brussels");
        var at = zone.AtStrictly(new LocalDate(2026, 3, 2) + LocalTimePattern.CreateWithInvariantCulture("HH:mm").Parse(now).Value).ToInstant();
        var asked = FetchPlan.Next(at, zone, hasToday, hasTomorrow, default);
        Assert.Equal(next, asked.InZone(zone).LocalDateTime.ToString("uuuu-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("""{"currency":"EUR","prices":[{"at":"2026-03-02T12:01:00Z","price":"1"}]}""", "no start of an interval")]
    [InlineData("""{"currency":"EUR","prices":[{"at":"2026-03-02T12:00:00Z","price":"free"}]}""", "no number")]
    [InlineData("""{"currency":"EUR","prices":[{"at":"2026-03-02T12:00:00Z","price":"1"},{"at":"2026-03-02T12:00:00Z","price":"2"}]}""", "twice")]
    [InlineData("""{"currency":"LEU","prices":[]}""", "no currency")]
    [InlineData("""{"currency":"EUR","prices":[null]}""", "no price")]
    [InlineData("""{"currency":"EUR","prices":null}""", "no prices")]
    [InlineData("""{"currency":"EUR"}""", "no prices")]
    [InlineData("<html/>", "no JSON")]
    [InlineData("null", "nothing")]
    public void What_is_no_document_of_prices_is_told_and_not_guessed(string json, string why) =>
        Assert.True(PriceDocument.Read(Encoding.UTF8.GetBytes(json), 900) is CurveRead.Wrong, why);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Prices_come_from_the_source_and_what_goes_wrong_is_said(DatabaseKind kind)
    {
        await using var market = new MarketPlace();
        var clock = new SetClock();
        await using var server = await StartAsync(kind, market, clock);
        var (api, fetcher) = (server.Admin, server.Services.GetRequiredService<CurveFetcher>());
        var plan = FetchPlan.Of(clock.GetInstant(), Zones.Find("Europe/Amsterdam"));
        var spot = await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "Europe/Amsterdam", source = new { kind = "entsoe", from = Zone } });
        spot.Is(HttpStatusCode.Created);
        var json = await api.PostAsync("price-curves", new { name = "mine", currency = "EUR", timeZone = "Europe/Amsterdam", stepSeconds = 3600, source = new { kind = "json", from = market.Url + "spot.json?from={from}" } });
        json.Is(HttpStatusCode.Created);
        market.Answer = request => request.QueryString["documentType"] is null ? (200, Json(plan.Today, plan.Tomorrow, "0.20")) : (401, "no");

        await fetcher.FetchDueAsync(TestContext.Current.CancellationToken);
        var asked = market.Asked.Single(url => url.Contains("documentType=A44", StringComparison.Ordinal));
        Assert.Contains($"in_Domain={Zone}&out_Domain={Zone}&periodStart={Said(plan.Today)}&periodEnd={Said(plan.End)}&securityToken={Token}", asked, StringComparison.Ordinal);
        Assert.Contains(market.Asked, url => url.EndsWith("spot.json?from=" + Uri.EscapeDataString(InstantPattern.General.Format(plan.Today)), StringComparison.Ordinal));
        var failed = (await api.GetAsync("price-curves/" + spot.Text("id"))).Body.GetProperty("fetch");
        Assert.Equal("It answered with 401.", failed.GetProperty("failure").GetString());
        var told = await api.GetAsync("price-curves/" + json.Text("id"));
        Assert.Equal(plan.Missing(clock.GetInstant(), hasToday: true, hasTomorrow: false), told.Body.GetProperty("fetch").GetProperty("failure").GetString());
        Assert.Equal(await PriceAtAsync(server, "mine", plan.Today), 0.20m);
        Assert.Null(await PriceAtAsync(server, "spot", plan.Today));

        // A quarter of an hour later it has all of both days; nothing is asked in between.
        var before = market.Asked.Count;
        await fetcher.FetchDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(before, market.Asked.Count);
        market.Answer = _ => (200, Xml(plan.Today, plan.End, "91.5"));
        clock.Advance(TimeSpan.FromMinutes(16));
        if (FetchPlan.Of(clock.GetInstant(), Zones.Find("Europe/Amsterdam")) != plan) return;    // midnight came in between
        await fetcher.FetchDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0.0915m, await PriceAtAsync(server, "spot", plan.End - Duration.FromHours(1)));
        var whole = await api.GetAsync("price-curves/" + spot.Text("id"));
        Assert.Equal(JsonValueKind.Null, whole.Body.GetProperty("fetch").GetProperty("failure").ValueKind);
        Assert.True(InstantPattern.ExtendedIso.Parse(whole.Body.GetProperty("fetch").GetProperty("nextAt").GetString()!).Value >= plan.Tomorrow);
        Assert.DoesNotContain(Token, whole.Body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_read_from_the_tenants_own_folder_only()
    {
        var folder = Directory.CreateTempSubdirectory("busbar-prices-").FullName;
        try
        {
            var clock = new SetClock();
            await using var market = new MarketPlace();
            await using var server = await StartAsync(DatabaseKind.Sqlite, market, clock, $"--Busbar:Pricing:PriceFolder={folder}");
            var (api, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
            var plan = FetchPlan.Of(clock.GetInstant(), DateTimeZone.Utc);
            Directory.CreateDirectory(Path.Combine(folder, api.Tenant!));
            await File.WriteAllTextAsync(Path.Combine(folder, api.Tenant!, "spot.json"), Json(plan.Today, plan.End, "0.3"), TestContext.Current.CancellationToken);
            foreach (var each in new[] { api, other })
            {
                (await each.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", stepSeconds = 3600, source = new { kind = "file", from = "spot.json" } })).Is(HttpStatusCode.Created);
                var out_ = await each.PostAsync("price-curves", new { name = "out", currency = "EUR", timeZone = "UTC", source = new { kind = "file", from = "../spot.json" } });
                out_.Is(HttpStatusCode.BadRequest);
                Assert.Equal(["/source/from"], out_.Pointers);
            }
            await server.Services.GetRequiredService<CurveFetcher>().FetchDueAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0.3m, await PriceAtAsync(server, "spot", plan.Today, api.Tenant));
            Assert.Null(await PriceAtAsync(server, "spot", plan.Today, other.Tenant));
            Assert.Equal("There is no such file.", Assert.Single((await other.GetAsync("price-curves")).Items).GetProperty("fetch").GetProperty("failure").GetString());

            // Whoever may write into one's own folder reaches no other by a link.
            File.CreateSymbolicLink(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, other.Tenant!)).FullName, "spot.json"), Path.Combine(folder, api.Tenant!, "spot.json"));
            clock.Advance(TimeSpan.FromMinutes(16));
            await server.Services.GetRequiredService<CurveFetcher>().FetchDueAsync(TestContext.Current.CancellationToken);
            Assert.Equal("It is empty, or no file.", Assert.Single((await other.GetAsync("price-curves")).Items).GetProperty("fetch").GetProperty("failure").GetString());
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public async Task What_a_source_tells_is_kept_within_the_curves_bounds()
    {
        await using var market = new MarketPlace();
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, clock);
        var (api, fetcher) = (server.Admin, server.Services.GetRequiredService<CurveFetcher>());
        var plan = FetchPlan.Of(clock.GetInstant(), DateTimeZone.Utc);
        var made = await api.PostAsync("price-curves", new { name = "spot", currency = "SEK", timeZone = "UTC", stepSeconds = 3600, source = new { kind = "json", from = market.Url + "a" } });
        made.Is(HttpStatusCode.Created);
        var answers = new (string Body, string Failure)[]
        {
            (Json(plan.Today, plan.End, "1"), "Its currency is EUR, the curve's is SEK."),
            (Json(Instant.FromUtc(1990, 1, 1, 0, 0), Instant.FromUtc(1990, 1, 1, 1, 0), "1").Replace("EUR", "SEK", StringComparison.Ordinal), "Not every interval of today has a price."),
            ("<html>", "'<' is an invalid start of a value"),
        };
        foreach (var (body, failure) in answers)
        {
            market.Answer = _ => (200, body);
            await fetcher.FetchDueAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith(failure, (await api.GetAsync("price-curves/" + made.Text("id"))).Body.GetProperty("fetch").GetProperty("failure").GetString(), StringComparison.Ordinal);
            clock.Advance(TimeSpan.FromMinutes(16));
        }
        Assert.Empty((await api.GetAsync($"price-curves/{made.Text("id")}/prices?from={InstantPattern.General.Format(plan.Today)}&to={InstantPattern.General.Format(plan.End)}")).Items);

        // Without a source nobody is asked.
        (await api.SendAsync(HttpMethod.Patch, "price-curves/" + made.Text("id"), """{"source":null}""", "application/merge-patch+json")).Is(HttpStatusCode.OK);
        var before = market.Asked.Count;
        await fetcher.FetchDueAsync(TestContext.Current.CancellationToken);
        Assert.Equal(before, market.Asked.Count);
        Assert.Equal(JsonValueKind.Null, (await api.GetAsync("price-curves/" + made.Text("id"))).Body.GetProperty("fetch").ValueKind);
    }

    /// <summary>What an old source answers late is not told of the new one.</summary>
    [Fact]
    public async Task A_source_that_was_changed_while_it_was_asked_tells_nothing()
    {
        await using var market = new MarketPlace();
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, clock);
        var (api, plan) = (server.Admin, FetchPlan.Of(clock.GetInstant(), DateTimeZone.Utc));
        var id = (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", stepSeconds = 3600, source = new { kind = "json", from = market.Url + "old" } })).Text("id");
        market.Answer = _ =>
        {
            api.SendAsync(HttpMethod.Patch, "price-curves/" + id, $$$"""{"source":{"kind":"json","from":"{{{market.Url}}}new"}}""", "application/merge-patch+json").GetAwaiter().GetResult().Is(HttpStatusCode.OK);
            return (200, Json(plan.Today, plan.End, "1"));
        };
        Assert.Equal(1, await server.Services.GetRequiredService<CurveFetcher>().FetchDueAsync(TestContext.Current.CancellationToken));
        Assert.Null(await PriceAtAsync(server, "spot", plan.Today));
        var fetch = (await api.GetAsync("price-curves/" + id)).Body.GetProperty("fetch");
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (fetch.GetProperty("answeredAt").ValueKind, fetch.GetProperty("failure").ValueKind));
    }

    /// <summary>Many curves of one tenant do not keep another's waiting.</summary>
    [Fact]
    public async Task Of_each_tenant_a_few_are_asked_at_a_time_and_all_have_their_turn()
    {
        await using var market = new MarketPlace();
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, new SetClock());
        var (many, one) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        for (var i = 0; i < 10; i++) await MakeAsync(many, $"spot {i}", "many");
        await MakeAsync(one, "spot", "one");
        var fetcher = server.Services.GetRequiredService<CurveFetcher>();
        Assert.Equal(9, await fetcher.FetchDueAsync(TestContext.Current.CancellationToken));
        Assert.Contains("/one", market.Asked);
        Assert.Equal(2, await fetcher.FetchDueAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await fetcher.FetchDueAsync(TestContext.Current.CancellationToken));

        async Task MakeAsync(ApiClient api, string name, string path) =>
            (await api.PostAsync("price-curves", new { name, currency = "EUR", timeZone = "UTC", source = new { kind = "json", from = market.Url + path } })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_source_that_cannot_be_asked_here_is_refused_by_its_pointer()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        foreach (var source in new object[] { new { kind = "entsoe", from = Zone }, new { kind = "file", from = "spot.json" }, new { kind = "json", from = "ftp://example.com/a" }, new { kind = "json", from = "https://me:secret@example.com/" }, new { kind = "json", from = "https://a\u2100.example.com/" }, new { kind = "json", from = "" } })
        {
            var refused = await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", source });
            refused.Is(HttpStatusCode.BadRequest);
            Assert.Equal(["/source/from"], refused.Pointers);
        }
        foreach (var kind in new[] { "json,file", "" })
            (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", source = new { kind, from = "x" } })).Is(HttpStatusCode.BadRequest);
        (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", source = new { kind = "telepathy", from = "x" } })).Is(HttpStatusCode.BadRequest);
    }

    private async Task<RunningServer> StartAsync(DatabaseKind kind, MarketPlace market, SetClock clock, params string[] more) =>
        await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock),
        [
            $"--Busbar:Pricing:EntsoeToken={Token}", $"--Busbar:Pricing:EntsoeUrl={market.Url}api", "--Busbar:Egress:Purposes:Prices:Http=true", "--Busbar:Egress:Purposes:Prices:AllowedNetworks:0=127.0.0.0/8",
            $"--Busbar:Egress:Purposes:Prices:Ports:0={new Uri(market.Url).Port}", "--Busbar:Egress:Purposes:Entsoe:Http=true", "--Busbar:Egress:Purposes:Entsoe:AllowedNetworks:0=127.0.0.0/8",
            $"--Busbar:Egress:Purposes:Entsoe:Ports:0={new Uri(market.Url).Port}", .. more,
        ]);

    private static async Task<decimal?> PriceAtAsync(RunningServer server, string curve, Instant at, string? tenant = null)
    {
        var owner = server.Services.GetRequiredService<ITenants>().Find(tenant ?? IdentityModule.DefaultSlug)!.Id;
        return Assert.Single(await server.Services.GetRequiredService<ICurveBook>().FindAsync(owner, Currency.Eur, [curve], at, at + Duration.FromHours(1), default)).Prices[0];
    }

    private static string Said(Instant at) => InstantPattern.CreateWithInvariantCulture("uuuuMMddHHmm").Format(at);

    private static string Json(Instant from, Instant until, string price)
    {
        var hours = Enumerable.Range(0, (int)(until - from).TotalHours).Select(hour => $$"""{"at":"{{InstantPattern.General.Format(from + Duration.FromHours(hour))}}","price":"{{price}}"}""");
        return $$"""{"currency":"EUR","prices":[{{string.Join(',', hours)}}]}""";
    }

    private static string Xml(Instant from, Instant until, string price)
    {
        var time = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm'Z'");
        return $"""
            <Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"><type>A44</type><TimeSeries>
            <currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name><curveType>A03</curveType>
            <Period><timeInterval><start>{time.Format(from)}</start><end>{time.Format(until)}</end></timeInterval><resolution>PT60M</resolution><Point><position>1</position><price.amount>{price}</price.amount></Point></Period>
            </TimeSeries></Publication_MarketDocument>
            """;
    }

    /// <summary>Whoever tells prices, on this machine.</summary>
    private sealed class MarketPlace : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public MarketPlace()
        {
            Url = $"http://127.0.0.1:{SmtpReceiver.FreePort()}/";
            _listener.Prefixes.Add(Url);
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Url { get; }

        public ConcurrentQueue<string> Asked { get; } = [];

        public Func<HttpListenerRequest, (int Status, string Body)> Answer { get; set; } = _ => (404, "");

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    Asked.Enqueue(context.Request.RawUrl!);
                    var (status, body) = Answer(context.Request);
                    context.Response.StatusCode = status;
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                    context.Response.Close();
                }
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
