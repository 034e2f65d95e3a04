using System.Net;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Ocpp.V16;
using Busbar.Stations;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Stations;

/// <summary>Texts that are JSON and that a database or a page may choke on; and what a station may say about its own power.</summary>
[Collection("LiveStations")]
public sealed class HostileTextTests(Servers servers)
{
    private const string Password = "0123456789abcdef0123";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Texts_that_no_column_holds_keep_no_charge_from_being_recorded(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-1", password = Password })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-1", "ocpp2.1", "CS-1", Password);
        Assert.Contains("Accepted", await station.CallAsync("BootNotification", """{"reason":"PowerUp","chargingStation":{"model":"M\u0000","vendorName":"V"},"odd":"\ud800"}"""), StringComparison.Ordinal);
        Assert.Equal("{}", await station.CallAsync("StatusNotification", """{"timestamp":"2026-11-23T05:59:30Z","connectorStatus":"Odd\u0000","evseId":1,"connectorId":1}"""));
        var at = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        foreach (var (type, register, number) in new[] { ("Started", 1_000, 0), ("Ended", 2_000, 1) })
        {
            var answer = await station.CallAsync("TransactionEvent", $$$"""
                {"eventType":"{{{type}}}","timestamp":"{{{at.AddMinutes(number * 4):yyyy-MM-ddTHH:mm:ssZ}}}","triggerReason":"Authorized","seqNo":{{{number}}},"evse":{"id":1,"connectorId":1},
                 "transactionInfo":{"transactionId":"tx\u0000one"},"idToken":{"idToken":"T\u0000AG","type":"Central"},
                 "meterValue":[{"timestamp":"{{{at.AddMinutes(number * 4):yyyy-MM-ddTHH:mm:ssZ}}}","sampledValue":[{"value":{{{register}}}}]}],"odd":"\udc00"}
                """);
            Assert.DoesNotContain("Violation", answer, StringComparison.Ordinal);
        }
        var session = (await api.GetAsync("sessions?stationId=CS-1")).Items.Single();
        Assert.Equal("tx\uFFFDone", session.GetProperty("ocppTransactionId").GetString());
        Assert.Equal(1_000m, (await api.GetAsync("cdrs?stationId=CS-1")).Items.Single().GetProperty("energyWh").GetDecimal());

        // What came is shown as it came, half a surrogate pair and all.
        (await api.GetAsync("sessions/" + session.GetProperty("id").GetString())).Is(HttpStatusCode.OK);
        (await api.GetAsync("stations/CS-1/messages")).Is(HttpStatusCode.OK);
        (await api.GetAsync("stations/CS-1")).Is(HttpStatusCode.OK);
        station.Answers["Reset"] = """{"status":"Accepted","customData":{"vendorId":"\ud800"}}""";
        (await api.PostAsync("stations/CS-1/commands/restart", new { hard = true })).Is(HttpStatusCode.OK);
        (await api.GetAsync("stations/CS-1/commands")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public void A_message_is_read_without_the_character_that_cannot_be_stored()
    {
        Assert.True(Ocpp16Json.TryRead<AuthorizeRequest>("""{"idTag":"A\u0000B"}"""u8, out var read, out _));
        Assert.Equal("A\uFFFDB", read.IdTag);
        Assert.False(Ocpp16Json.TryRead<DataTransferRequest>("""{"vendorId":7}"""u8, out _, out var error));
        Assert.Equal(WireFault.WrongType, error.Fault);
        Assert.False(RpcReader.Read("""[2,"m\u0000","Heartbeat",{}]"""u8.ToArray(), OcppVersion.V16, out _).IsOk);
    }

    [Fact]
    public void A_connector_that_a_station_adds_takes_no_measure_from_an_evse_that_was_provisioned()
    {
        var ratings = StationRatings.Of([(1, 11_000_000, false, null), (1, null, true, null), (2, null, true, null), (3, null, false, null), (3, 22_000_000, false, null)]);
        Assert.Equal(Power.FromWatts(11_000), ratings.Of(1));
        Assert.Null(ratings.Of(2));
        Assert.Null(ratings.Of(3));
    }

    [Fact]
    public async Task A_list_holds_no_null()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var evse = await api.PostAsync("stations", """{"stationId":"CS-1","evses":[null]}""");
        evse.Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/evses/0"], evse.Pointers);
        Assert.Equal(["/evses/0/connectors/0"], (await api.PostAsync("stations", """{"stationId":"CS-1","evses":[{"id":1,"connectors":[null]}]}""")).Pointers);
        Assert.Equal(["/scopes/0"], (await api.PostAsync("api-clients", """{"name":"n","scopes":[null]}""")).Pointers);
        Assert.Equal(["/evses/0/connectors/0/maxPower"], (await api.PostAsync("stations", """{"stationId":"CS-1","evses":[{"id":1,"connectors":[{"id":1,"maxPower":0.0001}]}]}""")).Pointers);
    }
}
