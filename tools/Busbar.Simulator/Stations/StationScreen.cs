using System.Text.Json;
using System.Text.Json.Nodes;

namespace Busbar.Simulator.Stations;

/// <summary>What a station with <see cref="StationOptions.ShowsPrices"/> shows its driver: the last of each.</summary>
public sealed class StationScreen
{
    private readonly Lock _gate = new();
    private readonly SortedList<(int Connection, long Frame), decimal> _costs = [];

    /// <summary>The station's own price, as a text.</summary>
    public string? Price { get; private set; }

    /// <summary>The price of the driver whose token was accepted, as a text.</summary>
    public string? DriverPrice { get; private set; }

    /// <summary>The tariff that it calculates with (2.1), as JSON.</summary>
    public string? Tariff { get; private set; }

    /// <summary>The price so far, each time that another one was shown, in the order in which they were told.</summary>
    public IReadOnlyList<decimal> Costs
    {
        get
        {
            lock (_gate) return [.. _costs.Values.Where((cost, i) => i == 0 || cost != _costs.GetValueAtIndex(i - 1))];
        }
    }

    /// <summary>The last price of the session that ended last.</summary>
    public decimal? FinalCost { get; private set; }

    /// <summary>A CALL of the server that the station took.</summary>
    /// <param name="at">The connection, and the frame on it.</param>
    internal void Hear(string action, ReadOnlyMemory<byte> payload, (int Connection, long Frame) at)
    {
        if (Parse(payload) is not { } told) return;
        switch (action)
        {
            case "ChangeConfiguration" when Text(told["key"]) == "DefaultPrice":
                Price = Text(Parse(Text(told["value"]))?["priceText"]);
                break;
            case "SetVariables":
                foreach (var one in told["setVariableData"] as JsonArray ?? [])
                    if (Text(one?["variable"]?["name"]) == "TariffFallbackMessage") Price = Text(one?["attributeValue"]);
                break;
            case "SetDefaultTariff":
                Tariff = told["tariff"]?.ToJsonString();
                break;
            case "CostUpdated":
                Shows(Number(told["totalCost"]), at);
                break;
            case "DataTransfer" when Text(told["vendorId"]) == "org.openchargealliance.costmsg" && Parse(Text(told["data"])) is { } data:
                Transferred(Text(told["messageId"]), data, at);
                break;
        }
    }

    /// <summary>The answer to a token that was accepted (2.x).</summary>
    internal void HearAuthorized(ReadOnlyMemory<byte> answer) =>
        DriverPrice = Text(Parse(answer)?["idTokenInfo"]?["personalMessage"]?["content"]) ?? DriverPrice;

    /// <summary>A price in the answer to a transaction's event (2.x).</summary>
    internal void HearCost(decimal? cost, bool isFinal, (int Connection, long Frame) at)
    {
        if (isFinal) FinalCost = cost ?? FinalCost;
        else Shows(cost, at);
    }

    private void Transferred(string? message, JsonObject data, (int Connection, long Frame) at)
    {
        if (message == "SetUserPrice") DriverPrice = Text(data["priceText"]);
        else if (message == "RunningCost") Shows(Number(data["cost"]), at);
        else if (message == "FinalCost") FinalCost = Number(data["cost"]);
    }

    private void Shows(decimal? cost, (int Connection, long Frame) at)
    {
        if (cost is not { } some) return;
        lock (_gate) _costs[at] = some;
    }

    private static JsonObject? Parse(ReadOnlyMemory<byte> json)
    {
        try { return JsonNode.Parse(json.Span) as JsonObject; }
        catch (JsonException) { return null; }      // A screen shows nothing of what it cannot read.
    }

    private static JsonObject? Parse(string? json) => json is null ? null : Parse(System.Text.Encoding.UTF8.GetBytes(json));

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static decimal? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<decimal>(out var number) ? number : null;
}
