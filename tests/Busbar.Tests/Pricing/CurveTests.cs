using System.Globalization;
using System.Net;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Pricing.Console;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class CurveTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 3, 2, 12, 0);
    private static readonly Duration Quarter = Duration.FromMinutes(15);

    [Theory]
    [InlineData(2026, 3, 29, 92)]   // clocks go forward
    [InlineData(2026, 10, 25, 100)] // and back
    [InlineData(2028, 2, 29, 96)]
    public void A_day_of_the_market_has_92_96_or_100_quarter_hours(int year, int month, int day, int quarters)
    {
        var zone = Zones.Find("Europe/Brussels");
        var date = new LocalDate(year, month, day);
        var (from, until) = (zone.AtStartOfDay(date).ToInstant(), zone.AtStartOfDay(date.PlusDays(1)).ToInstant());
        var curve = CurveShape.Of(Row(CurveGap.Refuse), new Dictionary<Instant, decimal?> { [until - Quarter] = 7 }, from, until);
        Assert.Equal((from, quarters, 7m), (curve.From, curve.Prices.Count, curve.Prices[^1]));
    }

    [Fact]
    public void A_gap_is_filled_as_the_curve_says_and_no_further()
    {
        var known = new Dictionary<Instant, decimal?> { [Noon - Quarter] = 1, [Noon + Quarter] = 2, [Noon + 2 * Quarter] = null };
        Assert.Equal([null, 2, null], Of(Row(CurveGap.Refuse)));
        Assert.Equal([null, 2, null], Of(Row(CurveGap.Fallback)));
        Assert.Equal([9, 2, 9], Of(Row(CurveGap.Fallback, 9_000_000_000)));
        Assert.Equal([1, 2, 2], Of(Row(CurveGap.LastKnown)));
        known = new Dictionary<Instant, decimal?> { [Noon - CurveShape.LongestStandIn - Quarter] = 1 };
        Assert.Equal([null, null, null], Of(Row(CurveGap.LastKnown)));
        // No further in a long look than in a short one.
        var long_ = CurveShape.Of(Row(CurveGap.LastKnown), new Dictionary<Instant, decimal?> { [Noon - Quarter] = 1 }, Noon, Noon + Duration.FromDays(8)).Prices;
        Assert.Equal((1m, null), (long_[671], long_[672]));

        IEnumerable<decimal?> Of(CurveRow row) => CurveShape.Of(row, known, Noon + Duration.FromMinutes(3), Noon + 3 * Quarter).Prices;
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Prices_are_told_corrected_and_read_back(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        var made = await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "Europe/Brussels", gap = "lastKnown" });
        made.Is(HttpStatusCode.Created);
        var id = made.Text("id");
        (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "Europe/Brussels" })).Is(HttpStatusCode.Conflict, "nameTaken");
        Assert.Equal(2, await PutAsync((0, "0.0915"), (1, "-0.000000001")));
        Assert.Equal(0, await PutAsync((0, "0.0915")));
        Assert.Equal(1, await PutAsync((0, "0.1")));
        var told = (await api.GetAsync($"price-curves/{id}/prices?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z")).Items.ToList();
        Assert.Equal([("0.1", 1), ("-0.000000001", 0)], told.Select(it => (it.GetProperty("price").GetString()!, it.GetProperty("corrections").GetInt32())));

        var book = server.Services.GetRequiredService<ICurveBook>();
        var curve = Assert.Single(await book.FindAsync(tenant, Currency.Eur, ["spot", "unknown"], Noon, Noon + 3 * Quarter, default));
        Assert.Equal(("spot", 900), (curve.Name, curve.StepSeconds));
        Assert.Equal([0.1m, -0.000000001m, -0.000000001m], curve.Prices);
        Assert.Empty(await book.FindAsync(tenant, Currency.Parse("SEK"), ["spot"], Noon, Noon + Quarter, default));
        // A change of the policy is seen at once.
        var changed = await api.PatchAsync($"price-curves/{id}", new { gap = "fallback", fallbackPrice = "0.3" });
        changed.Is(HttpStatusCode.OK);
        Assert.Equal(0.3m, Assert.Single(await book.FindAsync(tenant, Currency.Eur, ["spot"], Noon, Noon + 3 * Quarter, default)).Prices[2]);
        (await api.DeleteAsync($"price-curves/{id}")).Is(HttpStatusCode.Conflict, "curveInUse");

        var other = await api.PostAsync("price-curves", new { name = "unused", currency = "EUR", timeZone = "UTC", stepSeconds = 3600 });
        (await api.DeleteAsync($"price-curves/{other.Text("id")}")).Is(HttpStatusCode.NoContent);
        Assert.Equal("spot", Assert.Single((await api.GetAsync("price-curves")).Items).GetProperty("name").GetString());

        async Task<int> PutAsync(params (int Quarter, string Price)[] prices)
        {
            var rows = prices.Select(it => $$"""{"at":"{{(Noon + it.Quarter * Quarter).ToString("uuuu-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}}","price":"{{it.Price}}"}""");
            var put = await api.SendAsync(HttpMethod.Put, $"price-curves/{id}/prices", $"[{string.Join(',', rows)}]");
            put.Is(HttpStatusCode.OK);
            return put.Body.GetProperty("written").GetInt32();
        }
    }

    [Fact]
    public async Task Every_fault_of_a_curve_is_named_by_its_pointer()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var wrong = await api.PostAsync("price-curves", new { name = " ", currency = "EUR", timeZone = "Mars/Olympus", stepSeconds = 7, fallbackPrice = "free" });
        wrong.Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/fallbackPrice", "/name", "/stepSeconds", "/timeZone"], wrong.Pointers.Order(StringComparer.Ordinal));
        var id = (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC" })).Text("id");
        var put = await api.SendAsync(HttpMethod.Put, $"price-curves/{id}/prices", """
            [{"at":"2026-03-02T12:01:00Z","price":"1"},{"at":"2026-03-02T12:15:00Z","price":"1e3"},{"at":"2026-03-02T12:15:00Z","price":null},{"at":"2026-03-02T12:30:00Z","price":"0.0000000001"}]
            """);
        put.Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/0/at", "/1/price", "/2/at", "/3/price"], put.Pointers.Order(StringComparer.Ordinal));
        var csv = await api.SendAsync(HttpMethod.Put, $"price-curves/{id}/prices", "at,price\n2026-03-02T12:00:00Z,0.25\n", "text/csv");
        csv.Is(HttpStatusCode.OK);
        (await api.PostAsync($"price-curves/{id}/documents", new { format = "entsoe", document = EntsoeTests.Document("PT60M", "A03", 24, (1, "91.5")) })).Is(HttpStatusCode.OK);
        Assert.Equal(1 + 96, (await api.GetAsync($"price-curves/{id}/prices?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z")).Items.Count());
        (await api.PostAsync($"price-curves/{id}/documents", new { format = "entsoe", document = EntsoeTests.Document("PT60M", "A03", 24, (1, "91.5")).Replace("EUR", "SEK", StringComparison.Ordinal) })).Is(HttpStatusCode.BadRequest, "differs");
        (await api.PostAsync($"price-curves/{id}/documents", new { format = "excel", document = "<a/>" })).Is(HttpStatusCode.BadRequest);
        (await api.GetAsync($"price-curves/{id}/prices?from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z")).Is(HttpStatusCode.BadRequest);
        (await api.GetAsync($"price-curves/{id}/prices")).Is(HttpStatusCode.BadRequest);
        (await (await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync()).GetAsync($"price-curves/{id}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_may_only_read_sees_of_a_sources_address_no_more_than_whose_it_is()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        const string Secret = "https://prices.invalid:8443/k3y/spot.json?token=abc&from={from}";
        var made = await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", source = new { kind = "json", from = Secret } });
        made.Is(HttpStatusCode.Created);
        var reader = server.With((await api.PostAsync("api-clients", new { name = "reader", scopes = new[] { "tariffs:read" } })).Text("key"));
        foreach (var (who, from) in new[] { (api, Secret), (reader, "https://prices.invalid:8443/…") })
        {
            Assert.Equal(from, (await who.GetAsync("price-curves/" + made.Text("id"))).Body.GetProperty("source").GetProperty("from").GetString());
            Assert.Equal(from, (await who.GetAsync("price-curves")).Items.Single().GetProperty("source").GetProperty("from").GetString());
        }
        var asked = await api.PostAsync($"price-curves/{made.Text("id")}/fetch", new { });
        asked.Is(HttpStatusCode.OK);
        Assert.Equal(Secret, asked.Body.GetProperty("source").GetProperty("from").GetString());
        (await reader.PostAsync($"price-curves/{made.Text("id")}/fetch", new { })).Is(HttpStatusCode.Forbidden);
        var own = await api.PostAsync("price-curves", new { name = "own", currency = "EUR", timeZone = "UTC" });
        (await api.PostAsync($"price-curves/{own.Text("id")}/fetch", new { })).Is(HttpStatusCode.Conflict, "noSource");
    }

    [Fact]
    public void A_file_of_prices_is_known_by_what_is_in_it()
    {
        var row = Row(CurveGap.Fallback);
        foreach (var text in new[]
        {
            "\uFEFFat,price\n2026-03-02T12:00:00Z,0.25\n", """ [{"at":"2026-03-02T12:00:00Z","price":"0.25"}]""", """{"currency":"EUR","prices":[{"at":"2026-03-02T12:00:00Z","price":"0.25"}]}""",
        })
        {
            var read = CurveFile.Read(System.Text.Encoding.UTF8.GetBytes(text), row, Noon);
            Assert.Equal((null, 250_000_000L), (read.Fault, read.Prices?[Noon]));
        }
        Assert.Equal(96, CurveFile.Read(System.Text.Encoding.UTF8.GetBytes(EntsoeTests.Document("PT60M", "A03", 24, (1, "91.5"))), row, Noon).Prices?.Count);
        foreach (var (text, fault) in new[]
        {
            ("at,price\n2026-03-02T12:01:00Z,0.25\n", "/0/at"), ("""[{"at":"2016-03-02T12:00:00Z","price":"0.25"}]""", "/0/at"), ("""{"currency":"SEK","prices":[{"at":"2026-03-02T12:00:00Z","price":"0.25"}]}""", "currency"),
            ("[{", ""), ("", ""), ("<html/>", "document"), ("[]", "no prices"), ("when,what\n1,2\n", "column"),
        })
        {
            var read = CurveFile.Read(System.Text.Encoding.UTF8.GetBytes(text), row, Noon);
            Assert.Null(read.Prices);
            Assert.Contains(fault, read.Fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Another_process_sees_that_a_curve_took_the_place_of_another()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        var old = (await api.PostAsync("price-curves", new { name = "old", currency = "EUR", timeZone = "UTC" })).Text("id");
        var (clock, database) = (new FakeTimeProvider(), server.Services.GetRequiredService<Database>());
        var elsewhere = new CurveBook(database, server.Services.GetRequiredService<RoomDbFactory<PricingDb>>(), clock);
        Assert.Single(await elsewhere.FindAsync(tenant, Currency.Eur, ["old"], Noon, Noon + Quarter, default));
        (await api.DeleteAsync($"price-curves/{old}")).Is(HttpStatusCode.NoContent);
        (await api.PostAsync("price-curves", new { name = "new", currency = "EUR", timeZone = "UTC" })).Is(HttpStatusCode.Created);
        clock.Advance(database.BeliefAge);
        Assert.Single(await elsewhere.FindAsync(tenant, Currency.Eur, ["new"], Noon, Noon + Quarter, default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_two_that_tell_prices_at_once_the_second_is_told_so(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        Assert.True(TypedId.TryParse<CurveId>((await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC" })).Text("id"), out var id));
        var desk = server.Services.GetRequiredService<CurveDesk>();
        var late = new ToldMeanwhile(() => desk.PublishAsync(tenant, id, new Dictionary<Instant, long?> { [Noon] = 1 }, default)) { [Noon] = 2 };
        Assert.IsType<CurveOutcome.Stale>(await desk.PublishAsync(tenant, id, late, default));
        var book = server.Services.GetRequiredService<ICurveBook>();
        Assert.Equal(0.000000001m, Assert.Single(await book.FindAsync(tenant, Currency.Eur, ["spot"], Noon, Noon + Quarter, default)).Prices[0]);
    }

    [Fact]
    public async Task Curves_have_bounds_in_time_and_in_number()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var id = (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC" })).Text("id");
        var put = await api.SendAsync(HttpMethod.Put, $"price-curves/{id}/prices", """[{"at":"1990-01-01T00:00:00Z","price":"1"},{"at":"2190-01-01T00:00:00Z","price":"1"}]""");
        put.Is(HttpStatusCode.BadRequest, "outOfRange");
        Assert.Equal(["/0/at", "/1/at"], put.Pointers.Order(StringComparer.Ordinal));
        var told = await api.PostAsync($"price-curves/{id}/documents", new { format = "entsoe", document = EntsoeTests.Document("PT60M", "A03", 24, (1, "91.5")).Replace(">2026-", ">2016-", StringComparison.Ordinal) });
        told.Is(HttpStatusCode.BadRequest, "outOfRange");
        Assert.Equal(["/document"], told.Pointers);
        // An offset that carries it beyond the last instant.
        Assert.Equal(["/to"], (await api.GetAsync($"price-curves/{id}/prices?from=2026-03-01T00:00:00Z&to=9999-12-31T23:59:59-18:00")).Pointers);
        for (var i = 1; i < 100; i++) (await api.PostAsync("price-curves", new { name = string.Create(CultureInfo.InvariantCulture, $"spot {i}"), currency = "EUR", timeZone = "UTC" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("price-curves", new { name = "one more", currency = "EUR", timeZone = "UTC" })).Is(HttpStatusCode.Conflict, "tooManyCurves");
    }

    /// <summary>Prices that are told when what was held has been read: another tells some in between.</summary>
    private sealed class ToldMeanwhile(Func<Task> other) : Dictionary<Instant, long?>, IEnumerable<KeyValuePair<Instant, long?>>
    {
        IEnumerator<KeyValuePair<Instant, long?>> IEnumerable<KeyValuePair<Instant, long?>>.GetEnumerator()
        {
            Task.Run(other).GetAwaiter().GetResult();
            return GetEnumerator();
        }
    }

    private static CurveRow Row(CurveGap gap, long? fallback = null) => new()
    {
        TenantId = default, Id = default, Name = "spot", Currency = "EUR", TimeZone = "Europe/Brussels", StepSeconds = 900, Gap = gap, FallbackNano = fallback,
    };
}
