using System.Net;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>Stations that were provisioned by the API, and what is stored of what they say; on both databases.</summary>
[Collection("LiveStations")]
public sealed class PresenceWriterTests(Servers servers)
{
    private static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 6, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_stations_of_several_tenants_say_is_stored_beside_what_was_provisioned(DatabaseKind kind)
    {
        var (one, other) = (await RigAsync(kind), await RigAsync(kind));
        await one.ProvisionAsync("""{"stationId":"CS-1","evses":[{"id":1,"evseId":"NL*ABC*E1","connectors":[{"id":1,"standard":"IEC_62196_T2","maxPower":11000}]}]}""");
        await other.ProvisionAsync("""{"stationId":"CS-2"}""");
        var station = await one.ConnectAsync("CS-1");
        await other.ConnectAsync("CS-2", one.Book);
        station.Apply(new StationNews.Identified("ACME", "One", "S1", null), Start);
        one.Report(station, 1, 1, "Faulted", "GroundFailure");
        one.Report(station, 1, 2, "Available");
        one.Report(station, 2, 1, "Available");
        one.Report(station, 0, 0, "Available");
        await one.WriteAsync();

        var row = await one.RowAsync("CS-1");
        Assert.Equal(("ACME", "One", "S1", null, "ocpp1.6", 1L, Start, Start), (row.Vendor, row.Model, row.Serial, row.Firmware, row.Protocol, row.Revision, row.BootedAt, row.FirstSeenAt));
        Assert.Equal(
            ["1/1 Faulted GroundFailure IEC_62196_T2", "1/2 Available  learnt", "2/1 Available  learnt"], await one.ConnectorsAsync("CS-1"));
        Assert.Equal(["1 NL*ABC*E1", "2 learnt"], await one.EvsesAsync("CS-1"));
        Assert.Equal("ocpp1.6", (await other.RowAsync("CS-2")).Protocol);

        // What it does not say again stays as it was said, and when it was first heard of.
        station.Connected(new FakeLink(station.Key.Tenant, station.Key.Station, OcppVersion.V201, Start + Duration.FromHours(1)));
        station.Apply(new StationNews.Identified("ACME", "Two", null, "F2"), Start + Duration.FromHours(1));
        await one.WriteAsync();
        row = await one.RowAsync("CS-1");
        Assert.Equal(("Two", "S1", "F2", "ocpp2.0.1", 1L, Start, Start + Duration.FromHours(1)), (row.Model, row.Serial, row.Firmware, row.Protocol, row.Revision, row.FirstSeenAt, row.LastSeenAt));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_status_that_is_stored_is_written_again_when_it_is_old_or_another_process_may_have_had_the_station(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        await rig.ProvisionAsync("""{"stationId":"CS-1"}""");
        var station = await rig.ConnectAsync("CS-1");
        rig.Report(station, 1, 1, "Available");
        await rig.WriteAsync();

        // Seen by what someone else wrote in between.
        await rig.MarkAsync("CS-1");
        rig.Report(station, 1, 1, "Available", at: Start + Duration.FromSeconds(59));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Marked  learnt"], await rig.ConnectorsAsync("CS-1"));
        rig.Report(station, 1, 1, "Available", at: Start + Duration.FromSeconds(60));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Available  learnt"], await rig.ConnectorsAsync("CS-1"));

        rig.Report(station, 1, 1, "Charging", at: Start + Duration.FromSeconds(61));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Charging  learnt"], await rig.ConnectorsAsync("CS-1"));
        rig.Report(station, 1, 1, "Charging", "OtherError", Start + Duration.FromSeconds(61));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Charging OtherError learnt"], await rig.ConnectorsAsync("CS-1"));
        rig.Report(station, 1, 1, "Charging", at: Start + Duration.FromSeconds(61));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Charging  learnt"], await rig.ConnectorsAsync("CS-1"));

        await rig.MarkAsync("CS-1");
        station.Connected(new FakeLink(station.Key.Tenant, station.Key.Station, OcppVersion.V16, Start));
        await rig.WriteAsync();
        Assert.Equal(["1/1 Charging  learnt"], await rig.ConnectorsAsync("CS-1"));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_last_word_of_a_station_that_goes_and_of_a_process_that_ends_is_stored_as_it_was(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        await rig.ProvisionAsync("""{"stationId":"CS-1"}""");
        await rig.ProvisionAsync("""{"stationId":"CS-2"}""");
        var (goes, stays) = (await rig.ConnectAsync("CS-1"), await rig.ConnectAsync("CS-2"));
        rig.Report(goes, 1, 1, "Available");
        rig.Report(stays, 1, 1, "Available");
        await rig.WriteAsync();

        var later = Start + Duration.FromSeconds(20);
        rig.Links[goes].LastInbound = rig.Links[stays].LastInbound = later;
        rig.Report(goes, 1, 1, "Available", at: later);
        rig.Report(stays, 1, 1, "Available", at: later);
        rig.Links[goes].IsOpen = false;
        goes.Disconnected(rig.Links[goes]);
        await rig.WriteAsync();
        Assert.Equal((later, later), ((await rig.RowAsync("CS-1")).LastSeenAt, await rig.ToldAsync("CS-1")));
        Assert.Equal((Start, Start), ((await rig.RowAsync("CS-2")).LastSeenAt, await rig.ToldAsync("CS-2")));
        await rig.StopAsync();
        Assert.Equal((later, later), ((await rig.RowAsync("CS-2")).LastSeenAt, await rig.ToldAsync("CS-2")));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_connector_that_was_taken_away_comes_back_when_its_station_speaks_of_it_and_a_deleted_stations_does_not(DatabaseKind kind)
    {
        var rig = await RigAsync(kind);
        await rig.ProvisionAsync("""{"stationId":"CS-1","evses":[{"id":1,"connectors":[{"id":1}]},{"id":2,"connectors":[{"id":1}]}]}""");
        await rig.ProvisionAsync("""{"stationId":"CS-2"}""");
        var (kept, deleted) = (await rig.ConnectAsync("CS-1"), await rig.ConnectAsync("CS-2"));
        rig.Report(kept, 2, 1, "Available");
        rig.Report(deleted, 1, 1, "Available");
        await rig.WriteAsync();

        (await rig.Api.PatchAsync("stations/CS-1", """{"evses":[{"id":1,"connectors":[{"id":1}]}]}""")).Is(HttpStatusCode.OK);
        (await rig.Api.DeleteAsync("stations/CS-2")).Is(HttpStatusCode.NoContent);
        Assert.Equal(["1/1 "], await rig.ConnectorsAsync("CS-1"));
        rig.Report(kept, 2, 1, "Charging");
        rig.Report(deleted, 1, 1, "Charging");
        rig.Report(deleted, 3, 1, "Charging");
        await rig.WriteAsync();
        Assert.Equal(["1/1 ", "2/1 Charging  learnt"], await rig.ConnectorsAsync("CS-1"));
        Assert.Equal(["1", "2 learnt"], await rig.EvsesAsync("CS-1"));
        Assert.Equal(0, await rig.CountAsync(deleted.Key.Station));
        Assert.Empty(rig.Book.TakeChanged(10));
    }

    [Fact]
    public void What_was_stored_for_a_connection_that_ended_meanwhile_is_not_believed_of_the_next()
    {
        var rig = new StationRig();
        var (_, actor) = rig.Connect();
        actor.Presence.Apply(new StationNews.ConnectorReported(1, 1, "Available", null, null), Start);
        var old = actor.Presence.Take()!;
        actor.Presence.Connected(rig.Link());
        actor.Presence.Stored(old);
        var again = actor.Presence.Take();
        Assert.True(again is { Row: true, Connectors.Count: 1 });
        actor.Presence.Stored(again);
        Assert.Null(actor.Presence.Take());
    }

    private async Task<Rig> RigAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        return new Rig(server.Services, await server.NewTenantAsync());
    }

    /// <summary>A tenant of the running server, and a presence of the test's own.</summary>
    private sealed class Rig(IServiceProvider services, ApiClient api)
    {
        private readonly RoomDbFactory<StationsDb> _rooms = services.GetRequiredService<RoomDbFactory<StationsDb>>();
        private readonly StationDirectory _directory = services.GetRequiredService<StationDirectory>();
        private readonly TenantId _tenant = services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;

        public ApiClient Api => api;
        public PresenceBook Book { get; } = new(new Hints());
        public Dictionary<PresenceEntry, FakeLink> Links { get; } = [];

        public async Task ProvisionAsync(string station) => (await api.PostAsync("stations", station)).Is(HttpStatusCode.Created);

        public async Task<PresenceEntry> ConnectAsync(string identity, PresenceBook? book = null)
        {
            var id = (await _directory.FindAsync(_tenant, identity, CancellationToken.None))!.Id;
            var entry = (book ?? Book).Entry(new StationKey(_tenant, id.Value));
            entry.Connected(Links[entry] = new FakeLink(_tenant, id.Value, OcppVersion.V16, Start));
            return entry;
        }

        public void Report(PresenceEntry station, int evse, int connector, string status, string? error = null, Instant? at = null) =>
            station.Apply(new StationNews.ConnectorReported(evse, connector, status, error, at), Start);

        public async Task WriteAsync()
        {
            using var writer = Writer();
            await writer.WriteAsync(default);
        }

        public async Task StopAsync()
        {
            using var writer = Writer();
            await writer.StopAsync(default);
        }

        public async Task<StationRow> RowAsync(string identity)
        {
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            return await db.Stations.SingleAsync(row => row.Identity == identity);
        }

        public async Task<Instant?> ToldAsync(string identity)
        {
            var id = (await RowAsync(identity)).Id;
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            return (await db.Connectors.SingleAsync(row => row.StationId == id)).StatusAt;
        }

        public async Task<List<string>> ConnectorsAsync(string identity)
        {
            var id = (await RowAsync(identity)).Id;
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            var rows = await db.Connectors.Where(row => row.StationId == id).OrderBy(row => row.Evse).ThenBy(row => row.Number).ToListAsync();
            return [.. rows.Select(row => row.Status is null ? $"{row.Evse}/{row.Number} " : $"{row.Evse}/{row.Number} {row.Status} {row.ErrorCode} {(row.Learnt ? "learnt" : row.Standard)}")];
        }

        public async Task<List<string>> EvsesAsync(string identity)
        {
            var id = (await RowAsync(identity)).Id;
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            var rows = await db.Evses.Where(row => row.StationId == id).OrderBy(row => row.Number).ToListAsync();
            return [.. rows.Select(row => $"{row.Number} {(row.Learnt ? "learnt" : row.EvseId)}".TrimEnd())];
        }

        public async Task<int> CountAsync(Guid station)
        {
            var id = new StationId(station);
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            return await db.Connectors.CountAsync(row => row.StationId == id) + await db.Evses.CountAsync(row => row.StationId == id);
        }

        public async Task MarkAsync(string identity)
        {
            var id = (await RowAsync(identity)).Id;
            await using var db = await _rooms.OpenAsync(TenantScope.Of(_tenant), default);
            await db.CommitAsync(ct => db.Connectors.Where(row => row.StationId == id).ExecuteUpdateAsync(row => row.SetProperty(it => it.Status, "Marked"), ct), default);
        }

        private PresenceWriter Writer() => new(Book, _rooms, _directory, TimeProvider.System, NullLogger<PresenceWriter>.Instance);
    }
}
