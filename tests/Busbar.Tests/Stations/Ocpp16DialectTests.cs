using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Stations;

public sealed class Ocpp16DialectTests
{
    private static readonly Instant Received = Instant.FromUtc(2026, 11, 23, 6, 0);
    private static readonly AnswerContext Context = new(Received, 900);
    private static readonly IDialect Dialect = DialectTable.For(OcppVersion.V16);

    public static TheoryData<string, string, string> Facts => new()
    {
        {
            "StartTransaction", """{"connectorId":2,"idTag":"04A2B3","meterStart":1500,"timestamp":"2026-11-23T05:59:00Z"}""",
            "Started {'Evse':2,'Connector':1,'Token':'04A2B3','Register':'1500 Wh','Time':'2026-11-23T05:59:00.000Z Plausible'}"
        },
        {
            "StartTransaction", """{"connectorId":"1","idTag":"","meterStart":"NaN","reservationId":7,"timestamp":"2026-11-23 05:59"}""",
            "Started {'Evse':1,'Connector':1,'ReservationId':7,'Time':'2026-11-23T05:59:00.000Z ZoneMissing','Deviations':['connectorId','idTag','meterStart','timestamp']}"
        },
        {
            "StartTransaction", """{"connectorId":0,"idTag":"A","meterStart":9223372036854775807,"timestamp":"never"}""",
            "Started {'Token':'A','Time':'- Unreadable','Deviations':['connectorId','meterStart','timestamp']}"
        },
        {
            "StopTransaction", """{"transactionId":77,"meterStop":6900,"timestamp":"2026-11-23T06:00:00Z"}""",
            "Ended {'TransactionId':'77','Register':'6900 Wh','Reason':'Local','Time':'2026-11-23T06:00:00.000Z Plausible'}"
        },
        {
            "StopTransaction",
            """{"transactionId":77,"idTag":"04A2B3","meterStop":6900,"reason":"EVDisconnected","timestamp":"2026-11-23T06:00:00Z","transactionData":[{"timestamp":"2026-11-23T05:59:30Z","sampledValue":[{"value":"6.8","unit":"kWh","context":"Transaction.End"},{"value":"54","measurand":"SoC","location":"EV","unit":"Percent"}]}]}""",
            "Ended {'TransactionId':'77','Token':'04A2B3','Register':'6900 Wh','Samples':[{'Time':'2026-11-23T05:59:30.000Z Plausible','Context':'End','Register':'6800 Wh'},{'Time':'2026-11-23T05:59:30.000Z Plausible','Context':'Periodic','SocPercent':54}],'Reason':'EVDisconnected','Time':'2026-11-23T06:00:00.000Z Plausible'}"
        },
        {
            "StopTransaction", """{"transactionId":-1,"meterStop":"x","reason":"Gremlins","timestamp":"1970-01-01T00:00:00Z"}""",
            "Ended {'TransactionId':'-1','Reason':'Gremlins','Time':'1970-01-01T00:00:00.000Z Unset','Deviations':['meterStop','reason']}"
        },
        {
            "MeterValues", """{"connectorId":1,"transactionId":77,"meterValue":[{"timestamp":"2026-11-23T05:59:30Z","sampledValue":[{"value":"5000"},{"value":"7360","measurand":"Power.Active.Import","unit":"W"}]}]}""",
            "Updated {'TransactionId':'77','Evse':1,'Connector':1,'Samples':[{'Time':'2026-11-23T05:59:30.000Z Plausible','Context':'Periodic','Register':'5000 Wh','Power':'7360 W'}],'Time':'2026-11-23T05:59:30.000Z Plausible'}"
        },
        {
            "MeterValues", """{"connectorId":0,"meterValue":[null,{"timestamp":"2026-11-23T05:59:30Z","sampledValue":[null]}]}""",
            "Updated {'Time':'2026-11-23T05:59:30.000Z Plausible'}"
        },
        {
            "StatusNotification", """{"connectorId":3,"errorCode":"NoError","status":"SuspendedEV"}""",
            "ConnectorState {'Evse':3,'Connector':1,'State':'SuspendedByVehicle','Time':'- Unreadable'}"
        },
        {
            "StatusNotification", """{"connectorId":3,"errorCode":"Sparks","status":"Melting","timestamp":"2026-11-23T05:59:30Z"}""",
            "ConnectorState {'Evse':3,'Connector':1,'State':'Unknown','Time':'2026-11-23T05:59:30.000Z Plausible','Deviations':['status','errorCode']}"
        },
        { "BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""", "Booted {'Reason':'','Time':'- Unreadable'}" },
    };

