using System.Text;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Ocpp.V16;
using Busbar.Ocpp.V2;

namespace Busbar.Tests.Ocpp;

public sealed class ReadingTests
{
    [Fact]
    public void A_sloppy_stop_is_read_and_its_deviations_are_flagged()
    {
        var json = """
            { "transactionId": "17", "meterStop": 1200.0, "timestamp": "2026-11-23 06:00:00", "idTag": 4711, "reason": "CarGone", "vendorThing": {"a": 1},
              "transactionData": [{ "timestamp": "1970-01-01T00:00:00Z", "sampledValue": [{ "value": 12.5, "measurand": "Energy.Mine" }, { "value": "NaN" }] }] }
            """u8;
        Assert.True(Ocpp16Json.TryRead<StopTransactionRequest>(json, out var stop, out var error), error.Detail);
        Assert.Equal((17L, true), (stop.TransactionId.Value, stop.TransactionId.IsDeviation));
        Assert.Equal((1200L, true), (stop.MeterStop.Value, stop.MeterStop.IsDeviation));
        Assert.Equal(WireTimeQuality.ZoneMissing, stop.Timestamp.Quality);
        Assert.Equal("4711", stop.IdTag);
        Assert.Equal(("CarGone", false), (stop.Reason!.Value.Value, stop.Reason.Value.IsKnown()));
        var values = stop.TransactionData![0].SampledValues;
        Assert.Equal((12.5m, true), (values[0].Value.Value, values[0].Value.IsDeviation));
        Assert.Equal(("NaN", null), (values[1].Value.Raw, values[1].Value.Value));
    }

    [Theory]
    [InlineData("""{"transactionId":1,"transactionId":2,"meterStop":1,"timestamp":"2026-11-23T06:00:00Z"}""", WireFault.Malformed, "FormationViolation")]
    [InlineData("""{"transactionId":1,"meterStop":1}""", WireFault.Missing, "OccurenceConstraintViolation")]
    [InlineData("""{"transactionId":1,"MeterStop":1,"timestamp":"2026-11-23T06:00:00Z"}""", WireFault.Missing, "OccurenceConstraintViolation")]
    [InlineData("""{"transactionId":1,"meterStop":1,"timestamp":"2026-11-23T06:00:00Z","transactionData":{}}""", WireFault.WrongType, "TypeConstraintViolation")]
    [InlineData("""{"transactionId":1,"meterStop":1,"timestamp":"2026-11-23T06:00:00Z","reason":{}}""", WireFault.WrongType, "TypeConstraintViolation")]
    [InlineData("""{"transactionId":1,"meterStop":1,"timestamp":"2026-11-23T06:00:00Z","reason":"\ud800"}""", WireFault.WrongType, "TypeConstraintViolation")]
    [InlineData("""{"transactionId":1,"meterStop":1,"timestamp":"2026-11-23T06:00:00Z","transactionData":[{"timestamp":"x","sampledValue":null}]}""", WireFault.Missing, "OccurenceConstraintViolation")]
    [InlineData("null", WireFault.Malformed, "FormationViolation")]
    [InlineData("[]", WireFault.Malformed, "FormationViolation")]
    [InlineData("{", WireFault.Malformed, "FormationViolation")]
    public void What_cannot_be_read_says_why(string json, WireFault fault, string code)
    {
        Assert.False(Ocpp16Json.TryRead<StopTransactionRequest>(Encoding.UTF8.GetBytes(json), out _, out var error));
        Assert.Equal((fault, code), (error.Fault, error.ErrorCode(OcppVersion.V16)));
        Assert.DoesNotContain("Busbar", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_missing_member_is_named()
    {
        Assert.False(Ocpp16Json.TryRead<StopTransactionRequest>("""{"transactionId":1,"meterStop":1}"""u8, out _, out var error));
        Assert.Equal("$: missing 'timestamp'", error.Detail);
    }

    [Fact]
    public void A_null_is_as_good_as_absent_where_absence_is_allowed()
    {
        Assert.True(Ocpp16Json.TryRead<StartTransactionRequest>("""{"connectorId":1,"idTag":"A","meterStart":null,"reservationId":null,"timestamp":"2026-11-23T06:00:00Z"}"""u8, out var start, out _));
        Assert.Null(start.ReservationId);
        Assert.True(start.MeterStart.IsDeviation);
        Assert.Null(start.MeterStart.Value);
        Assert.Equal("""{"connectorId":1,"idTag":"A+'<é","meterStart":7,"timestamp":"2026-11-23T06:00:00Z"}""",
            Encoding.UTF8.GetString(Ocpp16Json.Write(start with { IdTag = "A+'<é", MeterStart = 7 })));
    }

    [Fact]
    public void A_member_of_2_1_is_read_from_anybody_and_written_to_nobody_older()
    {
        var read = Ocpp2Json.Read<Busbar.Ocpp.V2.AuthorizeResponse>("""{"idTokenInfo":{"status":"Accepted"},"allowedEnergyTransfer":["DC"]}"""u8);
        Assert.Equal("DC", Assert.Single(read.AllowedEnergyTransfer!).Value);
        Assert.Equal("""{"idTokenInfo":{"status":"Accepted"}}""", Encoding.UTF8.GetString(Ocpp2Actions.Authorize.WriteResponse(read, OcppVersion.V201)));
        Assert.Contains("allowedEnergyTransfer", Encoding.UTF8.GetString(Ocpp2Actions.Authorize.WriteResponse(read, OcppVersion.V21)), StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_data_is_kept_whole()
    {
        var json = """{"customData":{"vendorId":"org.example","x":{"y":[1.50,null]}}}""";
        Assert.Equal(json, Encoding.UTF8.GetString(Ocpp2Json.Write(Ocpp2Json.Read<Busbar.Ocpp.V2.HeartbeatRequest>(Encoding.UTF8.GetBytes(json)), OcppVersion.V201)));
    }

    [Fact]
    public void The_tables_are_whole_and_their_names_are_the_ones_the_reader_knows()
    {
        Assert.Equal(39, Ocpp16Actions.ByName.Count);
        Assert.Equal(91, Ocpp2Actions.ByName.Count);
        Assert.Equal(64, Ocpp2Actions.All.Count(action => action.Since == OcppVersion.V201));
        Assert.Equal("NotifyPeriodicEventStream", Assert.Single(Ocpp2Actions.All, action => action.IsSend).Name);
        foreach (var action in Ocpp16Actions.All.Concat(Ocpp2Actions.All))
        {
            Assert.Equal(action.Name, string.IsInterned(action.Name));
            Assert.True(RpcReader.Read(Encoding.UTF8.GetBytes($"[2,\"1\",\"{action.Name}\",{{}}]"), OcppVersion.V21, out var frame).IsOk);
            Assert.Same(action.Name, frame.Action);
        }
    }
}
