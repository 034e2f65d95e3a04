using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>Lists as files, asked for as a browser does.</summary>
public sealed class ExportTests(Servers servers)
{
    private static readonly string[] Lists = ["stations", "locations", "sessions", "cdrs"];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_file_has_all_rows_of_its_list_and_what_is_narrowed_there_is_narrowed_here(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var browser = await Staff.FoundAsync(server);
        var api = await ClientAsync(server, browser);
        (await api.PostAsync("stations/import", Enumerable.Range(0, 1_203).Select(i => new { stationId = $"CP-{i:0000}", name = i == 7 ? "=1+1" : null, password = "0123456789abcdef" }))).Is(HttpStatusCode.OK);
        var csv = Rows(await DownloadAsync(server, browser, "/console/export/stations.csv"));
        Assert.Equal(1_204, csv.Length);
        Assert.Equal(Enumerable.Range(0, 1_203).Select(i => $"CP-{i:0000}"), csv[1..].Select(row => row.Split(',')[0]));
        Assert.Contains(",'=1+1,", csv[8], StringComparison.Ordinal);
        Assert.Equal(["CP-0117"], Rows(await DownloadAsync(server, browser, "/console/export/stations.csv?q=0117&state=offline"))[1..].Select(row => row.Split(',')[0]));
        Assert.Single(Rows(await DownloadAsync(server, browser, "/console/export/stations.csv?state=online")));
        var sheet = Sheet.Open(await DownloadAsync(server, browser, "/console/export/stations.xlsx"));
        Assert.Equal(1_204, sheet.Rows.Count);
        Assert.False(sheet.HasFormulae);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Locations_come_with_their_place_and_how_their_stations_are(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var browser = await Staff.FoundAsync(server);
        var api = await ClientAsync(server, browser);
        await GivenAsync("Harbour", new { latitude = 51.9000001m, longitude = -4.5m });
        var quay = await GivenAsync("=Quay", null);
        for (var i = 0; i < 40; i++) await GivenAsync($"Yard {i:00}", null);
        var station = await api.PostAsync("stations", new { stationId = "CP-1", locationId = quay });
        station.Is(HttpStatusCode.Created);
        (await api.PostAsync("stations", new { stationId = "CP-2", locationId = quay })).Is(HttpStatusCode.Created);
        // One was here and went, the other never came.
        await using (var wire = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", station.Text("password")))
            await wire.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        for (var isSeen = false; !isSeen;)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            var seen = (await api.GetAsync("stations/CP-1")).Body;
            isSeen = !seen.GetProperty("online").GetBoolean() && seen.TryGetProperty("lastSeen", out _);
        }

        var csv = Rows(await DownloadAsync(server, browser, "/console/export/locations.csv"));
        Assert.Equal("Location,Location id,State,Street and number,Town,Country,Latitude,Longitude,Stations,Offline,Never connected,Faulted", csv[0]);
        Assert.Equal(["'=Quay", "Harbour", .. Enumerable.Range(0, 40).Select(i => $"Yard {i:00}")], csv[1..].Select(row => row.Split(',')[0]));
        Assert.Equal($"'=Quay,{quay},Some offline,Kade 1,Rotterdam,NLD,,,2,1,1,0", csv[1]);
        Assert.EndsWith(",No stations,Kade 1,Rotterdam,NLD,51.9000001,-4.5,0,0,0,0", csv[2], StringComparison.Ordinal);
        Assert.Equal(["Yard 07"], Rows(await DownloadAsync(server, browser, "/console/export/locations.csv?q=yard+07"))[1..].Select(row => row.Split(',')[0]));
        Assert.Equal(["'=Quay"], Rows(await DownloadAsync(server, browser, "/console/export/locations.csv?state=offline"))[1..].Select(row => row.Split(',')[0]));
        var sheet = Sheet.Open(await DownloadAsync(server, browser, "/console/export/locations.xlsx"));
        Assert.Equal(43, sheet.Rows.Count);
        Assert.Equal(new("51.9000001", "n"), sheet.Rows[2][6]);
        Assert.False(sheet.HasFormulae);
        Assert.Contains("/console/export/locations.csv?q=yard", (await browser.GetAsync("/console/locations?q=yard")).Text, StringComparison.Ordinal);

        async Task<string> GivenAsync(string name, object? coordinates)
        {
            var made = await api.PostAsync("locations", new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Rotterdam", coordinates });
            made.Is(HttpStatusCode.Created);
            return made.Text("id")!;
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Sessions_and_records_come_in_steps_and_each_once(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var browser = await Staff.FoundAsync(server);
        var api = await ClientAsync(server, browser);
        await ChargeAsync(server, api);
        var at = Instant.FromUtc(2026, 3, 28, 12, 0);
        await CopyAsync(server, 2_300, at);

        var sessions = Rows(await DownloadAsync(server, browser, "/console/export/sessions.csv?from=2026-03-28&to=2026-03-29"));
        Assert.Equal(2_301, sessions.Length);
        Assert.Equal(2_300, sessions[1..].Select(row => row.Split(',')[0]).Distinct().Count());
        var cdrs = Rows(await DownloadAsync(server, browser, "/console/export/cdrs.csv?from=2026-03-28&to=2026-03-29"));
        Assert.Equal(2_300, cdrs[1..].Select(row => row.Split(',')[0]).Distinct().Count());
        Assert.Equal(1 + (2 * 12 * 60), Rows(await DownloadAsync(server, browser, "/console/export/sessions.csv?from=2026-03-28&to=2026-03-28")).Length);
        Assert.Equal(2, Rows(await DownloadAsync(server, browser, "/console/export/sessions.csv?when=month")).Length);

        var sheet = Sheet.Open(await DownloadAsync(server, browser, "/console/export/cdrs.xlsx?when=month"));
        var (head, row) = (sheet.Rows[0].Select(cell => cell.Text).ToList(), sheet.Rows[1]);
        Assert.Equal(new("4.367979", "n"), row[head.IndexOf("Gross")]);
        Assert.Equal(new("3.6099", "n"), row[head.IndexOf("Net")]);
        Assert.Equal(new("EUR", "inlineStr"), row[head.IndexOf("Currency")]);
        Assert.Equal("n", row[head.IndexOf("Ended (UTC)")].Type);
    }

    [Fact]
    public async Task A_file_is_for_who_may_see_its_page_and_of_their_tenant_only()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        var api = await ClientAsync(server, browser);
        (await api.PostAsync("tenants", new { slug = "neighbour", name = "Neighbour", currency = "EUR", timeZone = "Europe/Amsterdam" })).Is(HttpStatusCode.Created);
        (await api.With("neighbour").PostAsync("stations", new { stationId = "THEIRS-01" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("stations", new { stationId = "MINE-01" })).Is(HttpStatusCode.Created);
        (await api.With("neighbour").PostAsync("locations", Given.Location)).Is(HttpStatusCode.Created);
        Assert.Single(Rows(await DownloadAsync(server, browser, "/console/export/locations.csv")));
        var text = Encoding.UTF8.GetString(await DownloadAsync(server, browser, "/console/export/stations.csv"));
        Assert.Contains("MINE-01", text, StringComparison.Ordinal);
        Assert.DoesNotContain("THEIRS-01", text, StringComparison.Ordinal);

        foreach (var list in Lists)
        {
            foreach (var ending in new[] { "csv", "xlsx" })
            {
                var stranger = await new Browser(server).GetAsync($"/console/export/{list}.{ending}");
                stranger.Is(HttpStatusCode.SeeOther);
                Assert.StartsWith("/signin?return=", stranger.Header("Location"), StringComparison.Ordinal);
                (await browser.SendAsync(HttpMethod.Get, $"/console/export/{list}.{ending}", null, ("Authorization", "Bearer " + api.Key))).Is(HttpStatusCode.Forbidden, "forbidden");
            }
        }
        await Staff.LimitAsync(server, Busbar.Identity.Http.Scope.StationsRead);
        (await browser.GetAsync("/console/export/stations.csv")).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/console/export/sessions.csv")).Is(HttpStatusCode.Forbidden, "forbidden");
        (await browser.GetAsync("/console/export/locations.csv")).Is(HttpStatusCode.Forbidden, "forbidden");
        (await browser.GetAsync("/console/export/cdrs.xlsx")).Is(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task A_file_is_named_by_its_list_and_the_tenants_day_and_is_kept_by_nobody_on_the_way()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        using var answer = await SendAsync(server, browser, "/console/export/cdrs.xlsx");
        Assert.Equal("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", answer.Content.Headers.ContentType!.MediaType);
        Assert.Matches(@"^attachment; filename=""?cdrs-20\d\d-\d\d-\d\d\.xlsx""?$", answer.Content.Headers.ContentDisposition!.ToString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.Single(Sheet.Open(await answer.Content.ReadAsByteArrayAsync()).Rows);
    }

    [Fact]
    public async Task More_rows_than_a_sheet_holds_are_told_on_the_page_and_no_file_is_made()
    {
        var many = new FileOfList<int>([new(() => "n", row => FileCell.Of((decimal)row))], (_, _) => Task.FromResult(1_048_576L), (_, _) => Enumerable.Range(0, 3).ToAsyncEnumerable());
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services =>
        {
            var pages = Busbar.Stations.StationsModule.Pages;
            services.AddSingleton(new ConsoleMap([.. pages.Select(page => page.Export is null ? page : page with { Export = many })]));
        });
        var browser = await Staff.FoundAsync(server);
        var told = await browser.GetAsync("/console/export/stations.xlsx?state=online&other=1");
        told.Is(HttpStatusCode.Redirect);
        Assert.Equal("/console/stations?state=online&refused=rows", told.Header("Location"));
        (await browser.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1" })).Is(HttpStatusCode.Created);
        Assert.Contains("A sheet holds 1,048,575 rows at most", (await browser.GetAsync(told.Header("Location"))).Text, StringComparison.Ordinal);
        Assert.Equal(4, Rows(await DownloadAsync(server, browser, "/console/export/stations.csv")).Length);
    }

    internal static async Task<ApiClient> ClientAsync(RunningServer server, Browser browser)
    {
        var made = await browser.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "seed", scopes = new[] { "*" } });
        made.Is(HttpStatusCode.Created);
        return server.With(JsonElement.Parse(made.Text).GetProperty("key").GetString()!);
    }

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, Browser browser, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Cookie", string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        request.Headers.Add("Accept-Language", "en");
        return await server.Anonymous.Http.SendAsync(request);
    }

    private static async Task<byte[]> DownloadAsync(RunningServer server, Browser browser, string path)
    {
        using var answer = await SendAsync(server, browser, path);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode} {Encoding.UTF8.GetString(bytes)}");
        return bytes;
    }

    private static string[] Rows(byte[] csv) => Encoding.UTF8.GetString(csv)[1..].Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    /// <summary>One session with a record: 8.595 kWh at 0.42 and VAT.</summary>
    /// <returns>Tells its end once more, with another register.</returns>
    internal static async Task<Func<int, Task>> ChargeAsync(RunningServer server, ApiClient api)
    {
        var tariff = await api.PostAsync("tariffs", new
        {
            name = "Flat", currency = "EUR", tariff = JsonElement.Parse("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.42, "vat": 21.0, "step_size": 1 } ] } ] }"""),
        });
        (await api.SendAsync(HttpMethod.Put, $"tariffs/{tariff.Text("id")}/assignments", """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        (await api.PostAsync("tokens", new { uid = "04A1", type = "rfid" })).Is(HttpStatusCode.Created);
        var password = (await api.PostAsync("stations", new { stationId = "CP-1" })).Text("password");
        await using var station = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
        var now = TimeProvider.System.GetInstant();
        var told = await station.CallAsync("StartTransaction", JsonSerializer.Serialize(new { connectorId = 1, idTag = "04A1", meterStart = 0, timestamp = (now - Duration.FromMinutes(40)).ToRfc3339() }));
        var transactionId = JsonElement.Parse(told).GetProperty("transactionId").GetInt32();
        await station.CallAsync("StopTransaction", JsonSerializer.Serialize(new { transactionId, meterStop = 8_595, timestamp = now.ToRfc3339(), reason = "Local" }));
        return async register =>
        {
            await using var back = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", password);
            await back.CallAsync("StopTransaction", JsonSerializer.Serialize(new { transactionId, meterStop = register, timestamp = now.ToRfc3339(), reason = "Local" }));
        };
    }

    /// <summary>As many more of the one that is there, two at each minute from noon on.</summary>
    private static async Task CopyAsync(RunningServer server, int count, Instant noon)
    {
        var ids = server.Services.GetRequiredService<IdSource>();
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<SessionsDb>>().OpenAsync(TenantScope.Of((await TenantAsync(server))), default);
        var (session, cdr) = (await db.Sessions.AsNoTracking().SingleAsync(), await db.Cdrs.AsNoTracking().SingleAsync());
        var sessions = Enumerable.Range(0, count).Select(i => new SessionRow
        {
            TenantId = session.TenantId, Id = ids.New<SessionId>(), StationId = session.StationId, Station = session.Station, TransactionId = $"t{i}", Status = session.Status,
            StartedAt = noon + Duration.FromMinutes(i / 2), EndedAt = noon + Duration.FromMinutes(i / 2), Energy = session.Energy, State = session.State,
        }).ToList();
        var cdrs = sessions.ConvertAll(row => new CdrRow
        {
            TenantId = cdr.TenantId, Id = ids.New<CdrId>(), SessionId = row.Id, StationId = cdr.StationId, Station = cdr.Station, Version = 1, StartedAt = row.StartedAt, EndedAt = row.StartedAt,
            Energy = cdr.Energy, Hash = cdr.Hash, Document = cdr.Document,
        });
        await db.CommitAsync(async ct =>
        {
            await db.InsertAllAsync(sessions, ct);
            await db.InsertAllAsync(cdrs, ct);
        }, default);
    }

    private static async Task<TenantId> TenantAsync(RunningServer server)
    {
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<SessionsDb>>().OpenAsync(TenantScope.System, default);
        return (await db.Sessions.AsNoTracking().SingleAsync()).TenantId;
    }
}
