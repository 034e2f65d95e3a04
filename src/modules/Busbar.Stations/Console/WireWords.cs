using System.Globalization;
using System.Text.Json;
using Busbar.Stations.Api;

namespace Busbar.Stations.Console;

/// <summary>
/// Says a frame in plain words, of all versions by one table: the action, and which of its fields a sentence names. What the table does not know is told by its action alone.
/// A station's own words in it are text, never more.
/// </summary>
internal static class WireWords
{
    private const int LongestValue = 80;

    /// <param name="Text">The name of the sentence.</param>
    /// <param name="Fields">What stands in its places: paths, several of one place with <c>|</c> between, and after <c>:</c> what the value is.</param>
    private sealed record Sentence(string Text, params string[] Fields);

    private const string Outlet = "evseId|evse.id|connectorId";
    private const string Tag = "idTag|idToken.idToken";

    private static readonly Dictionary<string, Sentence> Calls = new()
    {
        ["BootNotification"] = new("wire-boot", "chargingStation.vendorName|chargePointVendor", "chargingStation.model|chargePointModel", "chargingStation.firmwareVersion|firmwareVersion"),
        ["Heartbeat"] = new("wire-heartbeat"),
        ["StatusNotification"] = new("wire-status", Outlet, "connectorStatus|status:connector"),
        ["Authorize"] = new("wire-authorize", Tag),
        ["StartTransaction"] = new("wire-start", "connectorId", "idTag", "meterStart:kwh"),
        ["StopTransaction"] = new("wire-stop", "transactionId", "meterStop:kwh", "reason:reason"),
        ["MeterValues"] = new("wire-meter", Outlet, "meterValue:register"),
        ["TransactionEvent/Started"] = new("wire-event-started", "transactionInfo.transactionId", "meterValue:register"),
        ["TransactionEvent/Updated"] = new("wire-event-updated", "transactionInfo.chargingState:charging", "meterValue:register"),
        ["TransactionEvent/Ended"] = new("wire-event-ended", "transactionInfo.stoppedReason:reason", "meterValue:register"),
        ["DataTransfer"] = new("wire-data", "vendorId", "messageId"),
        ["FirmwareStatusNotification"] = new("wire-firmware-status", "status"),
        ["DiagnosticsStatusNotification"] = new("wire-log-status", "status"),
        ["LogStatusNotification"] = new("wire-log-status", "status"),
        ["SecurityEventNotification"] = new("wire-security", "type"),
        ["NotifyReport"] = new("wire-report"),
        ["NotifyEvent"] = new("wire-notify-event", "eventData.0.component.name", "eventData.0.variable.name", "eventData.0.actualValue"),
        ["SignCertificate"] = new("wire-sign"),
        ["ReservationStatusUpdate"] = new("wire-reservation", "reservationId", "reservationUpdateStatus"),
        ["RemoteStartTransaction"] = new("wire-remote-start", "connectorId", "idTag"),
        ["RequestStartTransaction"] = new("wire-remote-start", "evseId", "idToken.idToken"),
        ["RemoteStopTransaction"] = new("wire-remote-stop", "transactionId"),
        ["RequestStopTransaction"] = new("wire-remote-stop", "transactionId"),
        ["UnlockConnector"] = new("wire-unlock", Outlet),
        ["Reset"] = new("wire-reset", "type"),
        ["ChangeAvailability"] = new("wire-availability", "type|operationalStatus"),
        ["TriggerMessage"] = new("wire-trigger", "requestedMessage"),
        ["ExtendedTriggerMessage"] = new("wire-trigger", "requestedMessage"),
        ["ChangeConfiguration"] = new("wire-set", "key", "value"),
        ["SetVariables"] = new("wire-set", "setVariableData.0.variable.name", "setVariableData.0.attributeValue"),
        ["GetConfiguration"] = new("wire-get", "key.0"),
        ["GetVariables"] = new("wire-get", "getVariableData.0.variable.name"),
        ["GetBaseReport"] = new("wire-get-report"),
        ["ClearCache"] = new("wire-clear-cache"),
        ["UpdateFirmware"] = new("wire-update", "firmware.location|location"),
        ["GetDiagnostics"] = new("wire-get-log"),
        ["GetLog"] = new("wire-get-log"),
        ["SetChargingProfile"] = new("wire-profile", Outlet),
        ["ClearChargingProfile"] = new("wire-clear-profile"),
        ["GetCompositeSchedule"] = new("wire-schedule"),
        ["SendLocalList"] = new("wire-list", "versionNumber|listVersion"),
        ["GetLocalListVersion"] = new("wire-list-version"),
        ["ReserveNow"] = new("wire-reserve", Outlet),
        ["CancelReservation"] = new("wire-cancel-reservation", "reservationId"),
        ["GetTransactionStatus"] = new("wire-transaction-status", "transactionId"),
        ["InstallCertificate"] = new("wire-certificate", "certificateType"),
        ["CostUpdated"] = new("wire-cost", "totalCost"),
    };

