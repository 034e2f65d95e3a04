using System.Text;
using System.Text.Json;
using Busbar.Load;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Ocpp.V16;

namespace Busbar.Tests.Load;

/// <summary>What the generator writes by hand is what the house reads.</summary>
public sealed class CallFramesTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 7, 8, 9, TimeSpan.Zero);

    private delegate int Writer(Span<byte> output, ReadOnlySpan<byte> id);

    [Fact]
    public void A_message_id_has_the_length_of_a_uuid_and_names_station_and_call() => Assert.Equal("0000000b-0000-4000-8000-00000000000c", Id());

    [Fact]
    public void Boot_and_heartbeat_are_calls()
    {
        Assert.Equal(("BootNotification", "Load"), (Read(CallFrames.Boot, out var boot), boot.GetProperty("chargePointModel").GetString()));
        Assert.Equal(("Heartbeat", "{}"), (Read(CallFrames.Heartbeat, out var heartbeat), heartbeat.GetRawText()));
    }

    [Fact]
    public void Authorize_and_status_are_calls()
    {
        Assert.Equal(("Authorize", "TAG"), (Read((output, id) => CallFrames.Authorize(output, id, "TAG"), out var authorize), authorize.GetProperty("idTag").GetString()));
        Assert.Equal("StatusNotification", Read((output, id) => CallFrames.Status(output, id, "Preparing", At), out var status));
        Assert.Equal(("Preparing", At), (status.GetProperty("status").GetString(), status.GetProperty("timestamp").GetDateTimeOffset()));
    }

    [Fact]
    public void Start_stop_and_meter_values_are_read_by_the_message_types()
    {
        Assert.Equal("StartTransaction", Read((output, id) => CallFrames.Start(output, id, "TAG", 1000, At), out var start));
        Assert.Equal("StopTransaction", Read((output, id) => CallFrames.Stop(output, id, int.MaxValue, "TAG", 1234, At), out var stop));
        Assert.Equal("MeterValues", Read((output, id) => CallFrames.Meter(output, id, 7, 1200, 7200, At), out var meter));

        var started = As<StartTransactionRequest>(start);
        Assert.Equal(("TAG", 1000L, At), (started.IdTag, (long)started.MeterStart.Value!, started.Timestamp.Instant!.Value.ToDateTimeOffset()));
        var stopped = As<StopTransactionRequest>(stop);
        Assert.Equal((int.MaxValue, 1234L, StopReason.Local), ((int)stopped.TransactionId.Value!, (long)stopped.MeterStop.Value!, stopped.Reason!.Value));
        var values = As<MeterValuesRequest>(meter).MeterValues.Single().SampledValues;
        Assert.Equal([Measurand.EnergyActiveImportRegister, Measurand.PowerActiveImport], values.Select(value => value.Measurand!.Value));
        Assert.Equal([1200m, 7200m], values.Select(value => value.Value.Value!.Value));
    }

    [Fact]
    public void The_longest_frame_fits() =>
        Assert.InRange(Written((output, id) => CallFrames.Meter(output, id, int.MaxValue, long.MaxValue, long.MaxValue, At)).Length, 1, CallFrames.Longest);

    [Fact]
    public void A_frame_that_does_not_fit_is_refused() =>
        Assert.Throws<ArgumentException>(() => CallFrames.Authorize(new byte[80], Encoding.ASCII.GetBytes(Id()), new string('x', 80)));

    [Theory]
    [InlineData("[3,\"{0}\",{{}}]", true)]
    [InlineData("[3,\"{0}1\",{{}}]", false)]
    [InlineData("[3,\"0000000b-0000-4000-8000-00000000000d\",{{}}]", false)]
    [InlineData("[4,\"{0}\",\"InternalError\",\"\",{{}}]", false)]
    [InlineData("[3", false)]
    public void Only_the_result_of_its_own_call_is_an_answer(string frame, bool isAnswer) =>
        Assert.Equal(isAnswer, CallFrames.IsResultOf(Encoding.ASCII.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, frame, Id())), Encoding.ASCII.GetBytes(Id())));

    [Fact]
    public void A_start_that_was_accepted_has_a_transaction()
    {
        var result = """[3,"x",{"transactionId":2147483647,"idTagInfo":{"status":"Accepted"}}]"""u8.ToArray();
        Assert.True(CallFrames.TryTransaction(result, out var transaction));
        Assert.Equal((int.MaxValue, true), (transaction, CallFrames.IsAccepted(result)));
        Assert.False(CallFrames.TryTransaction("""[3,"x",{}]"""u8, out _));
        Assert.False(CallFrames.IsAccepted("""[3,"x",{"idTagInfo":{"status":"Blocked"}}]"""u8));
    }

    [Fact]
    public void A_call_of_the_servers_is_answered_with_NotSupported()
    {
        var output = new byte[CallFrames.Longest];
        var call = """[2,"abc","Reset",{"type":"Soft"}]"""u8.ToArray();
        Assert.True(CallFrames.IsCall(call));
        Assert.Equal("""[4,"abc","NotSupported","",{}]""", Encoding.ASCII.GetString(output, 0, CallFrames.NotSupported(output, call)));
    }

    private static string Id()
    {
        var id = new byte[CallFrames.IdLength];
        Assert.Equal(id.Length, CallFrames.Id(id, 11, 12));
        return Encoding.ASCII.GetString(id);
    }

    private static byte[] Written(Writer write)
    {
        var frame = new byte[CallFrames.Longest];
        return frame[..write(frame, Encoding.ASCII.GetBytes(Id()))];
    }

    /// <summary>The action and the payload of a frame that the house's own reader takes.</summary>
    private static string Read(Writer write, out JsonElement payload)
    {
        Assert.True(RpcReader.Read(Written(write), OcppVersion.V16, out var frame).IsOk);
        Assert.Equal((FrameKind.Call, Id()), (frame.Kind, frame.MessageId));
        payload = JsonElement.Parse(frame.Payload.Span);
        return frame.Action;
    }

    private static T As<T>(JsonElement payload)
        where T : class
    {
        Assert.True(Ocpp16Json.TryRead<T>(Encoding.UTF8.GetBytes(payload.GetRawText()), out var message, out _));
        return message;
    }
}
