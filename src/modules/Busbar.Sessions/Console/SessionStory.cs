using Busbar.Kernel;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <summary>What a station's history tells of its sessions: each one's beginning and its end.</summary>
internal sealed class SessionStory(RoomDbFactory<SessionsDb> rooms) : IStationStory
{
    public string Scope => Identity.Http.Scope.SessionsRead;

    public async ValueTask<IReadOnlyList<StationEvent>> ReadAsync(TenantId tenant, StationId station, Instant before, int most, CancellationToken ct)
    {
        List<SessionRow> rows;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct))
        {
            var all = db.Sessions.AsNoTracking().Where(row => row.TenantId == tenant && row.StationId == station);
            // What began before a moment may have ended after it: its end stands on a newer page.
            rows = await all.Where(row => row.StartedAt < before).OrderByDescending(row => row.StartedAt).ThenByDescending(row => row.Id).Take(most).ToListAsync(ct);
        }
        return [.. rows.SelectMany(Of).Where(told => told.At < before).OrderByDescending(told => told.At).Take(most)];
    }

    private static IEnumerable<StationEvent> Of(SessionRow row)
    {
        var href = Links.To(row.Id);
        if (row.EndedAt is { } ended)
            yield return new StationEvent(ended, SessionTexts.Say("story-ended", row.Evse, Spoken.Of(row.Energy), SessionTexts.Cost(row.CostInclTax, row.Currency)), SessionTexts.Status(row.Status).Tone, href);
        yield return new StationEvent(row.StartedAt, SessionTexts.Say(row.TokenKey is null ? "story-began" : "story-began-token", row.Evse, row.TokenKey is { } token ? Masked.Uid(token) : null), Tone.Busy, href);
    }
}