    [Theory]
    [MemberData(nameof(Facts))]
    public void A_frame_becomes_a_fact_and_reads_back_the_same(string action, string payload, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        Assert.Equal(expected, FactText.Of(Read(action, payload).Fact!));
        Assert.Equal(expected, FactText.Of(new FactReader().Read(16, action, bytes, Received)));
    }

    public static TheoryData<string, string, string?> Broken => new()
    {
        // readable keys are acknowledged
        { "StopTransaction", """{"transactionId":77,"timestamp":"2026-11-23T06:00:00Z"}""", "{}" },
        { "StopTransaction", """{"transactionId":77,"meterStop":1,"meterStop":2,"timestamp":"2026-11-23T06:00:00Z"}""", "{}" },
        { "StopTransaction", """{"transactionId":77,"transactionId":77,"meterStop":2,"timestamp":"2026-11-23T06:00:00Z"}""", "{}" },
        { "StopTransaction", """{"transactionId":"77","meterStop":1,"timestamp":"2026-11-23T06:00:00Z","transactionData":{}}""", "{}" },
        { "StartTransaction", """{"connectorId":1,"idTag":"A"}""", """{"idTagInfo":{"status":"Invalid"},"transactionId":0}""" },
        { "MeterValues", """{"connectorId":1,"transactionId":77}""", "{}" },
        { "MeterValues", """{"connectorId":1,"meterValue":[{"timestamp":"2026-11-23T06:00:00Z"}]}""", "{}" },
        { "StatusNotification", """{"connectorId":1,"status":"Charging"}""", "{}" },

        // without a key it is the station's to mend
        { "StopTransaction", """{"meterStop":1,"timestamp":"2026-11-23T06:00:00Z"}""", null },
        { "StopTransaction", """{"transactionId":77,"transactionId":78,"meterStop":2,"timestamp":"2026-11-23T06:00:00Z"}""", null },
        { "StopTransaction", """{"transactionId":null,"meterStop":2,"timestamp":"2026-11-23T06:00:00Z"}""", null },
        { "StartTransaction", """{"connectorId":1,"meterStart":0,"timestamp":"2026-11-23T06:00:00Z"}""", null },
        { "MeterValues", """{"transactionId":77,"meterValue":[]}""", null },
        { "StatusNotification", """{"connectorId":"left","errorCode":"NoError","status":"Charging"}""", null },
        { "BootNotification", """{"chargePointVendor":"ACME"}""", null },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_charging_message_that_cannot_be_read_is_kept_if_its_key_can(string action, string payload, string? answer)
    {
        var reading = Read(action, payload);
        if (answer is null)
        {
            Assert.Null(reading.Fact);
            Assert.Contains(reading.Refusal!.Code, new[] { "FormationViolation", "OccurenceConstraintViolation", "TypeConstraintViolation" });
            return;
        }
        var unreadable = Assert.IsType<ChargingFact.Unreadable>(reading.Fact);
        Assert.Equal(action, unreadable.Action);
        Assert.Equal(payload.Contains("77", StringComparison.Ordinal) ? "77" : null, unreadable.TransactionId);
        Assert.Equal(answer, Encoding.UTF8.GetString(reading.Answer!(DeskDecision.None, Context).Span));
        Assert.Equal(FactText.Of(unreadable), FactText.Of(new FactReader().Read(16, action, Encoding.UTF8.GetBytes(payload), Received)));
    }

    [Fact]
    public void A_decision_becomes_an_answer()
    {
        var start = Read("StartTransaction", """{"connectorId":2,"idTag":"A","meterStart":1500,"timestamp":"2026-11-23T05:59:00Z"}""");
        var decision = new DeskDecision("1842", new TokenVerdictText("Accepted", "fleet", Received), null);
        Assert.Equal("""{"idTagInfo":{"expiryDate":"2026-11-23T06:00:00.000Z","parentIdTag":"fleet","status":"Accepted"},"transactionId":1842}""", Text(start.Answer!(decision, Context)));
        var stop = Read("StopTransaction", """{"transactionId":77,"meterStop":6900,"timestamp":"2026-11-23T06:00:00Z"}""");
        Assert.Equal("{}", Text(stop.Answer!(DeskDecision.None, Context)));
        Assert.Equal("""{"idTagInfo":{"status":"Blocked"}}""", Text(stop.Answer!(new DeskDecision("77", new TokenVerdictText("Blocked", null, null), null), Context)));
        var boot = Read("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        Assert.Equal("""{"status":"Accepted","currentTime":"2026-11-23T06:00:00.000Z","interval":900}""", Text(boot.Answer!(DeskDecision.None, Context)));
        Assert.True(boot.AnswerTellsTime);
    }

    [Theory]
    [InlineData("Heartbeat", "{}", """{"currentTime":"2026-11-23T06:00:00.000Z"}""")]
    [InlineData("Heartbeat", """{"odd":true}""", """{"currentTime":"2026-11-23T06:00:00.000Z"}""")]
    [InlineData("DataTransfer", """{"vendorId":"ACME"}""", """{"status":"UnknownVendorId"}""")]
    [InlineData("FirmwareStatusNotification", """{"status":"Installed"}""", "{}")]
    [InlineData("DiagnosticsStatusNotification", """{"status":"Uploaded"}""", "{}")]
    [InlineData("SecurityEventNotification", """{"type":"InvalidCsmsCertificate","timestamp":"2026-11-23T06:00:00Z"}""", "{}")]
    [InlineData("LogStatusNotification", """{"status":"Uploaded"}""", "{}")]
    [InlineData("SignedFirmwareStatusNotification", """{"status":"Installed"}""", "{}")]
    [InlineData("SignCertificate", """{"csr":"x"}""", """{"status":"Rejected"}""")]
    public void What_is_no_money_is_answered_at_once(string action, string payload, string answer)
    {
        var reply = Direct(action, payload);
        Assert.Equal(answer, Text(Assert.IsType<CallReply.Result>(reply).Payload));
    }

    [Fact]
    public void A_breach_in_what_is_no_money_gets_the_versions_own_error() =>
        Assert.Equal("OccurenceConstraintViolation", Assert.IsType<CallReply.Error>(Direct("DataTransfer", "{}")).Code);

    [Fact]
    public void Every_action_of_the_version_has_a_route()
    {
        foreach (var action in Ocpp16Actions.All)
        {
            Assert.True(Dialect.TryFind(action.Name, out var route), action.Name);
            Assert.Equal(!action.MayBeSentBy(OcppSender.Station), route is Route.NotForStations);
        }
        Assert.False(Dialect.TryFind("FlyToTheMoon", out _));
    }

    [Fact]
    public void The_station_itself_has_a_status_that_is_no_fact()
    {
        var reading = Read("StatusNotification", """{"connectorId":0,"errorCode":"NoError","status":"Available"}""");
        Assert.Null(reading.Fact);
        Assert.Equal(new StationNews.ConnectorReported(0, 0, "Available", null, null), reading.News);
    }

    [Fact]
    public void Facts_of_ours_read_back_the_same()
    {
        var at = new StationTime(Received, "", ClockQuality.Plausible);
        ChargingFact[] facts =
        [
            new ChargingFact.StatusReported { Time = at, TransactionId = "t", Ongoing = null, MessagesInQueue = true },
            new ChargingFact.StatusReported { Time = at, TransactionId = "t", Ongoing = true, MessagesInQueue = false },
            new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "t" },
            new ChargingFact.GapsAbandoned { Time = at, TransactionId = "t", Reason = AbandonReason.ConnectorFree },
            new ChargingFact.GapsAbandoned { Time = at, TransactionId = "t", Reason = AbandonReason.StationSilent },
        ];
        foreach (var fact in facts)
            Assert.Equal(FactText.Of(fact), FactText.Of(new FactReader().Read(0, OwnFacts.ActionOf(fact), OwnFacts.Write(fact), Received)));
    }

    private static FactReading Read(string action, string payload)
    {
        Assert.True(Dialect.TryFind(action, out var route));
        return Assert.IsType<Route.Fact>(route).Read(Encoding.UTF8.GetBytes(payload), Received);
    }

    private static CallReply Direct(string action, string payload)
    {
        Assert.True(Dialect.TryFind(action, out var route));
        return Assert.IsType<Route.Direct>(route).Read(Encoding.UTF8.GetBytes(payload), Received, Context).Reply;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
