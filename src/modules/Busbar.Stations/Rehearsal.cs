using System.Text;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Stations;

/// <summary>The first words of a station that is nobody's, in each version, and the look at the door for one that is not there.</summary>
internal sealed class Rehearsal(StationDirectory directory) : IWarmUp
{
    private const string Boot16 = """{"chargePointVendor":"A","chargePointModel":"B"}""";
    private const string Boot2 = """{"reason":"PowerUp","chargingStation":{"vendorName":"A","model":"B"}}""";
    private const string Event = """
        {"eventType":"Updated","timestamp":"2026-01-05T12:10:00Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{"transactionId":"1"},
        "meterValue":[{"timestamp":"2026-01-05T12:10:00Z","sampledValue":[{"value":2000,"measurand":"Energy.Active.Import.Register","unitOfMeasure":{"unit":"Wh"}}]}]}
        """;

    private static readonly Instant Noon = Instant.FromUtc(2026, 1, 5, 12, 0);

    private static readonly (OcppVersion Version, string Action, string Payload)[] Told =
    [
        (OcppVersion.V16, "BootNotification", Boot16),
        (OcppVersion.V16, "Authorize", """{"idTag":"A"}"""),
        (OcppVersion.V16, "StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Charging","timestamp":"2026-01-05T12:00:00Z"}"""),
        (OcppVersion.V16, "Heartbeat", "{}"),
        (OcppVersion.V16, "StartTransaction", """{"connectorId":1,"idTag":"A","meterStart":1000,"timestamp":"2026-01-05T12:00:00Z"}"""),
        (OcppVersion.V201, "BootNotification", Boot2),
        (OcppVersion.V201, "TransactionEvent", Event),
        (OcppVersion.V21, "BootNotification", Boot2),
        (OcppVersion.V21, "TransactionEvent", Event),
    ];

    public async Task WarmUpAsync(CancellationToken ct)
    {
        await directory.FindAsync(new TenantId(Guid.Empty), "A", ct);
        foreach (var (version, action, payload) in Told)
        {
            ct.ThrowIfCancellationRequested();
            var raw = Encoding.UTF8.GetBytes(payload);
            var context = new AnswerContext(Noon, 300);
            if (!DialectTable.For(version).TryFind(action, out var route)) continue;
            if (route is Route.Fact telling && telling.Read(raw, Noon) is { Answer: { } answer }) answer(new DeskDecision("1", new TokenVerdictText("Accepted", null, null), null), context);
            if (route is Route.Token asking && asking.Read(raw) is { Answer: { } verdict }) verdict(new TokenVerdictText("Accepted", null, null));
            if (route is Route.Direct direct) direct.Read(raw, Noon, context);
        }
    }
}
