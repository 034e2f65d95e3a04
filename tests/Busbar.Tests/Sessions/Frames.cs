using System.Globalization;
using System.Text;
using Busbar.Kernel;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What stations write, read by the real dialects.</summary>
internal static class Frames
{
    private static readonly FactReader Reader = new();

    private static readonly Instant Received = Instant.FromUtc(2026, 6, 1, 0, 0);

    public static Frame Read(int protocol, string action, string json, Instant? receivedAt = null)
    {
        var raw = Encoding.UTF8.GetBytes(json);
        return new Frame(Reader.Read(protocol, action, raw, receivedAt ?? Received), protocol, action, raw);
    }

    public static string Text(Instant at) => at.ToRfc3339();

    public static Frame Start(int connector, string idTag, Instant at, long meter, string? time = null, Instant? receivedAt = null) => Read(16, "StartTransaction",
        $$"""{"connectorId":{{connector}},"idTag":"{{idTag}}","meterStart":{{meter}},"timestamp":"{{time ?? Text(at)}}"}""", receivedAt);

    public static Frame Meter(int connector, string? transaction, Instant at, decimal register, string? time = null, Instant? receivedAt = null) => Read(16, "MeterValues",
        $$"""{"connectorId":{{connector}},{{(transaction is null ? "" : $"\"transactionId\":{transaction},")}}"meterValue":[{"timestamp":"{{time ?? Text(at)}}","sampledValue":[{"value":"{{Number(register)}}"}]}]}""", receivedAt);

    public static Frame Stop(string transaction, Instant at, long meter, string? idTag = null, string? time = null, string reason = "Local", Instant? receivedAt = null) => Read(16, "StopTransaction",
        $$"""{"transactionId":{{transaction}},{{(idTag is null ? "" : $"\"idTag\":\"{idTag}\",")}}"meterStop":{{meter}},"timestamp":"{{time ?? Text(at)}}","reason":"{{reason}}"}""", receivedAt);

    public static Frame Status(int connector, string status, Instant? at) => Read(16, "StatusNotification",
        $$"""{"connectorId":{{connector}},"errorCode":"NoError","status":"{{status}}"{{(at is { } time ? $",\"timestamp\":\"{Text(time)}\"" : "")}}}""");

    public static Frame Boot() => Read(16, "BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");

    /// <param name="type">Started, Updated or Ended.</param>
    public static Frame Event(string type, string transaction, int seqNo, Instant at, decimal? register = null, string? state = null, string? token = null, bool offline = false,
        string? time = null, int evse = 1, string? context = null, Instant? receivedAt = null, string kind = "ISO14443")
    {
        var json = new StringBuilder();
        json.Append(CultureInfo.InvariantCulture,
            $$"""{"eventType":"{{type}}","timestamp":"{{time ?? Text(at)}}","triggerReason":"MeterValuePeriodic","seqNo":{{seqNo}},"transactionInfo":{"transactionId":"{{transaction}}" """);
        if (state is not null) json.Append(CultureInfo.InvariantCulture, $",\"chargingState\":\"{state}\"");
        if (type == "Ended") json.Append(",\"stoppedReason\":\"Local\"");
        json.Append(CultureInfo.InvariantCulture, $$"""},"evse":{"id":{{evse}},"connectorId":1}""");
        if (offline) json.Append(",\"offline\":true");
        if (token is not null) json.Append(CultureInfo.InvariantCulture, $",\"idToken\":{{\"idToken\":\"{token}\",\"type\":\"{kind}\"}}");
        if (register is { } value)
        {
            var when = context ?? type switch { "Started" => "Transaction.Begin", "Ended" => "Transaction.End", _ => "Sample.Periodic" };
            json.Append(CultureInfo.InvariantCulture, $$""","meterValue":[{"timestamp":"{{time ?? Text(at)}}","sampledValue":[{"value":{{Number(value)}},"context":"{{when}}"}]}]""");
        }
        return Read(201, "TransactionEvent", json.Append('}').ToString(), receivedAt);
    }

    private static string Number(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}

internal static class Orders
{
    /// <summary>All orders of the numbers below <paramref name="count"/>.</summary>
    public static IEnumerable<int[]> Of(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        do yield return [.. order];
        while (Next(order));
    }

    private static bool Next(int[] order)
    {
        var i = order.Length - 2;
        while (i >= 0 && order[i] > order[i + 1]) i--;
        if (i < 0) return false;
        var j = order.Length - 1;
        while (order[j] < order[i]) j--;
        (order[i], order[j]) = (order[j], order[i]);
        Array.Reverse(order, i + 1, order.Length - i - 1);
        return true;
    }
}
