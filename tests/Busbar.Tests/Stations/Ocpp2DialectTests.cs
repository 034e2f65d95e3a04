using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Stations;

public sealed class Ocpp2DialectTests
{
    private static readonly Instant Received = Instant.FromUtc(2026, 11, 23, 6, 0);
    private static readonly AnswerContext Context = new(Received, 900);

    public static TheoryData<string, string, string> Facts => new()
    {
        {
            "TransactionEvent",
            """{"eventType":"Started","timestamp":"2026-11-23T05:59:00Z","triggerReason":"RemoteStart","seqNo":0,"transactionInfo":{"transactionId":"t1","chargingState":"EVConnected","remoteStartId":9},"evse":{"id":2,"connectorId":1},"idToken":{"idToken":"04A2","type":"ISO14443"},"meterValue":[{"timestamp":"2026-11-23T05:59:00Z","sampledValue":[{"value":1.5,"context":"Transaction.Begin","unitOfMeasure":{"unit":"Wh","multiplier":3}}]}]}""",
            "Started {'TransactionId':'t1','Evse':2,'Connector':1,'Token':'04A2 (ISO14443)','Samples':[{'Time':'2026-11-23T05:59:00.000Z Plausible','Context':'Begin','Register':'1500 Wh'}],'State':'Connected','RemoteStartId':9,'Time':'2026-11-23T05:59:00.000Z Plausible','SeqNo':0}"
        },
        {
            "TransactionEvent",
            """{"eventType":"Updated","timestamp":"2026-11-23T05:59:30Z","triggerReason":"MeterValuePeriodic","seqNo":1,"offline":true,"transactionInfo":{"transactionId":"t1","chargingState":"SuspendedEV"},"meterValue":[{"timestamp":"2026-11-23T05:59:30Z","sampledValue":[{"value":2000,"signedMeterValue":{"signedMeterData":"T0NNRg==","encodingMethod":"OCMF"}},{"value":41,"measurand":"SoC","location":"EV"}]}]}""",
            "Updated {'TransactionId':'t1','Samples':[{'Time':'2026-11-23T05:59:30.000Z Plausible','Context':'Periodic','Register':'2000 Wh','SocPercent':41,'Signed':'T0NNRg=='}],'State':'SuspendedByVehicle','Time':'2026-11-23T05:59:30.000Z Plausible','SeqNo':1,'Offline':true}"
        },
        {
            "TransactionEvent",
            """{"eventType":"Ended","timestamp":"2026-11-23T06:00:00Z","triggerReason":"EVDeparted","seqNo":"2","transactionInfo":{"transactionId":"t1","stoppedReason":"EVDisconnected"}}""",
            "Ended {'TransactionId':'t1','Reason':'EVDisconnected','Time':'2026-11-23T06:00:00.000Z Plausible','SeqNo':2,'Deviations':['seqNo']}"
        },
        {
            "TransactionEvent",
            """{"eventType":"Ended","timestamp":"2026-11-23T06:00:00Z","triggerReason":"EVDeparted","seqNo":2,"transactionInfo":{"transactionId":"t1"},"costDetails":{"totalCost":{"currency":"EUR","typeOfCost":"NormalCost","total":{"exclTax":10,"inclTax":12}},"totalUsage":{"energy":5000,"chargingTime":60,"idleTime":0},"chargingPeriods":[{"startPeriod":"2026-11-23T05:00:00Z","dimensions":[{"type":"IdleTIme","volume":0}]}],"failureToCalculate":true,"failureReason":"no\u0000 clock"}}""",
            "Ended {'TransactionId':'t1','Reason':'Local','Cost':{'Currency':'EUR','ExclTax':10,'InclTax':12,'Failed':true,'Reason':'no clock'},'Time':'2026-11-23T06:00:00.000Z Plausible','SeqNo':2}"
        },
        {
            "TransactionEvent",
            """{"eventType":"Paused","timestamp":"2026-11-23T06:00:00Z","triggerReason":"Trigger","seqNo":3,"transactionInfo":{"transactionId":"t1"},"evse":{"id":0}}""",
            "Updated {'TransactionId':'t1','Time':'2026-11-23T06:00:00.000Z Plausible','SeqNo':3,'Deviations':['eventType','evse']}"
        },
        {
            "TransactionEvent", """{"eventType":"Ended","seqNo":2,"transactionInfo":{"transactionId":"t1"}}""",
            "Unreadable {'Action':'TransactionEvent','TransactionId':'t1','Problem':'*','Time':'- Unreadable','SeqNo':2}"
        },
        {
            "MeterValues", """{"evseId":1,"meterValue":[{"timestamp":"2026-11-23T05:59:30Z","sampledValue":[{"value":5000,"unitOfMeasure":{"unit":"kWh","multiplier":-3}}]}]}""",
            "Updated {'Evse':1,'Samples':[{'Time':'2026-11-23T05:59:30.000Z Plausible','Context':'Periodic','Register':'5000 Wh'}],'Time':'2026-11-23T05:59:30.000Z Plausible'}"
        },
        { "BootNotification", """{"reason":"PowerUp","chargingStation":{"model":"Two","vendorName":"ACME"}}""", "Booted {'Reason':'PowerUp','Time':'- Unreadable'}" },
    };

