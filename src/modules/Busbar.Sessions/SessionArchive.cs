using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Finished sessions from their stored rows, without EF and without holding more than a page (decision 16).</summary>
internal sealed class SessionArchive(RoomDbFactory<SessionsDb> rooms, RowReader reader) : ISessionArchive
{
    private const int PageSize = 2_000;

    private static readonly RowSource<ArchivedRow> Source = new(
        "sessions_sessions", "id, station_id, started_at, ended_at, cost_excl_tax, cost_incl_tax, currency, state",
        row => new ArchivedRow(row.Id<SessionId>(0), row.Id<StationId>(1), row.Instant(2), row.MaybeInstant(3), row.MaybeNumber(4), row.MaybeNumber(5), row.MaybeText(6), row.Bytes(7)));

    public async Task<long> CountAsync(ArchiveQuestion question, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(question.Tenant), ct);
        var rows = db.Sessions.AsNoTracking().Where(row => row.Status == SessionStatus.Completed && row.StartedAt >= question.From && row.StartedAt < question.To);
        if (question.Station is { } station) rows = rows.Where(row => row.StationId == station);
        if (question.Evse is { } evse) rows = rows.Where(row => row.Evse == evse);
        if (question.After is { StartedAt: var at, Session: var last })
        {
            var id = new SessionId(last);
            rows = rows.Where(row => row.StartedAt >= at && (row.StartedAt > at || row.Id > id));
        }
        return await rows.LongCountAsync(ct);
    }

    public async IAsyncEnumerable<IArchivePage> ReadAsync(ArchiveQuestion question, [EnumeratorCancellation] CancellationToken ct)
    {
        var conditions = new List<RowMatch> { new("status", new[] { (long)SessionStatus.Completed }) };
        if (question.Station is { } station) conditions.Add(RowMatch.Ids("station_id", [station]));
        if (question.Evse is { } evse) conditions.Add(new RowMatch("evse", new[] { (long)evse }));
        RowMatch[] matches = [.. conditions];
        (Instant, Guid)? after = question.After is { } place ? (place.StartedAt, place.Session) : null;
        while (true)
        {
            var window = new RowWindow("started_at", question.From, question.To, after, PageSize);
            var rows = await reader.ReadAsync(TenantScope.Of(question.Tenant), Source, window, ct, matches);
            if (rows.Count == 0) yield break;
            after = (rows[^1].StartedAt, rows[^1].Id.Value);
            yield return new Page(rows);
            if (rows.Count < PageSize) yield break;
        }
    }

    private sealed record ArchivedRow(SessionId Id, StationId Station, Instant StartedAt, Instant? EndedAt, long? ExclTax, long? InclTax, string? Currency, byte[] State);

    private sealed class Page(List<ArchivedRow> rows) : IArchivePage
    {
        public int Count => rows.Count;

        public ArchivePlace Last => new(rows[^1].StartedAt, rows[^1].Id.Value);

        public StationId StationOf(int index) => rows[index].Station;

        public (Instant From, Instant Until) TimeOf(int index) => (rows[index].StartedAt, rows[index].EndedAt ?? rows[index].StartedAt);

        public PastSession Read(int index)
        {
            var row = rows[index];
            var session = ArchivedState.Read(row.State);
            var timeline = RatingTimeline.Of(session, MeterJudge.Judge(session), RatingTimeline.EndOf(session));
            return new PastSession(row.Id.ToString(), row.Station, session.Evse, session.StartedAt, session.Zone, timeline, RatingContext.Of(session),
                row is { ExclTax: { } excl, InclTax: { } incl, Currency: { } code } ? new ChargedPrice(Kernel.Currency.Parse(code), excl, incl) : null,
                session.Tariff is { } pin ? new PastTariff(pin.TariffId, pin.Version, pin.Hash) : null);
        }
    }
}
