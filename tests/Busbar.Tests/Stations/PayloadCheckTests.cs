using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Ocpp;
using Busbar.Stations.Dialects;
using Busbar.Tests.Ocpp;

namespace Busbar.Tests.Stations;

/// <summary>What a caller of the API may send to a station is what the station's version of the standard has.</summary>
public sealed class PayloadCheckTests
{
    private const string Profile = """{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","chargingSchedule":[{"id":1,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":1}]}]}""";

    [Theory]
    [InlineData(OcppVersion.V16, "ocpp1.6", "ocpp1.6-security")]
    [InlineData(OcppVersion.V201, "ocpp2.0.1")]
    [InlineData(OcppVersion.V21, "ocpp2.1")]
    public void Every_request_of_the_standards_schemas_may_be_sent(OcppVersion version, params string[] sets)
    {
        var (sent, names) = (0, new HashSet<string>());
        foreach (var (name, schema) in SchemaSet.Read(sets))
        {
            var bare = name.EndsWith("Request", StringComparison.Ordinal) ? name[..^"Request".Length] : name;
            if (ActionOf(version, bare) is not { } action || !action.MayBeSentBy(OcppSender.Csms)) continue;
            foreach (var instance in SchemaInstances.Of(schema))
            {
                var payload = JsonElement.Parse(instance.ToJsonString());
                var faults = Faults(payload, action, version);
                Assert.True(faults is [], $"{version} {name}: {string.Join(", ", faults)}\n{payload}");
                sent++;
            }
            names.Add(bare);
        }
        Assert.True(names.Count >= 20 && sent > names.Count, $"{names.Count} actions, {sent} payloads");
    }

    [Theory]
    [InlineData(OcppVersion.V16, "Reset", """{"type":"Hard","now":true}""", "unknownMember /now")]
    [InlineData(OcppVersion.V16, "Reset", """{"type":"Harder"}""", "invalidValue /type")]
    [InlineData(OcppVersion.V16, "Reset", """{"type":null}""", "invalidValue /type")]
    [InlineData(OcppVersion.V16, "Reset", """{}""", "required /type")]
    [InlineData(OcppVersion.V16, "ChangeConfiguration", """{"key":7,"value":"1"}""", "invalidValue /key")]
    [InlineData(OcppVersion.V16, "ChangeConfiguration", """{"key":"123456789012345678901234567890123456789012345678901","value":"1"}""", "invalidLength /key")]
    [InlineData(OcppVersion.V16, "GetConfiguration", """{"key":["a","123456789012345678901234567890123456789012345678901",3]}""", "invalidLength /key/1", "invalidValue /key/2")]
    [InlineData(OcppVersion.V16, "RemoteStartTransaction", """{"idTag":"123456789012345678901","connectorId":1.5}""", "invalidLength /idTag", "invalidValue /connectorId")]
    [InlineData(OcppVersion.V16, "ReserveNow", """{"connectorId":1,"expiryDate":"2026-01-01T00:00:00","idTag":"A","reservationId":99999999999}""", "invalidValue /expiryDate", "invalidValue /reservationId")]
    [InlineData(OcppVersion.V201, "SetChargingProfile", """{"evseId":1,"chargingProfile":{"id":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Dynamic","chargingSchedule":[{"id":1,"chargingRateUnit":"V","chargingSchedulePeriod":[{"startPeriod":0,"limit":1,"volts":2,"setpoint":3}]}]}}""",
        "invalidValue /chargingProfile/chargingProfileKind", "invalidValue /chargingProfile/chargingSchedule/0/chargingRateUnit",
        "unknownMember /chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0/setpoint", "unknownMember /chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0/volts")]
    [InlineData(OcppVersion.V201, "SetChargingProfile", $$"""{"evseId":1,"chargingProfile":{{Profile}}}""")]
    [InlineData(OcppVersion.V201, "SetChargingProfile", """{"evseId":1,"chargingProfile":[]}""", "invalidValue /chargingProfile")]
    [InlineData(OcppVersion.V201, "RequestStartTransaction", """{"remoteStartId":1,"idToken":{"idToken":"A","type":"VIN"}}""", "invalidValue /idToken/type")]
    [InlineData(OcppVersion.V21, "RequestStartTransaction", """{"remoteStartId":1,"idToken":{"idToken":"A","type":"VIN"}}""")]
    [InlineData(OcppVersion.V21, "RequestStartTransaction", """{"remoteStartId":1,"idToken":{"idToken":"A","type":"a-vendors-own-kind-of"}}""", "invalidLength /idToken/type")]
    [InlineData(OcppVersion.V201, "RequestStartTransaction", """{"remoteStartId":1,"idToken":{"idToken":"1234567890123456789012345678901234567","type":"Central"}}""", "invalidLength /idToken/idToken")]
    [InlineData(OcppVersion.V21, "RequestStartTransaction", """{"remoteStartId":1,"idToken":{"idToken":"1234567890123456789012345678901234567","type":"Central"}}""")]
    [InlineData(OcppVersion.V201, "TriggerMessage", """{"requestedMessage":"CustomTrigger","customTrigger":"x"}""", "invalidValue /requestedMessage", "unknownMember /customTrigger")]
    [InlineData(OcppVersion.V21, "TriggerMessage", """{"requestedMessage":"CustomTrigger","customTrigger":"x"}""")]
    [InlineData(OcppVersion.V201, "Reset", """{"type":"Immediate","customData":{"vendorId":"ACME","own":{"a":[1]}}}""")]
    [InlineData(OcppVersion.V201, "Reset", """{"type":"Immediate","customData":{"own":1}}""", "required /customData/vendorId")]
    public void What_the_version_does_not_have_is_named_by_its_pointer(OcppVersion version, string action, string payload, params string[] faults) =>
        Assert.Equal(faults.Order(StringComparer.Ordinal), Faults(JsonElement.Parse(payload), ActionOf(version, action)!, version));

    private static OcppAction? ActionOf(OcppVersion version, string name) => DialectTable.For(version).Actions.FirstOrDefault(action => action.Name == name);

    private static List<string> Faults(JsonElement payload, OcppAction action, OcppVersion version)
    {
        var check = new Check();
        PayloadCheck.Examine(payload, action, version, check);
        return check.Problem?.ProblemDetails.Extensions["errors"] is IReadOnlyDictionary<string, List<FieldError>> errors
            ? [.. errors.SelectMany(pair => pair.Value.Select(error => $"{error.Code} {pair.Key}")).Order(StringComparer.Ordinal)]
            : [];
    }
}
