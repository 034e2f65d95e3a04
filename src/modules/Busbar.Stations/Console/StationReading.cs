using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Commands;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Console;

/// <summary>All that a station's page shows of this room.</summary>
internal sealed record StationSheet(
    StationView View, string? Location, LineFacts Line, IReadOnlyList<CommandRow> Commands, IReadOnlyList<LoggedMessage> Messages)
{
    public StationAtAGlance AtAGlance => StationAtAGlance.Of(View);
}

internal sealed record LoggedMessage(long Position, MessageView Message)
{
    private const int LongestText = 20_000;

    // Shown as text, so nothing has to be escaped for HTML here: umlauts stay what they are.
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Json()
    {
        var text = JsonSerializer.Serialize(Message.Payload, Pretty);
        return text.Length <= LongestText ? text : text[..LongestText] + " …";
    }
}

/// <summary>Reads a station's page.</summary>
internal sealed class StationReading(RoomDbFactory<StationsDb> rooms, IStationPresence presence, StationDirectory directory, CommandDesk desk, IWireLog wire, TimeProvider clock)
{
    private const int Commands = 10;
    private const int Messages = 10;

    // An answer finds its CALL, which is older, among so many more.
    private const int Lookback = 30;

    /// <summary>Null: there is no such station within the reach.</summary>
    public async Task<StationSheet?> ReadAsync(Caller caller, Reach reach, string stationId, CancellationToken ct)
    {
        StationRecord? record;
        LineFacts line;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct))
        {
            record = await StationRecord.FindAsync(db, stationId, ct);
            if (record is null || !reach.Covers(record.Row.LocationId, record.Row.Id)) return null;
            line = await ConnectionList.FactsAsync(db, record.Row.Id, clock.GetInstant(), ct);
        }
        var (tenant, id) = (record.Row.TenantId, record.Row.Id);
        var live = await presence.FindAsync(tenant, [id], ct);
        var location = record.Row.LocationId is { } place ? await directory.FindAsync(tenant, place, ct) : null;
        var commands = await desk.ListAsync(caller.Rows, id, null, Commands, ct);
        var frames = await wire.ReadAsync(new StationKey(tenant, id.Value), null, Messages + Lookback, ct);
        return new StationSheet(StationView.Of(record, live.GetValueOrDefault(id), clock.GetInstant()), location?.Name, line, commands, Named([.. frames.Select(frame => new LoggedMessage(frame.Position, MessageView.Of(frame)))], Messages));
    }

    /// <summary>The first of them, each answer with the action of its call, which is older.</summary>
    public static List<LoggedMessage> Named(IReadOnlyList<LoggedMessage> all, int most)
    {
        var named = new List<LoggedMessage>(most);
        for (var i = 0; i < all.Count && i < most; i++)
        {
            var (message, at) = (all[i].Message, i);
            var call = message.Kind is "callResult" or "callError"
                ? all.Skip(at + 1).FirstOrDefault(other => other.Message.Kind == "call" && other.Message.MessageId == message.MessageId && other.Message.Direction != message.Direction)
                : null;
            named.Add(call is null ? all[i] : all[i] with { Message = message with { Action = call.Message.Action } });
        }
        return named;
    }
}
