using Busbar.Ocpp;
using Busbar.Simulator.Stations;
using Busbar.Tests.Support;
using static Busbar.Tests.Simulator.SimulatedStationTests;

namespace Busbar.Tests.Simulator;

public sealed class StationCommandTests
{
    [Theory]
    [InlineData(OcppVersion.V16, "RemoteStartTransaction", """{"idTag":"TAG-7"}""")]
    [InlineData(OcppVersion.V201, "RequestStartTransaction", """{"idToken":{"idToken":"TAG-7","type":"Central"},"remoteStartId":42}""")]
    public async Task A_remote_start_charges_and_a_remote_stop_ends_it(OcppVersion version, string action, string payload)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = await OnlineAsync(csms, version);
        var server = csms.Open["CP-1"];
        Assert.Equal("""{"status":"Accepted"}""", await server.CallAsync(action, payload));
        await Until(() => station.Transactions is [{ IsStartAcknowledged: true }]);
        var transaction = station.Transactions.Single();
        Assert.Equal("TAG-7", transaction.Token);
        Assert.Contains("Rejected", await server.CallAsync(action, payload));                   // it is busy

        if (version == OcppVersion.V16)
        {
            Assert.Contains("Rejected", await server.CallAsync("RemoteStopTransaction", """{"transactionId":1}"""));
            Assert.Contains("Accepted", await server.CallAsync("RemoteStopTransaction", $$"""{"transactionId":{{transaction.ServerId}} }"""));
        }
        else
        {
            Assert.Contains("\"remoteStartId\":42", csms.Calls("TransactionEvent").First().Payload);
            Assert.Equal("""{"messagesInQueue":false,"ongoingIndicator":true}""", await server.CallAsync("GetTransactionStatus", $$"""{"transactionId":"{{transaction.Id}}"}"""));
            Assert.Contains("Rejected", await server.CallAsync("RequestStopTransaction", """{"transactionId":"x"}"""));
            Assert.Contains("Accepted", await server.CallAsync("RequestStopTransaction", $$"""{"transactionId":"{{transaction.Id}}"}"""));
        }

        await Until(() => transaction.IsEndAcknowledged);
        Assert.Contains("Remote", csms.Calls("StopTransaction", "TransactionEvent").Last().Payload);
        await Until(() => station.StateOf(1) == OutletState.Available);
    }

    [Theory]
    [InlineData(OcppVersion.V16, """{"type":"Soft"}""", "SoftReset")]
    [InlineData(OcppVersion.V21, """{"type":"Immediate"}""", "ImmediateReset")]
    public async Task A_reset_ends_the_charge_and_boots(OcppVersion version, string payload, string reason)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = await OnlineAsync(csms, version);
        station.PlugIn();
        station.Start("TAG-1");
        await station.DrainedAsync();
        Assert.Equal("""{"status":"Accepted"}""", await csms.Open["CP-1"].CallAsync("Reset", payload));
        await Until(() => csms.Calls("BootNotification").Count() == 2);
        await station.DrainedAsync();
        Assert.Contains(reason, csms.Calls("StopTransaction", "TransactionEvent").Last().Payload);
    }

    [Fact]
    public async Task A_1_6_station_answers_the_small_commands()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = await OnlineAsync(csms, OcppVersion.V16);
        var server = csms.Open["CP-1"];
        Assert.Equal("""{"status":"Unlocked"}""", await server.CallAsync("UnlockConnector", """{"connectorId":1}"""));
        Assert.Equal("""{"status":"NotSupported"}""", await server.CallAsync("UnlockConnector", """{"connectorId":9}"""));
        Assert.Equal("""{"status":"Accepted"}""", await server.CallAsync("ChangeConfiguration", """{"key":"MeterValueSampleInterval","value":"15"}"""));
        Assert.Equal(TimeSpan.FromSeconds(15), station.MeterInterval);
        Assert.Equal("""{"status":"Rejected"}""", await server.CallAsync("ChangeConfiguration", """{"key":"NumberOfConnectors","value":"15"}"""));
        Assert.Equal("""{"configurationKey":[{"key":"MeterValueSampleInterval","readonly":false,"value":"15"}],"unknownKey":["X"]}""", await server.CallAsync("GetConfiguration", """{"key":["MeterValueSampleInterval","X"]}"""));
        Assert.Equal("""{"status":"UnknownVendorId"}""", await server.CallAsync("DataTransfer", """{"vendorId":"x"}"""));
        Assert.Equal("NotSupported", await server.CallAsync("GetDiagnostics", """{"location":"ftp://x"}"""));
        Assert.Equal("NotImplemented", await server.CallAsync("GetVariables", "{}"));
        Assert.Equal("OccurenceConstraintViolation", await server.CallAsync("Reset", "{}"));

        Assert.Equal("""{"status":"Accepted"}""", await server.CallAsync("ChangeAvailability", """{"connectorId":0,"type":"Inoperative"}"""));
        await Until(() => csms.Calls("StatusNotification").Last().Payload.Contains("Unavailable", StringComparison.Ordinal));
        Assert.Contains("Rejected", await server.CallAsync("RemoteStartTransaction", """{"idTag":"T"}"""));

        var beats = csms.Calls("Heartbeat").Count();
        Assert.Equal("""{"status":"Accepted"}""", await server.CallAsync("TriggerMessage", """{"requestedMessage":"Heartbeat"}"""));
        await Until(() => csms.Calls("Heartbeat").Count() == beats + 1);
        Assert.Contains("Accepted", await server.CallAsync("TriggerMessage", """{"requestedMessage":"MeterValues","connectorId":1}"""));
        await Until(() => csms.Calls("MeterValues").Count() == 1);
        Assert.Equal("""{"status":"NotImplemented"}""", await server.CallAsync("TriggerMessage", """{"requestedMessage":"FirmwareStatusNotification"}"""));
    }

    [Fact]
    public async Task A_2_x_station_answers_the_small_commands()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = await OnlineAsync(csms, OcppVersion.V21);
        var server = csms.Open["CP-1"];
        Assert.Contains("UnknownConnector", await server.CallAsync("UnlockConnector", """{"evseId":1,"connectorId":2}"""));
        Assert.Contains("\"attributeValue\":\"60\"", await server.CallAsync("GetVariables", """{"getVariableData":[{"component":{"name":"SampledDataCtrlr"},"variable":{"name":"TxUpdatedInterval"}}]}"""));
        var answer = await server.CallAsync("SetVariables", """{"setVariableData":[{"attributeValue":"20","component":{"name":"SampledDataCtrlr"},"variable":{"name":"TxUpdatedInterval"}},{"attributeValue":"1","component":{"name":"Nope"},"variable":{"name":"X"}}]}""");
        Assert.Contains("UnknownComponent", answer);
        Assert.Equal(TimeSpan.FromSeconds(20), station.MeterInterval);
        Assert.Equal("""{"messagesInQueue":false}""", await server.CallAsync("GetTransactionStatus", "{}"));
        Assert.Equal("NotSupported", await server.CallAsync("GetLog", "{}"));
        Assert.Equal("NotImplemented", await server.CallAsync("RemoteStopTransaction", "{}"));
        Assert.Equal("OccurrenceConstraintViolation", await server.CallAsync("Reset", "{}"));
    }

    private static async Task<SimulatedStation> OnlineAsync(FakeCsms csms, OcppVersion version)
    {
        var station = new SimulatedStation(Options(csms, version) with { RemotePlan = new ChargePlan { Fumbling = TimeSpan.Zero, EnergyWh = 5_000 } });
        await station.ConnectAsync();
        return station;
    }
}
