using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Api;

/// <summary>What a station told of transactions that nobody knows.</summary>
internal static class OrphanEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/orphan-events", List).WithTags("Sessions").Needs(Scope.SessionsRead).WithinReach();

    /// <summary>The newest first, at most as many as a station's book keeps; older ones are in the journal only. With <c>sessionId</c>: evidence gave it to that session.</summary>
    private static async Task<Results<Ok<Page<OrphanView>>, ProblemHttpResult>> List(
        string stationId, Caller caller, Reach reach, IStationCatalog stations, RoomDbFactory<SessionsDb> rooms, JournalReader journal, IWireRedaction redaction, CancellationToken ct)
    {
        if (await stations.FindAsync(caller.Tenant, stationId, ct) is not { } station || !reach.Covers(station)) return Problems.NotFound();
        var (orphans, adopted) = await ReadAsync(caller, station.Id, rooms, ct);
        var (views, isWhole) = (new List<OrphanView>(orphans.Count), caller.May(Scope.TokensReveal));
        foreach (var place in orphans)
        {
            if (await journal.FindAsync(new StationKey(station.Tenant, station.Id.Value), place.Epoch, place.N, ct) is { Entry: { } entry })
                views.Add(OrphanView.Of(entry, isWhole ? entry.Raw : redaction.Redact(entry.Raw), adopted.TryGetValue(place, out var session) ? session : null));
        }
        return TypedResults.Ok(new Page<OrphanView>(views, null));
    }

    private static async Task<(IReadOnlyList<JournalPlace> Orphans, Dictionary<JournalPlace, SessionId> Adopted)> ReadAsync(
        Caller caller, StationId station, RoomDbFactory<SessionsDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Books.AsNoTracking().SingleOrDefaultAsync(row => row.StationId == station, ct) is not { } row) return ([], []);
        var book = SessionsJson.ReadBook(row.State);
        SessionId[] ids = [.. book.Open, .. book.Recent];
        var states = await db.Sessions.AsNoTracking().Where(session => ids.Contains(session.Id)).Select(session => session.State).ToListAsync(ct);
        return ([.. book.Orphans.Reverse()],
            states.Select(state => SessionsJson.ReadSession(state)).SelectMany(session => session.Adopted.Select(adoption => (adoption.Place, session.Id))).ToDictionary());
    }
}

/// <param name="Payload">As it was received; to who may not see uids, as the wire log keeps it.</param>
internal sealed record OrphanView(Instant ReceivedAt, string Action, string MessageId, SessionId? SessionId, JsonElement Payload)
{
    public static OrphanView Of(JournalEntry entry, ReadOnlyMemory<byte> shown, SessionId? session)
    {
        using var document = JsonDocument.Parse(shown);
        return new OrphanView(entry.ReceivedAt, entry.Action, entry.MessageId, session, document.RootElement.Clone());
    }
}