    [Theory]
    [MemberData(nameof(Facts))]
    public void A_frame_becomes_a_fact_in_both_versions_and_reads_back_the_same(string action, string payload, string expected)
    {
        foreach (var version in new[] { OcppVersion.V201, OcppVersion.V21 })
        {
            var fact = Read(version, action, payload).Fact!;
            var known = fact is ChargingFact.Unreadable unreadable ? expected.Replace("*", unreadable.Problem, StringComparison.Ordinal) : expected;
            Assert.Equal(known, FactText.Of(fact));
            Assert.Equal(known, FactText.Of(new FactReader().Read(DialectTable.For(version).Protocol, action, Encoding.UTF8.GetBytes(payload), Received)));
        }
    }

    [Theory]
    [InlineData("Started", """{"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"fleet","type":"Central"}}}""")]
    [InlineData("Updated", """{"totalCost":1.40,"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"fleet","type":"Central"}}}""")]
    [InlineData("Ended", """{"totalCost":1.40,"idTokenInfo":{"status":"Accepted","groupIdToken":{"idToken":"fleet","type":"Central"}}}""")]
    public void A_decision_becomes_an_answer(string type, string answer)
    {
        var reading = Read(OcppVersion.V201, "TransactionEvent",
            $$$"""{"eventType":"{{{type}}}","timestamp":"2026-11-23T05:59:00Z","triggerReason":"Trigger","seqNo":0,"transactionInfo":{"transactionId":"t1"}}""");
        var decision = new DeskDecision("t1", new TokenVerdictText("Accepted", "fleet", null), 1.40m);
        Assert.Equal(answer, Text(reading.Answer!(decision, Context)));
        Assert.Equal("{}", Text(reading.Answer!(DeskDecision.None, Context)));
    }

    [Theory]
    [InlineData("Invalid", "Unknown", "Invalid")]
    [InlineData("Blocked", "Blocked", "Blocked")]
    [InlineData("ConcurrentTx", "ConcurrentTx", "ConcurrentTx")]
    public void A_token_that_nobody_knows_is_unknown_in_2_x_and_invalid_in_1_6(string verdict, string in2, string in16)
    {
        var decision = new DeskDecision("7", new TokenVerdictText(verdict, null, null), null);
        foreach (var version in new[] { OcppVersion.V201, OcppVersion.V21 })
        {
            var reading = Read(version, "TransactionEvent",
                """{"eventType":"Started","timestamp":"2026-11-23T05:59:00Z","triggerReason":"Trigger","seqNo":0,"transactionInfo":{"transactionId":"t1"}}""");
            Assert.Equal($$$"""{"idTokenInfo":{"status":"{{{in2}}}"}}""", Text(reading.Answer!(decision, Context)));
            Assert.Equal($$$"""{"idTokenInfo":{"status":"{{{in2}}}"}}""", Text(Show(version, """{"idToken":{"idToken":"A","type":"Central"}}""").Answer!(decision.Token!)));
        }
        Assert.Equal($$$"""{"idTagInfo":{"status":"{{{in16}}}"}}""", Text(Show(OcppVersion.V16, """{"idTag":"A"}""").Answer!(decision.Token!)));
    }

