using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions;

/// <summary>Which sessions and CDRs a right reaches: those of the stations that it reaches now, wherever these stood then.</summary>
internal sealed class SessionReach(IStationCatalog stations)
{
    /// <summary>Null: of all stations.</summary>
    public async ValueTask<IReadOnlyList<StationId>?> StationsAsync(TenantId tenant, Reach reach, CancellationToken ct) => reach.IsWhole ? null : await stations.WithinAsync(tenant, reach, ct);

    public async ValueTask<bool> CoversAsync(TenantId tenant, Reach reach, StationId station, CancellationToken ct) =>
        reach.IsWhole || (await stations.FindAsync(tenant, station, ct) is { } card && reach.Covers(card));
}

internal static class SessionsAt
{
    /// <param name="stations">As <see cref="SessionReach.StationsAsync"/> tells them.</param>
    public static IQueryable<SessionRow> At(this IQueryable<SessionRow> rows, IReadOnlyList<StationId>? stations) => stations is null ? rows : rows.Where(row => stations.Contains(row.StationId));

    /// <inheritdoc cref="At(IQueryable{SessionRow}, IReadOnlyList{StationId}?)" />
    public static IQueryable<CdrRow> At(this IQueryable<CdrRow> rows, IReadOnlyList<StationId>? stations) => stations is null ? rows : rows.Where(row => stations.Contains(row.StationId));
}
