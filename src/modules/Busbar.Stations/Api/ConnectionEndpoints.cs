using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>When a station was connected, and why it was not.</summary>
internal static class ConnectionEndpoints
{
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/stations/{stationId}/connections", List).WithTags("Stations").Needs(Scope.StationsRead).WithinReach();

    /// <summary>The newest first.</summary>
    private static async Task<Results<Ok<Page<ConnectionView>>, ProblemHttpResult>> List(
        string stationId, PageRequest page, Caller caller, Reach reach, StationDirectory directory, RoomDbFactory<StationsDb> rooms, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card || !reach.Covers(card)) return Problems.NotFound();
        var (before, id) = page.After is { } after ? Parse(after) : (Instant.MaxValue, null);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = await ConnectionList.ReadAsync(db, card.Id, before, id, page.Take, ct);
        return TypedResults.Ok(page.Of(rows, ConnectionView.Of, row => string.Create(CultureInfo.InvariantCulture, $"{row.ConnectedAt.ToUnixTimeMilliseconds()}-{row.Id}")));
    }

    private static (Instant Before, ConnectionId? Id) Parse(string cursor) =>
        cursor.Split('-') is [var ms, var last] && long.TryParse(ms, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at <= Instant.MaxValue.ToUnixTimeMilliseconds()
            && TypedId.TryParse<ConnectionId>(last, out var id)
            ? (Instant.FromUnixTimeMilliseconds(at), id)
            : throw new ProblemException(Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before."));
}

/// <param name="ConnectedAt">Of short connections that followed each other, the first one's; <paramref name="LastConnectedAt"/> is the last one's, and so is all else but the numbers.</param>
/// <param name="EndedAt">Null while it is open.</param>
/// <param name="Ending">broken, noPong, closedByStation, takenOver, closedByServer, serverStopped or serverLost (the process was killed, or failed); null while it is open.</param>
/// <param name="CloseCode">The WebSocket status of who ended it.</param>
/// <param name="Detail">Why the server ended it.</param>
/// <param name="Node">The process that held its socket.</param>
/// <param name="Connections">How many connections it stands for.</param>
/// <param name="Drops">How many of them ended without the server's doing.</param>
internal sealed record ConnectionView(
    ConnectionId ConnectionId, Instant ConnectedAt, Instant LastConnectedAt, Instant? EndedAt, ConnectionEnding? Ending, int? CloseCode, string? Detail, string Protocol, string Remote,
    int SecurityProfile, string Node, int Connections, int Drops)
{
    public static ConnectionView Of(ConnectionRow row) => new(
        row.Id, row.ConnectedAt, row.LastConnectedAt, row.EndedAt, row.Ending, row.CloseCode, row.Detail, row.Protocol, row.Remote, row.SecurityProfile, row.Node, row.Times, row.Drops);
}
