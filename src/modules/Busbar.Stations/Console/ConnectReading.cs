using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Api;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Stations.Console;

/// <summary>Reads what is known of a charger that is being connected.</summary>
internal sealed class ConnectReading(RoomDbFactory<StationsDb> rooms, IStationPresence presence, StationDirectory directory, IWireLog wire, DoorBook door, StationAddresses addresses, TimeProvider clock)
{
    private const int Messages = 120;
    private const int Candidates = 20;

    // What was refused longer ago is another story.
    private static readonly Duration Lately = Duration.FromMinutes(30);

    /// <summary>Null: there is no such station within the reach.</summary>
    public async Task<ConnectEvidence?> ReadAsync(Caller caller, Reach reach, string slug, Uri console, string stationId, CancellationToken ct)
    {
        StationRecord? record;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) record = await StationRecord.FindAsync(db, stationId, ct);
        if (record is null || !reach.Covers(record.Row.LocationId, record.Row.Id)) return null;
        var (row, now) = (record.Row, clock.GetInstant());
        var live = await presence.FindAsync(row.TenantId, [row.Id], ct);
        var frames = await wire.ReadAsync(new StationKey(row.TenantId, row.Id.Value), null, Messages, ct);
        var messages = StationReading.Named([.. frames.Select(frame => new LoggedMessage(frame.Position, MessageView.Of(frame)))], frames.Count).ConvertAll(logged => logged.Message);
        return new ConnectEvidence(StationView.Of(record, live.GetValueOrDefault(row.Id), now), WireDigest.Of(messages), addresses.Of(console, slug, stationId), now)
        {
            Refused = door.Of(slug, stationId) is { } refused && refused.At >= now - Lately ? refused : null,
            // The charger added its id to an address that had it: it stands where a tenant's name would.
            CameWithIdTwice = door.Of(stationId, stationId)?.At >= now - Lately,
            // Whoever knocked without being known is nobody's at some place.
            Resembling = !reach.IsWhole ? null : await ResemblingAsync(caller, slug, stationId, now - Lately, ct),
        };
    }

    private async Task<RefusedKnock?> ResemblingAsync(Caller caller, string slug, string stationId, Instant since, CancellationToken ct)
    {
        foreach (var knock in door.Strangers(slug, since).Where(knock => knock.Identity != stationId && knock.Reason == Gatekeeper.UnknownStation && ConnectJudge.Resembles(knock.Identity, stationId)).Take(Candidates))
            if (await directory.FindAsync(caller.Tenant, knock.Identity, ct) is null) return knock;
        return null;
    }
}
