using System.Text;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator;

namespace Busbar.Stories.Sockets;

/// <summary>
/// What stations send that they should not: the answer that each gets, what becomes of the connection, and that a charge afterwards is billed as it was.
/// </summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class BadInputTests(SocketServer shared)
{
    /// <summary>Nothing is answered, and the connection goes on.</summary>
    private const string Nothing = "";

    /// <summary>A CALLRESULT.</summary>
    private const string Result = "3";

    private const string Start16 = """[2,"7","StartTransaction",{"connectorId":1,"idTag":"04A1B2C3","meterStart":500,"timestamp":"AT"}]""";
    private const string Stop16 = """[2,"7","StopTransaction",{"transactionId":ID,"meterStop":99999,"timestamp":"2026-01-01T00:00:00Z"}]""";
    private const string Meter16 = """[2,"7","MeterValues",{"connectorId":2,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"VALUE"}]}]}]""";
    private const string Meter2 = """[2,"7","MeterValues",{"evseId":2,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":VALUE}]}]}]""";
    private const string Script = "<script>alert(1)</script>";

    /// <summary>The frame in 1.6 and its answer, the frame in 2.1 and its answer.</summary>
    private static readonly (string Name, string V16, string Answer16, string V21, string Answer21)[] Table =
    [
        ("a truncated frame", """[2,"7","Heartbeat",{""", "4 FormationViolation", """[2,"7","Heartbeat",{""", "4 FormatViolation"),
        ("not an array", """{"a":1}""", Nothing, """{"a":1}""", "4 RpcFrameworkError"),
        ("no JSON", "hello", Nothing, "hello", "4 RpcFrameworkError"),
        ("an unknown kind", """[9,"7","Heartbeat",{}]""", Nothing, """[9,"7","Heartbeat",{}]""", "4 MessageTypeNotSupported"),
        ("a payload that is no object", """[2,"7","Heartbeat",[]]""", "4 FormationViolation", """[2,"7","Heartbeat",[]]""", "4 FormatViolation"),
        ("an answer to nothing", """[3,"never-asked",{}]""", Nothing, """[3,"never-asked",{}]""", Nothing),
        ("an unknown action", """[2,"7","Levitate",{}]""", "4 NotImplemented", """[2,"7","Levitate",{}]""", "4 NotImplemented"),
        ("an action of the server's", """[2,"7","Reset",{"type":"Hard"}]""", "4 NotSupported", """[2,"7","Reset",{"type":"Immediate"}]""", "4 NotSupported"),
        ("a member twice", """[2,"7","DataTransfer",{"vendorId":"a","vendorId":"b"}]""", "4 FormationViolation", """[2,"7","DataTransfer",{"vendorId":"a","vendorId":"b"}]""", "4 FormatViolation"),
        ("a wrong type", """[2,"7","DataTransfer",{"vendorId":7}]""", "4 TypeConstraintViolation", """[2,"7","DataTransfer",{"vendorId":7}]""", "4 TypeConstraintViolation"),
        ("a missing member", """[2,"7","Authorize",{}]""", "4 OccurenceConstraintViolation", """[2,"7","Authorize",{}]""", "4 OccurrenceConstraintViolation"),
        ("a start without anything", """[2,"7","StartTransaction",{}]""", "4 OccurenceConstraintViolation", """[2,"7","TransactionEvent",{}]""", "4 OccurrenceConstraintViolation"),
        ("a reading of NaN", Meter16.Replace("VALUE", "NaN", StringComparison.Ordinal), Result, Meter2.Replace("VALUE", "\"NaN\"", StringComparison.Ordinal), Result),
        ("a reading of 1e308", Meter16.Replace("VALUE", "1e308", StringComparison.Ordinal), Result, Meter2.Replace("VALUE", "1e308", StringComparison.Ordinal), Result),
        ("the transaction -1", Stop16.Replace("ID", "-1", StringComparison.Ordinal), Result, Ended("-1"), Result),
        ("the transaction 0", Stop16.Replace("ID", "0", StringComparison.Ordinal), Result, Ended("0"), Result),
        ("the transaction 2^63-1", Stop16.Replace("ID", "9223372036854775807", StringComparison.Ordinal), Result, Ended("9223372036854775807"), Result),
        ("scripts in every string", $$"""[2,"7","BootNotification",{"chargePointVendor":"{{Script}}","chargePointModel":"{{Script}}","firmwareVersion":"{{Script}}","chargePointSerialNumber":"{{Script}}"}]""", Result,
            $$$"""[2,"7","BootNotification",{"reason":"{{{Script}}}","chargingStation":{"vendorName":"{{{Script}}}","model":"{{{Script}}}","firmwareVersion":"{{{Script}}}","serialNumber":"{{{Script}}}"} }]""", Result),
        ("no UTF-8", "\uD800", Nothing, "\uD800", "4 RpcFrameworkError"),
    ];

    public static TheoryData<string, OcppVersion> Rows
    {
        get
        {
            var rows = new TheoryData<string, OcppVersion>();
            foreach (var (name, _, _, _, _) in Table)
            {
                rows.Add(name, OcppVersion.V16);
                rows.Add(name, OcppVersion.V21);
            }
            return rows;
        }
    }

    [Theory, MemberData(nameof(Rows))]
    public async Task Bad_input_gets_its_answer_and_costs_no_charge(string what, OcppVersion version)
    {
        var (_, v16, answer16, v21, answer21) = Table.Single(row => row.Name == what);
        var (frame, expected) = version == OcppVersion.V16 ? (v16, answer16) : (v21, answer21);
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        var (answer, status) = await AskAsync(fleet, version, frame);
        Figures.Print($"bad input: {what}, {version}: {(answer.Length == 0 ? "nothing" : answer)}{(status is { } closed ? $", close {closed}" : "")}");
        Assert.True(answer == expected || (status is not null && what == "no UTF-8"), $"'{answer}' instead of '{expected}', close {status}");
        if (what != "no UTF-8") Assert.Null(status);

        await ChargeAsync(fleet, version);
        Assert.Equal(1_000m, (await fleet.Api.OnlyCdrAsync("CP-0")).GetProperty("energyWh").GetDecimal());
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", OcppVersion.V16), InlineData("1970-01-01T00:00:00Z", OcppVersion.V21)]
    [InlineData("2099-01-01T00:00:00Z", OcppVersion.V16), InlineData("2099-01-01T00:00:00Z", OcppVersion.V21)]
    public async Task A_start_at_an_impossible_time_is_taken_and_its_time_is_not_believed(string timestamp, OcppVersion version)
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        var frame = version == OcppVersion.V16 ? Start16.Replace("AT", timestamp, StringComparison.Ordinal) : $"""[2,"7","TransactionEvent",{Charge2.Event("Started", 0, "tx", 500, timestamp)}]""";
        Assert.Equal((Result, null), await AskAsync(fleet, version, frame));
        var session = (await fleet.Api.GetAsync("sessions?stationId=CP-0")).Items.Single();
        var started = session.GetProperty("startedAt").GetDateTimeOffset();
        Assert.InRange(started, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddMinutes(1));
        Assert.NotEmpty(session.GetProperty("issues").EnumerateArray());
    }

    [Theory, InlineData(OcppVersion.V16), InlineData(OcppVersion.V21)]
    public async Task A_time_without_a_zone_is_read_as_UTC_and_marked(OcppVersion version)
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        var timestamp = Charge.Now(-60).TrimEnd('Z');
        var frame = version == OcppVersion.V16 ? Start16.Replace("AT", timestamp, StringComparison.Ordinal) : $"""[2,"7","TransactionEvent",{Charge2.Event("Started", 0, "tx", 500, timestamp)}]""";
        Assert.Equal((Result, null), await AskAsync(fleet, version, frame));
        var session = (await fleet.Api.GetAsync("sessions?stationId=CP-0")).Items.Single();
        Assert.Contains("timeZoneMissing", session.GetProperty("issues").GetRawText(), StringComparison.Ordinal);
    }

    private static string Ended(string id) => $"""[2,"7","TransactionEvent",{Charge2.Event("Ended", 3, id, 99_999)}]""";

    /// <summary>Kind and code of what comes before the answer to a heartbeat that follows; the close status where the connection ended.</summary>
    private static async Task<(string Answer, int? Status)> AskAsync(SocketFleet fleet, OcppVersion version, string frame)
    {
        await using var socket = await fleet.OpenAsync("CP-0", version);
        // Half a surrogate has no UTF-8; it stands for bytes that are none.
        await socket.SendAsync(frame == "\uD800" ? new byte[] { 0x5B, 0xC3, 0x28, 0x5D } : SocketFleet.Utf8(frame), CancellationToken.None);
        await socket.SendAsync(SocketFleet.Utf8("""[2,"probe","Heartbeat",{}]"""), CancellationToken.None);
        var answer = Nothing;
        while (await socket.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(15)) is { } message)
        {
            var read = JsonElement.Parse(Encoding.UTF8.GetString(message.Span));
            if (read[1].GetString() == "probe") return (answer, null);
            answer = read[0].GetInt32() == 3 ? Result : $"{read[0].GetInt32()} {read[2].GetString()}";
        }
        return (answer, socket.CloseStatus ?? 0);
    }

    private static async Task ChargeAsync(SocketFleet fleet, OcppVersion version)
    {
        await using var station = await fleet.BootAsync("CP-0", version: version);
        if (version == OcppVersion.V16)
        {
            var charge = await Charge.StartAsync(station, 10_000);
            await charge.MeterAsync(station, 10_500);
            await charge.StopAsync(station, 11_000);
            return;
        }
        await Charge.CallAsync(station, "TransactionEvent", Charge2.Event("Started", 0, "tx-good", 10_000));
        await Charge.CallAsync(station, "TransactionEvent", Charge2.Event("Ended", 1, "tx-good", 11_000));
    }
}
