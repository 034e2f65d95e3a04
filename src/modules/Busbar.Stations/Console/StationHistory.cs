using System.Globalization;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Api;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Console;

/// <summary>One thing that happened at a station.</summary>
/// <param name="Kind">Of <see cref="StationHistory.Kinds"/>.</param>
internal sealed record HistoryLine(Instant At, string Kind, string Text, Tone Tone, string? Detail = null, string? Href = null);

/// <summary>Where a page of the history ends, and the next begins.</summary>
internal readonly record struct HistoryMark(Instant Before, long? Position)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Before.ToUnixTimeMilliseconds()}-{Position}");

    public static HistoryMark? Parse(string? text)
    {
        if (text?.Split('-') is not [var ms, var position] || !long.TryParse(ms, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > 253_402_300_799_999) return null;
        return new HistoryMark(Instant.FromUnixTimeMilliseconds(at), long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : null);
    }
}

internal sealed record HistorySlice(IReadOnlyList<HistoryLine> Lines, HistoryMark? Older);

/// <summary>Everything that is known to have happened at a station, from the wire log, the connections, the commands, the door, and what other rooms tell; the newest first.</summary>
internal sealed class StationHistory(RoomDbFactory<StationsDb> rooms, IWireLog wire, DoorBook door, IEnumerable<IStationStory> stories, TimeProvider clock)
{
    private const int Chunk = 500;
    private const int MostLookedAt = 2_000;

    public static IReadOnlyList<string> Kinds { get; } = ["connection", "connector", "session", "command", "device"];

    /// <summary>Null: there is no such station within the reach.</summary>
    /// <param name="kind">Only these; null: all.</param>
    public async Task<HistorySlice?> ReadAsync(Caller caller, Reach reach, string slug, string stationId, string? kind, HistoryMark? from, int most, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (!StationDirectory.IsIdentity(stationId) || await db.Stations.AsNoTracking().SingleOrDefaultAsync(row => row.TenantId == caller.Tenant && row.Identity == stationId, ct) is not { } row || !reach.Covers(row.LocationId, row.Id)) return null;
        var before = from?.Before ?? Instant.MaxValue;
        bool Wanted(string one) => kind is null || kind == one;

        var told = Wanted("connection") || Wanted("connector") || Wanted("device") ? await WireAsync(row, from?.Position, Wanted, most, ct) : new Told([], [], true);
        var lines = new List<HistoryLine>(told.Lines);
        if (Wanted("command")) lines.AddRange(await CommandsAsync(db, row, before, most, ct));
        if (Wanted("connection")) lines.AddRange(await ConnectionsAsync(db, row, slug, before, most, ct));
        if (Wanted("session"))
            foreach (var story in stories.Where(story => caller.Within(story.Scope).Covers(row.LocationId, row.Id)))
                lines.AddRange((await story.ReadAsync(row.TenantId, row.Id, before, most + 1, ct)).Select(it => new HistoryLine(it.At, "session", it.Text, it.Tone, Href: it.Href)));

        // Before the last frame that was looked at there may be more of the wire: nothing older is told yet.
        var floor = told.IsOver || told.Looked.Count == 0 ? Instant.MinValue : told.Looked[^1].At;
        var all = lines.Where(line => line.At < before && line.At >= floor).OrderByDescending(line => line.At).ToList();
        var shown = all.Take(most).ToList();
        if (told.IsOver && all.Count <= most) return new HistorySlice(shown, null);
        var end = all.Count > most ? shown[^1].At : floor;
        var seen = told.Looked.Where(frame => frame.At >= end).ToList();
        return new HistorySlice(shown, new HistoryMark(end, seen.Count > 0 ? seen[^1].Position : from?.Position));
    }

    private sealed record Told(List<HistoryLine> Lines, List<(long Position, Instant At)> Looked, bool IsOver);

    private async Task<Told> WireAsync(StationRow row, long? position, Func<string, bool> wanted, int most, CancellationToken ct)
    {
        var looked = new List<(long Position, Instant At)>();
        var found = new List<(HistoryLine Line, string? Outlet, string Status)>();
        while (looked.Count < MostLookedAt && found.Count <= most * 2)
        {
            var frames = await wire.ReadAsync(new StationKey(row.TenantId, row.Id.Value), position, Chunk, ct);
            foreach (var frame in frames)
            {
                looked.Add((frame.Position, frame.At));
                // Most frames are readings, and are not looked into.
                if (frame.FromStation && frame.Bytes.AsSpan().IndexOf("Notification\""u8) >= 0 && Line(MessageView.Of(frame), wanted) is { } line) found.Add(line);
            }
            if (frames.Count < Chunk) return new Told(Changes(found), looked, true);
            position = frames[^1].Position;
        }
        return new Told(Changes(found), looked, false);
    }

