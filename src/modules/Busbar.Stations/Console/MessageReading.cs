using Busbar.Identity.Http;
using Busbar.Stations.Contracts;
using Busbar.Stations.Api;
using Busbar.Stations.Dialects;
using Busbar.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Stations.Console;

/// <param name="Older">Where the next page begins; null: there is none.</param>
/// <param name="Actions">What one may ask for.</param>
internal sealed record MessageSlice(IReadOnlyList<LoggedMessage> Messages, long? Older, IReadOnlyList<string> Actions);

/// <summary>Reads a page of a station's wire log.</summary>
internal sealed class MessageReading(StationDirectory directory, IWireLog wire)
{
    private const int Page = 50;
    private const int Chunk = 250;
    private const int MostLookedAt = 3_000;

    // An answer finds its CALL, which is older, among so many more.
    private const int Lookback = 30;

    /// <summary>Null: there is no such station within the reach.</summary>
    /// <param name="action">Only its calls and their answers; null: all.</param>
    public async Task<MessageSlice?> ReadAsync(Caller caller, Reach reach, string stationId, string? action, long? before, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card || !reach.Covers(card)) return null;
        var (found, looked, at, protocol, isOver) = (new List<LoggedMessage>(), 0, before, 16, false);
        while (found.Count < Page && looked < MostLookedAt && !isOver)
        {
            var frames = await wire.ReadAsync(new StationKey(card.Tenant, card.Id.Value), at, Chunk + Lookback, ct);
            if (frames.Count > 0) protocol = frames[0].Protocol;
            isOver = frames.Count < Chunk + Lookback;
            var named = StationReading.Named([.. frames.Select(frame => new LoggedMessage(frame.Position, MessageView.Of(frame)))], isOver ? frames.Count : Chunk);
            foreach (var message in named)
            {
                if (found.Count == Page)
                {
                    isOver = false;
                    break;
                }
                at = message.Position;
                looked++;
                if (action is null || message.Message.Action == action) found.Add(message);
            }
        }
        return new MessageSlice(found, isOver ? null : at, [.. DialectTable.For(protocol).Actions.Select(known => known.Name).Append(action).OfType<string>().Distinct().Order(StringComparer.Ordinal)]);
    }
}