    [Fact]
    public void Every_action_has_a_route_in_the_versions_that_have_it()
    {
        foreach (var action in Ocpp2Actions.All)
        {
            foreach (var version in new[] { OcppVersion.V201, OcppVersion.V21 })
            {
                Assert.Equal(action.Since <= version, DialectTable.For(version).TryFind(action.Name, out var route));
                if (route is not null) Assert.Equal(!action.MayBeSentBy(OcppSender.Station), route is Route.NotForStations);
            }
        }
    }

    [Theory]
    [InlineData("StatusNotification", """{"timestamp":"2026-11-23T05:59:30Z","connectorStatus":"Occupied","evseId":1,"connectorId":2}""")]
    [InlineData("NotifyEvent", """{"generatedAt":"2026-11-23T05:59:30Z","seqNo":0,"eventData":[null,{"eventId":1,"timestamp":"2026-11-23T05:59:30Z","trigger":"Delta","actualValue":"Occupied","component":{"name":"Connector","evse":{"id":1,"connectorId":2}},"eventNotificationType":"HardWiredNotification","variable":{"name":"AvailabilityState"}}]}""")]
    public void A_connectors_status_is_presence_and_no_fact(string action, string payload)
    {
        Assert.True(DialectTable.For(OcppVersion.V21).TryFind(action, out var route));
        var reading = Assert.IsType<Route.Direct>(route).Read(Encoding.UTF8.GetBytes(payload), Received, Context);
        Assert.Equal("{}", Text(Assert.IsType<CallReply.Result>(reading.Reply).Payload));
        Assert.Equal(new StationNews.ConnectorReported(1, 2, "Occupied", null, Received.Minus(Duration.FromSeconds(30))), Assert.Single(reading.News));
    }

    [Fact]
    public void An_event_stream_is_taken_in_silence()
    {
        Assert.True(DialectTable.For(OcppVersion.V21).TryFind("NotifyPeriodicEventStream", out var route));
        Assert.IsType<CallReply.Silence>(Assert.IsType<Route.Direct>(route).Read("{}"u8.ToArray(), Received, Context).Reply);
    }

    [Theory]
    [InlineData("""{"eventType":"Ended","timestamp":"2026-11-23T06:00:00Z","triggerReason":"Trigger","seqNo":2,"transactionInfo":{}}""", "OccurrenceConstraintViolation")]
    [InlineData("""{"eventType":"Ended","timestamp":"2026-11-23T06:00:00Z","triggerReason":"Trigger","seqNo":2,"transactionInfo":7}""", "TypeConstraintViolation")]
    public void A_transaction_event_without_a_key_gets_the_versions_own_error(string payload, string code) =>
        Assert.Equal(code, Read(OcppVersion.V201, "TransactionEvent", payload).Refusal?.Code);

    private static TokenReading Show(OcppVersion version, string payload)
    {
        Assert.True(DialectTable.For(version).TryFind("Authorize", out var route));
        return Assert.IsType<Route.Token>(route).Read(Encoding.UTF8.GetBytes(payload));
    }

    private static FactReading Read(OcppVersion version, string action, string payload)
    {
        Assert.True(DialectTable.For(version).TryFind(action, out var route));
        return Assert.IsType<Route.Fact>(route).Read(Encoding.UTF8.GetBytes(payload), Received);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
