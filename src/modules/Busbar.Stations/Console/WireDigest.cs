using System.Text.Json;
using Busbar.Stations.Api;

namespace Busbar.Stations.Console;

/// <summary>What a station's last messages tell of how far it has come.</summary>
/// <param name="Booted">Its BootNotification was answered with Accepted.</param>
/// <param name="SaidSinceBoot">It said something more since.</param>
/// <param name="TokenVerdict">What we last said of a card; null: none was shown.</param>
/// <param name="Began">A charge began.</param>
internal sealed record WireDigest(bool Booted, bool SaidSinceBoot, string? TokenVerdict, bool Began)
{
    /// <param name="messages">The newest first; each answer with its call's action.</param>
    public static WireDigest Of(IReadOnlyList<MessageView> messages)
    {
        var (booted, said, began, verdict) = (false, false, false, (string?)null);
        foreach (var message in messages.Reverse())
        {
            var isAnswer = message is { Kind: "callResult", Direction: "toStation" };
            if (message is { Action: "BootNotification" } && isAnswer)
            {
                booted = Text(message.Payload, "status") == "Accepted";
                said = false;
            }
            else if (booted && message.Direction == "fromStation") said = true;
            if (message.Action is "Authorize" or "StartTransaction" or "TransactionEvent" && isAnswer)
                verdict = Text(Member(message.Payload, "idTagInfo") ?? Member(message.Payload, "idTokenInfo") ?? default, "status") ?? verdict;
            began |= message is { Kind: "call", Direction: "fromStation", Action: "StartTransaction" }
                || message is { Kind: "call", Direction: "fromStation", Action: "TransactionEvent" } && Text(message.Payload, "eventType") == "Started";
        }
        return new WireDigest(booted, said, verdict, began);
    }

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : null;

    private static string? Text(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
