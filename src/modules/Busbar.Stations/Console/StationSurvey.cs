using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Console;

/// <summary>A station as a list shows it.</summary>
/// <param name="Faulted">One of its connectors says so.</param>
internal sealed record StationAtAGlance(
    StationId Id, string Identity, string? Name, string? Vendor, string? Model, string? Serial, string? Protocol, Instant? LastSeen, bool Online, bool Faulted)
{
    /// <summary>What a connector says of itself while a vehicle is at it: the words of 1.6, and the one of 2.x.</summary>
    public static IReadOnlyList<string> AtWork { get; } = ["Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing", "Occupied"];

    public static StationAtAGlance Of(StationView view)
    {
        var connectors = view.Evses.SelectMany(evse => evse.Connectors).ToList();
        return new(view.Id, view.StationId, view.Name, view.Vendor, view.Model, view.Serial, view.Protocol, view.LastSeen, view.Online, connectors.Exists(connector => connector.LastStatus == "Faulted"))
        {
            InUse = connectors.Count(connector => AtWork.Contains(connector.LastStatus)),
        };
    }

    public LocationId? Location { get; init; }

    /// <summary>Connectors that a vehicle is at, as far as they told.</summary>
    public int InUse { get; init; }

    public bool Fits(string search) =>
        new[] { Identity, Name, Vendor, Model, Serial, $"{Vendor} {Model}" }.Any(text => text?.Contains(search, StringComparison.OrdinalIgnoreCase) == true);

    public bool Is(string? state) => state switch
    {
        "online" => Online,
        "offline" => !Online,
        "faulted" => Faulted,
        "inUse" => Online && InUse > 0,
        _ => true,
    };
}

/// <param name="Error">As the station said it; null where it said none.</param>
internal sealed record FaultedConnector(StationId Station, int Evse, int Connector, Instant? Since, string? Error);

/// <summary>All stations of a tenant at one moment, in the order of their names.</summary>
internal sealed record Survey(IReadOnlyList<StationAtAGlance> Stations, IReadOnlyList<FaultedConnector> Faults)
{
    public Survey Within(Reach reach)
    {
        if (reach.IsWhole) return this;
        var stations = Stations.Where(station => reach.Covers(station.Location, station.Id)).ToList();
        var ids = stations.Select(station => station.Id).ToHashSet();
        return new Survey(stations, [.. Faults.Where(fault => ids.Contains(fault.Station))]);
    }
}

/// <summary>Who is online is in memory and not in a table, so a filter on it, or a count, has to look at every station.</summary>
internal sealed class StationSurvey
{
    private const string Fault = "Faulted";

    private sealed record ToldConnector(StationId Station, int Evse, int Connector, string Status, Instant? Since, string? Error);

    private readonly RoomDbFactory<StationsDb> _rooms;
    private readonly IStationPresence _presence;
    private readonly SharedLook<Survey> _shared;

    public StationSurvey(RoomDbFactory<StationsDb> rooms, IStationPresence presence, TimeProvider clock) =>
        (_rooms, _presence, _shared) = (rooms, presence, new SharedLook<Survey>(clock, LookAsync));

    public Task<Survey> OfAsync(TenantId tenant, CancellationToken ct) => _shared.OfAsync(tenant, ct);

    /// <summary>What of it lies within a reach: all who look share one finding, which is in memory already.</summary>
    public async Task<Survey> OfAsync(TenantId tenant, Reach reach, CancellationToken ct) => (await OfAsync(tenant, ct)).Within(reach);

    private async Task<Survey> LookAsync(TenantId tenant, CancellationToken ct)
    {
        List<StationAtAGlance> stations;
        Dictionary<(StationId, int, int), ToldConnector> connectors;
        string[] told = [Fault, .. StationAtAGlance.AtWork];
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct))
        {
            stations = await db.Stations.AsNoTracking().Where(row => row.TenantId == tenant).OrderBy(row => row.Identity)
                .Select(row => new StationAtAGlance(row.Id, row.Identity, row.Name, row.Vendor, row.Model, row.Serial, row.Protocol, row.LastSeenAt, false, false) { Location = row.LocationId }).ToListAsync(ct);
            connectors = await db.Connectors.AsNoTracking().Where(row => row.TenantId == tenant && told.Contains(row.Status))
                .Select(row => new ToldConnector(row.StationId, row.Evse, row.Number, row.Status!, row.StatusAt, row.ErrorCode)).ToDictionaryAsync(row => (row.Station, row.Evse, row.Connector), ct);
        }
        var live = await _presence.FindAsync(tenant, stations.ConvertAll(station => station.Id), ct);
        foreach (var (id, state) in live)
        {
            foreach (var ((evse, connector), now) in state.Connectors)
            {
                if (now.Status is { } status && told.Contains(status)) connectors[(id, evse, connector)] = new ToldConnector(id, evse, connector, status, now.At, now.ErrorCode);
                else connectors.Remove((id, evse, connector));
            }
        }
        var faults = connectors.Values.Where(connector => connector.Status == Fault).Select(it => new FaultedConnector(it.Station, it.Evse, it.Connector, it.Since, it.Error)).ToList();
        var faulted = faults.Select(fault => fault.Station).ToHashSet();
        var inUse = connectors.Values.Where(connector => connector.Status != Fault).CountBy(connector => connector.Station).ToDictionary();
        var all = stations.ConvertAll(station => live.TryGetValue(station.Id, out var state)
            ? station with
            {
                Online = state.Online, InUse = inUse.GetValueOrDefault(station.Id), Faulted = faulted.Contains(station.Id), Protocol = state.Protocol ?? station.Protocol, LastSeen = state.LastSeen ?? station.LastSeen,
                Vendor = state.Description.Vendor ?? station.Vendor, Model = state.Description.Model ?? station.Model, Serial = state.Description.Serial ?? station.Serial,
            }
            : station with { Faulted = faulted.Contains(station.Id), InUse = inUse.GetValueOrDefault(station.Id) });
        return new Survey(all, [.. faults.OrderBy(fault => fault.Since)]);
    }
}
