using System.Globalization;
using System.Text;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>The wire log of a station.</summary>
internal static class MessageEndpoints
{
    // An answer finds its CALL, which is older, among so many more.
    private const int Lookback = 50;

    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/stations/{stationId}/messages", List).WithTags("Stations").Needs(Scope.StationsRead).WithinReach();

    private static async Task<Results<Ok<Page<MessageView>>, ProblemHttpResult>> List(
        string stationId, PageRequest page, Caller caller, Reach reach, StationDirectory directory, IWireLog log, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card || !reach.Covers(card)) return Problems.NotFound();
        var before = page.After is { } after
            ? long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? position
                : throw new ProblemException(Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before."))
            : (long?)null;
        var frames = await log.ReadAsync(new StationKey(card.Tenant, card.Id.Value), before, page.Take + Lookback, ct);
        var messages = frames.Select(frame => (Frame: frame, View: MessageView.Of(frame))).ToList();
        for (var i = 0; i < messages.Count && i < page.Take; i++)
        {
            var (frame, view) = messages[i];
            if (view.Kind is not ("callResult" or "callError")) continue;
            var call = messages.Skip(i + 1).FirstOrDefault(other => other.View.Kind == "call" && other.View.MessageId == view.MessageId && other.Frame.FromStation != frame.FromStation);
            if (call.View is not null) messages[i] = (frame, view with { Action = call.View.Action });
        }
        return TypedResults.Ok(page.Of([.. messages.Take(page.Take)], message => message.View, message => message.Frame.Position.ToString(CultureInfo.InvariantCulture)));
    }
}

/// <param name="Direction">fromStation or toStation.</param>
/// <param name="Kind">call, callResult, callError, callResultError, send; unreadable for what is no frame.</param>
/// <param name="Action">Of an answer, that of its call; null where it is too far back.</param>
/// <param name="Payload">JSON; of an error its code, description and details; a text for what is no frame.</param>
internal sealed record MessageView(Instant At, string Direction, string Kind, string? Action, string? MessageId, JsonElement Payload)
{
    public static MessageView Of(LoggedFrame logged)
    {
        var direction = logged.FromStation ? "fromStation" : "toStation";
        var outcome = RpcReader.Read(logged.Bytes, VersionOf(logged.Protocol), out var frame);
        if (!outcome.IsOk) return new MessageView(logged.At, direction, "unreadable", null, outcome.MessageId, JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(logged.Bytes)));
        return frame.Kind is FrameKind.CallError or FrameKind.CallResultError
            ? new MessageView(logged.At, direction, frame.Kind == FrameKind.CallError ? "callError" : "callResultError", null, frame.MessageId,
                JsonSerializer.SerializeToElement(new Dictionary<string, object?>
                {
                    ["errorCode"] = frame.ErrorCode, ["errorDescription"] = frame.ErrorDescription, ["errorDetails"] = Json(frame.Payload),
                }))
            : new MessageView(logged.At, direction, frame.Kind switch { FrameKind.Call => "call", FrameKind.Send => "send", _ => "callResult" },
                frame.Action.Length == 0 ? null : frame.Action, frame.MessageId, Json(frame.Payload));
    }

    private static OcppVersion VersionOf(int protocol) => DialectTable.For(protocol).Version;

    private static JsonElement Json(ReadOnlyMemory<byte> payload)
    {
        using var document = JsonDocument.Parse(payload.IsEmpty ? "{}"u8.ToArray() : payload);
        return document.RootElement.Clone();
    }
}