    // A status that is told again is no news.
    private static List<HistoryLine> Changes(List<(HistoryLine Line, string? Outlet, string Status)> found)
    {
        var last = new Dictionary<string, string>();
        var lines = new List<HistoryLine>();
        foreach (var (line, outlet, status) in Enumerable.Reverse(found))
        {
            if (outlet is not null && last.TryGetValue(outlet, out var known) && known == status) continue;
            if (outlet is not null) last[outlet] = status;
            lines.Add(line);
        }
        return lines;
    }

    private static (HistoryLine Line, string? Outlet, string Status)? Line(MessageView message, Func<string, bool> wanted)
    {
        if (message is not { Kind: "call", Action: { } action }) return null;
        switch (action)
        {
            case "BootNotification" when wanted("connection"):
                return (new HistoryLine(message.At, "connection", WireWords.Of(message), Tone.Good), null, "");
            case "StatusNotification" when wanted("connector"):
                var (status, error) = (Text(message.Payload, "connectorStatus") ?? Text(message.Payload, "status") ?? "", Text(message.Payload, "errorCode"));
                var outlet = $"{Raw(message.Payload, "evseId")}/{Raw(message.Payload, "connectorId")}";
                var tone = StationTexts.Connector(status).Tone;
                var detail = error is null or "NoError" ? null : StationTexts.SayOr("fault-" + error, error.Length > 60 ? error[..60] : error);
                return (new HistoryLine(message.At, "connector", WireWords.Of(message), tone, detail), outlet, status + error);
            case "FirmwareStatusNotification" or "DiagnosticsStatusNotification" or "LogStatusNotification" or "SecurityEventNotification" when wanted("device"):
                return (new HistoryLine(message.At, "device", WireWords.Of(message), action[0] == 'S' ? Tone.Warning : Tone.Neutral), null, "");
            default:
                return null;
        }
    }

    private static async Task<IEnumerable<HistoryLine>> CommandsAsync(StationsDb db, StationRow station, Instant before, int most, CancellationToken ct)
    {
        var rows = await db.Commands.AsNoTracking().Where(row => row.TenantId == station.TenantId && row.StationId == station.Id && row.CreatedAt < before)
            .OrderByDescending(row => row.Id).Take(most + 1).ToListAsync(ct);
        return rows.Select(row =>
        {
            var (text, tone) = StationTexts.Outcome(row.State);
            return new HistoryLine(row.CreatedAt, "command", StationTexts.Say("history-command", StationTexts.SayOr("command-" + row.Name, row.Name), text), tone, row.Detail);
        });
    }

    private async Task<IEnumerable<HistoryLine>> ConnectionsAsync(StationsDb db, StationRow row, string slug, Instant before, int most, CancellationToken ct)
    {
        var lines = new List<HistoryLine> { new(row.CreatedAt, "connection", StationTexts.Say("history-created"), Tone.Neutral) };
        if (row.FirstSeenAt is { } first) lines.Add(new HistoryLine(first, "connection", StationTexts.Say("history-first"), Tone.Good));
        foreach (var connection in await ConnectionList.ReadAsync(db, row.Id, before, null, most + 1, ct)) lines.AddRange(LinesOf(connection));
        if (door.Of(slug, row.Identity) is { } refused)
            lines.Add(new HistoryLine(refused.At, "connection", StationTexts.Say(refused.Times == 1 ? "history-refused" : "history-refused-often", refused.Remote, refused.Times), Tone.Bad, StationTexts.SayOr("door-" + refused.Reason.Replace(' ', '-'), refused.Reason)));
        return lines.Where(line => line.At < before && line.At <= clock.GetInstant());
    }

    internal static IEnumerable<HistoryLine> LinesOf(ConnectionRow row)
    {
        var begin = row.Times == 1
            ? StationTexts.Say("history-connected", StationTexts.Protocol(row.Protocol), row.Remote)
            : StationTexts.Say("history-connected-often", Spoken.Count(row.Times), Spoken.Roughly(row.LastConnectedAt - row.ConnectedAt), StationTexts.Protocol(row.Protocol), row.Remote);
        yield return new HistoryLine(row.LastConnectedAt, "connection", begin, row.Times == 1 ? Tone.Good : Tone.Warning);
        if (row is not { EndedAt: { } ended, Ending: { } ending }) yield break;
        var detail = ending switch
        {
            ConnectionEnding.ClosedByServer => StationTexts.SayOr("ended-why-" + row.Detail?.Replace(' ', '-'), row.Detail ?? ""),
            ConnectionEnding.ClosedByStation when row.CloseCode is { } code => StationTexts.Say("ended-code", code),
            _ => null,
        };
        yield return new HistoryLine(ended, "connection", StationTexts.Say("ended-" + ending, Spoken.Roughly(ended - row.LastConnectedAt)), row.IsDrop ? Tone.Warning : Tone.Neutral, detail);
    }

    private static string? Text(JsonElement payload, string name) => payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static string Raw(JsonElement payload, string name) => payload.ValueKind == JsonValueKind.Object && payload.TryGetProperty(name, out var member) ? member.GetRawText() : "";
}