    private static readonly Dictionary<string, Sentence> Answers = new()
    {
        ["BootNotification/Accepted"] = new("wire-a-boot", "interval"),
        ["Heartbeat"] = new("wire-a-time", "currentTime"),
        ["Authorize/Accepted"] = new("wire-a-card"),
        ["Authorize"] = new("wire-a-card-no", "idTagInfo.status|idTokenInfo.status"),
        ["StartTransaction/Accepted"] = new("wire-a-start", "transactionId"),
        ["StartTransaction"] = new("wire-a-start-no", "transactionId", "idTagInfo.status"),
    };

    public static string Of(MessageView message)
    {
        var (payload, action) = (message.Payload, message.Action);
        return message.Kind switch
        {
            "call" or "send" when action is null => "",
            "call" or "send" => Find(Calls, action, Text(payload, "eventType")) is { } sentence ? Fill(sentence, payload)
                : StationTexts.Say(message.Direction == "fromStation" ? "wire-other" : "wire-other-to", action),
            "callResult" when action is not null && Find(Answers, action, Text(payload, "status") ?? Text(payload, "idTagInfo.status") ?? Text(payload, "idTokenInfo.status")) is { } sentence => Fill(sentence, payload),
            "callResult" => Text(payload, "status") is { } status ? StationTexts.SayOr("wire-a-" + status, StationTexts.Say("wire-a-status", Cut(status))) : StationTexts.Say("wire-a-noted"),
            "callError" or "callResultError" => StationTexts.Say("wire-a-error", Cut(Text(payload, "errorCode") ?? "–"), Cut(Text(payload, "errorDescription") ?? "")).TrimEnd(' ', ':'),
            _ => StationTexts.Say("wire-unreadable"),
        };
    }

    private static Sentence? Find(Dictionary<string, Sentence> table, string action, string? kind) => table.GetValueOrDefault($"{action}/{kind}") ?? table.GetValueOrDefault(action);

    private static string Fill(Sentence sentence, JsonElement payload)
    {
        object?[] values = [.. sentence.Fields.Select(field => (object?)Value(payload, field))];
        // 0 is the station as a whole.
        return StationTexts.Say(sentence.Text == "wire-status" && values[0] is "0" ? "wire-status-whole" : sentence.Text, values);
    }

    private static string Value(JsonElement payload, string field)
    {
        var (paths, kind) = field.Split(':') is [var left, var right] ? (left, right) : (field, "");
        foreach (var path in paths.Split('|'))
        {
            if (At(payload, path) is not { } found) continue;
            if (kind == "register") return Register(found) is { } register ? Kilowatthours(register) : "–";
            if (Plain(found) is not { } text) continue;
            return kind switch
            {
                "kwh" => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var wattHours) ? Kilowatthours(wattHours) : Cut(text),
                "connector" or "reason" or "charging" => StationTexts.SayOr($"{(kind == "connector" ? "connector" : "wire-" + kind)}-{text}", Cut(text)),
                _ => Cut(text),
            };
        }
        return "–";
    }

    /// <summary>The last register of energy among readings, in Wh.</summary>
    private static decimal? Register(JsonElement readings)
    {
        decimal? last = null;
        if (readings.ValueKind != JsonValueKind.Array) return null;
        foreach (var reading in readings.EnumerateArray())
        {
            if (At(reading, "sampledValue") is not { ValueKind: JsonValueKind.Array } samples) continue;
            foreach (var sample in samples.EnumerateArray())
            {
                if (sample.ValueKind != JsonValueKind.Object || (Text(sample, "measurand") ?? "Energy.Active.Import.Register") != "Energy.Active.Import.Register" || Text(sample, "phase") is not null) continue;
                if (At(sample, "value") is not { } value || !decimal.TryParse(Plain(value), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) continue;
                last = (Text(sample, "unit") ?? Text(sample, "unitOfMeasure.unit")) == "kWh" && Math.Abs(number) < 1_000_000_000_000m ? number * 1_000 : number;
            }
        }
        return last;
    }

    private static string Kilowatthours(decimal wattHours) => $"{(wattHours / 1_000).ToString("N2", CultureInfo.CurrentCulture)} kWh";

    private static JsonElement? At(JsonElement element, string path)
    {
        foreach (var part in path.Split('.'))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(part, out var member)) element = member;
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < element.GetArrayLength()) element = element[index];
            else return null;
        }
        return element;
    }

    private static string? Text(JsonElement payload, string path) => At(payload, path) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static string? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    private static string Cut(string text) => text.Length <= LongestValue ? text : text[..LongestValue] + "…";
}
