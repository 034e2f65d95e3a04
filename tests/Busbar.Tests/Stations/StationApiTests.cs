using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Stations;

public sealed class StationApiTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_location_is_made_read_changed_and_deleted(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("locations", Given.Location);
        made.Is(HttpStatusCode.Created);
        var path = "locations/" + made.Text("id");
        Assert.Equal(4.47917m, made.Body.GetProperty("coordinates").GetProperty("longitude").GetDecimal());
        (await api.PatchAsync(path, """{"openingHours":{"regular":[{"weekday":1,"from":"08:00","to":"20:00"}]},"coordinates":{"latitude":"52.5"}}""")).Is(HttpStatusCode.OK);
        var read = await api.GetAsync(path);
        Assert.Equal("20:00", read.Body.GetProperty("openingHours").GetProperty("regular")[0].GetProperty("to").GetString());
        Assert.Equal((52.5m, 4.47917m), (read.Body.GetProperty("coordinates").GetProperty("latitude").GetDecimal(), read.Body.GetProperty("coordinates").GetProperty("longitude").GetDecimal()));
        (await api.PatchAsync(path, new { timeZone = "Mars/Olympus" })).Is(HttpStatusCode.BadRequest, "invalidValue");
        (await api.PatchAsync(path, new { currency = "XXX" })).Is(HttpStatusCode.BadRequest, "invalidValue");

        (await api.PostAsync("stations", new { stationId = "CP", locationId = made.Text("id") })).Is(HttpStatusCode.Created);
        (await api.DeleteAsync(path)).Is(HttpStatusCode.Conflict, "locationInUse");
        (await api.DeleteAsync("stations/CP")).Is(HttpStatusCode.NoContent);
        (await api.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        (await api.GetAsync(path)).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_is_provisioned_and_its_password_shown_once(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("stations", new { stationId = "CP é 1", evses = new[] { new { id = 1, evseId = "NL*ABC*E1", connectors = new[] { new { id = 1, standard = "IEC_62196_T2", maxPower = 22080.5m } } } } });
        made.Is(HttpStatusCode.Created);
        Assert.Matches("^[0-9A-Za-z]{20}$", made.Text("password"));
        Assert.Equal("/api/v1/stations/CP%20%C3%A9%201", made.Headers.Location!.OriginalString);

        var read = await api.GetAsync("stations/CP%20%C3%A9%201");
        read.Is(HttpStatusCode.OK);
        Assert.False(read.Body.TryGetProperty("password", out _));
        Assert.False(read.Body.GetProperty("online").GetBoolean());
        Assert.Equal(22080.5m, read.Body.GetProperty("evses")[0].GetProperty("connectors")[0].GetProperty("maxPower").GetDecimal());
        Assert.Equal(JsonValueKind.Null, (await api.PostAsync("stations", new { stationId = "given", password = "a-password-of-my-own" })).Body.GetProperty("password").ValueKind);
        // Case distinguishes stations, unlike tokens.
        (await api.PostAsync("stations", new { stationId = "Given" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("stations", new { stationId = "given" })).Is(HttpStatusCode.Conflict, "stationExists");
    }

    [Theory]
    [InlineData("""{"stationId":""}""", "/stationId")]
    [InlineData("""{"stationId":"a:b"}""", "/stationId")]
    [InlineData("""{"stationId":"a/b"}""", "/stationId")]
    [InlineData("""{"stationId":"1234567890123456789012345678901234567890123456789"}""", "/stationId")]
    [InlineData("""{"stationId":"a","securityProfile":0}""", "/insecureUntil")]
    [InlineData("""{"stationId":"a","securityProfile":0,"insecureUntil":"2001-01-01T00:00:00Z"}""", "/insecureUntil")]
    [InlineData("""{"stationId":"a","insecureUntil":"2101-01-01T00:00:00Z"}""", "/insecureUntil")]
    [InlineData("""{"stationId":"a","securityProfile":9}""", "/securityProfile")]
    [InlineData("""{"stationId":"a","password":"short"}""", "/password")]
    [InlineData("""{"stationId":"a","locationId":"loc01j00000000000000000000000"}""", "/locationId")]
    [InlineData("""{"stationId":"a","locationId":"here"}""", "/locationId")]
    [InlineData("""{"stationId":"a","evses":[]}""", "/evses")]
    [InlineData("""{"stationId":"a","evses":[{"id":0,"connectors":[{"id":1}]}]}""", "/evses/0/id")]
    [InlineData("""{"stationId":"a","evses":[{"id":1,"connectors":[{"id":1},{"id":1}]}]}""", "/evses/0/connectors/1/id")]
    public async Task A_station_that_cannot_be_is_refused(string body, string pointer)
    {
        var answer = await (await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync()).PostAsync("stations", body);
        answer.Is(HttpStatusCode.BadRequest);
        Assert.Equal([pointer], answer.Pointers);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_is_changed(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP", securityProfile = 0, insecureUntil = "2101-01-01T00:00:00Z" })).Is(HttpStatusCode.Created);
        (await api.PatchAsync("stations/CP", new { securityProfile = 1 })).Is(HttpStatusCode.BadRequest, "required");
        var secured = await api.PatchAsync("stations/CP", new { securityProfile = 1, password = "00112233445566778899AABBCCDDEEFF", name = "Left" });
        secured.Is(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, secured.Body.GetProperty("insecureUntil").ValueKind);
        (await api.PatchAsync("stations/CP", new { stationId = "other" })).Is(HttpStatusCode.BadRequest, "immutable");

        var two = await api.PatchAsync("stations/CP", """{"evses":[{"id":1,"connectors":[{"id":1}]},{"id":2,"connectors":[{"id":1},{"id":2}]}]}""", secured.Tag);
        two.Is(HttpStatusCode.OK);
        Assert.NotEqual(secured.Tag, two.Tag);
        Assert.Equal([1, 2], two.Body.GetProperty("evses").EnumerateArray().Select(evse => evse.GetProperty("connectors").GetArrayLength()));
        var one = await api.PatchAsync("stations/CP", """{"evses":[{"id":2,"connectors":[{"id":2,"standard":"CHADEMO"}]}]}""");
        Assert.Equal(2, Assert.Single(one.Body.GetProperty("evses").EnumerateArray()).GetProperty("id").GetInt32());
        var read = await api.GetAsync("stations/CP");
        Assert.Equal(read.Body.GetRawText(), one.Body.GetRawText());
        Assert.Equal("Left", read.Text("name"));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Stations_are_found_by_place_and_state(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var location = (await api.PostAsync("locations", Given.Location)).Text("id");
        foreach (var i in Enumerable.Range(0, 4)) (await api.PostAsync("stations", i % 2 == 0 ? new { stationId = $"CP{i}", locationId = location } : (object)new { stationId = $"CP{i}" })).Is(HttpStatusCode.Created);

        Assert.Equal(["CP0", "CP2"], await IdsAsync($"stations?locationId={location}"));
        Assert.Equal(["CP0", "CP1", "CP2", "CP3"], await IdsAsync("stations?online=false"));
        Assert.Empty(await IdsAsync("stations?online=true"));
        Assert.Empty(await IdsAsync("stations?status=Available"));
        Assert.Equal(["CP0", "CP1"], await IdsAsync("stations?online=false&limit=2"));
        (await api.GetAsync("stations?locationId=x")).Is(HttpStatusCode.BadRequest, "invalidParameter");

        async Task<string?[]> IdsAsync(string path) => [.. (await api.GetAsync(path)).Items.Select(item => item.GetProperty("stationId").GetString())];
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_import_writes_all_stations_or_none(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations/import", """[{"stationId":"A"},{"stationId":"b/"}]""")).Is(HttpStatusCode.BadRequest);
        Assert.Empty((await api.GetAsync("stations")).Items);

        var made = await api.SendAsync(HttpMethod.Post, "stations/import", "stationId,name,securityProfile,password\nA,First,1,a-password-of-its-own\nB,Second,,\n", "text/csv");
        made.Is(HttpStatusCode.OK);
        Assert.Equal([JsonValueKind.Null, JsonValueKind.String], made.Items.Select(item => item.GetProperty("password").ValueKind));
        const string evses = """[{"id":1,"connectors":[{"id":1,"maxPower":11000}]}]""";
        var again = await api.PostAsync("stations/import", $$"""[{"stationId":"A","name":"First","password":"a-password-of-its-own"},{"stationId":"B","name":"Second"},{"stationId":"C","evses":{{evses}}}]""");
        again.Is(HttpStatusCode.OK);
        Assert.Equal(["unchanged", "unchanged", "created"], again.Items.Select(item => item.GetProperty("status").GetString()));
        Assert.Equal(["unchanged"], (await api.PostAsync("stations/import", $$"""[{"stationId":"C","evses":{{evses}}}]""")).Items.Select(item => item.GetProperty("status").GetString()));
        (await api.PostAsync("stations/import", """[{"stationId":"A","name":"First","password":"another-password"}]""")).Is(HttpStatusCode.BadRequest, "differs");
    }

    [Fact]
    public void A_station_is_called_insecure_for_as_long_as_anyone_may_connect_in_its_name()
    {
        var until = NodaTime.Instant.FromUtc(2026, 11, 23, 6, 0);
        var row = new StationRow { TenantId = new TenantId(Guid.Empty), Id = new StationId(Guid.Empty), Identity = "CP", SecurityProfile = 0, InsecureUntil = until };
        Assert.Equal("insecureProfile", Assert.Single(StationIssueView.Of(row, null, until - NodaTime.Duration.FromMilliseconds(1))).Code);
        Assert.Empty(StationIssueView.Of(row, null, until));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_import_may_name_evses_and_connectors_in_any_order(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        const string unsorted = """[{"stationId":"U","evses":[{"id":2,"connectors":[{"id":3,"maxPower":22000},{"id":1,"standard":"IEC_62196_T2"}]},{"id":1,"evseId":"NL*ABC*E1","connectors":[{"id":1}]}]}]""";
        Assert.Equal("created", Assert.Single((await api.PostAsync("stations/import", unsorted)).Items).GetProperty("status").GetString());
        Assert.Equal("unchanged", Assert.Single((await api.PostAsync("stations/import", unsorted)).Items).GetProperty("status").GetString());
        foreach (var (old, other) in new[] { ("22000", "11000"), ("NL*ABC*E1", "NL*ABC*E2"), ("IEC_62196_T2", "CHADEMO"), (",{\"id\":1,\"evseId\":\"NL*ABC*E1\",\"connectors\":[{\"id\":1}]}", "") })
            (await api.PostAsync("stations/import", unsorted.Replace(old, other, StringComparison.Ordinal))).Is(HttpStatusCode.BadRequest, "differs");
    }
}
