using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Reads the stored rows; a station's by its name, which they are indexed by.</summary>
internal sealed class SessionWatch(RoomDbFactory<SessionsDb> rooms) : ISessionWatch
{
    private const int SessionsAtOnce = 500;
    private const int StationsAtOnce = 200;

    public async IAsyncEnumerable<IReadOnlyList<WatchedSession>> GoingOnAsync(TenantId tenant, Instant startedBefore, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = new SessionId(Guid.Empty);
        while (true)
        {
            List<SessionRow> some;
            await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct))
            {
                var page = after;
                some = await db.Sessions.AsNoTracking().Where(SessionsSchema.Unfinished)
                    .Where(row => row.EndedAt == null && (row.Status == SessionStatus.Charging || row.Status == SessionStatus.Suspended) && row.StartedAt < startedBefore && row.Id > page)
                    .OrderBy(row => row.Id).Take(SessionsAtOnce).ToListAsync(ct);
            }
            if (some.Count > 0) yield return some.ConvertAll(Watched);
            if (some.Count < SessionsAtOnce) yield break;
            after = some[^1].Id;
        }
    }

    public async Task<IReadOnlyDictionary<StationId, StationRevenue>> RevenueAsync(
        TenantId tenant, IReadOnlyDictionary<StationId, string> stations, Instant since, CancellationToken ct)
    {
        var earned = new Dictionary<StationId, StationRevenue>();
        foreach (var names in stations.Values.Distinct().Chunk(StationsAtOnce))
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
            var sums = await db.Cdrs.AsNoTracking().Where(row => names.Contains(row.Station) && row.EndedAt >= since && row.Currency != null && row.CostExclTax != null)
                .GroupBy(row => new { row.StationId, row.Currency })
                .Select(group => new { group.Key.StationId, group.Key.Currency, Sum = group.Sum(row => row.CostExclTax!.Value), Since = group.Min(row => row.EndedAt) }).ToListAsync(ct);
            foreach (var sum in sums.OrderBy(sum => sum.Sum))
            {
                if (stations.ContainsKey(sum.StationId)) earned[sum.StationId] = new StationRevenue(sum.StationId, Money.FromMicros(sum.Sum, Currency.Parse(sum.Currency!)), sum.Since);
            }
        }
        return earned;
    }

    public async Task<IReadOnlyList<ConnectorUsage>> UsageAsync(TenantId tenant, IReadOnlyDictionary<StationId, string> stations, Instant since, CancellationToken ct)
    {
        var used = new List<ConnectorUsage>();
        foreach (var names in stations.Values.Distinct().Chunk(StationsAtOnce))
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
            var found = await db.Sessions.AsNoTracking().Where(row => names.Contains(row.Station) && row.StartedAt >= since)
                .GroupBy(row => new { row.StationId, row.Evse, row.Connector })
                .Select(group => new
                {
                    group.Key.StationId, group.Key.Evse, group.Key.Connector, Sessions = group.Count(), First = group.Min(row => row.StartedAt), Last = group.Max(row => row.StartedAt), End = group.Max(row => row.EndedAt),
                }).ToListAsync(ct);
            used.AddRange(found.Where(place => stations.ContainsKey(place.StationId)).Select(place => new ConnectorUsage(
                place.StationId, (int)place.Evse, (int)place.Connector, place.Sessions, place.First, place.End > place.Last ? place.End.Value : place.Last)));
        }
        return used;
    }

    private static WatchedSession Watched(SessionRow row)
    {
        var readings = SessionsJson.ReadSession(row.State).Timeline.Readings;
        return new WatchedSession(
            row.Id, row.StationId, row.Station, (int)row.Evse, (int)row.Connector, row.StartedAt, readings.Count > 0 ? Instant.Max(readings[^1].At, row.StartedAt) : row.StartedAt,
            row is { CostExclTax: { } cost, Currency: { } code } ? Money.FromMicros(cost, Currency.Parse(code)) : null);
    }
}
