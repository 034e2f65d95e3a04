using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>What came of making or changing a location.</summary>
internal abstract record LocationChange
{
    private LocationChange()
    {
    }

    public sealed record Done(LocationRow Row) : LocationChange;

    public sealed record Wrong(Check Check) : LocationChange;

    public sealed record Gone : LocationChange;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : LocationChange;
}

/// <summary>Makes and changes locations, for the API and for the console by one way.</summary>
internal sealed class LocationRegistry(RoomDbFactory<StationsDb> rooms, StationDirectory directory, IdSource ids, TimeProvider clock)
{
    public async Task<LocationChange> CreateAsync(Caller caller, LocationInput input, CancellationToken ct)
    {
        var check = input.Examine();
        if (!check.Ok) return new LocationChange.Wrong(check);
        var row = input.ToRow(caller.Tenant, ids.New<LocationId>(), clock.GetInstant());
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.Add(row);
        await db.CommitAsync(ct);
        return new LocationChange.Done(row);
    }

    /// <param name="input">Makes what it becomes of what it is.</param>
    /// <param name="allows">Whether a revision may be changed.</param>
    public async Task<LocationChange> ChangeAsync(Caller caller, string id, Func<long, bool> allows, Func<LocationInput, LocationInput> input, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return new LocationChange.Gone();
        if (!allows(row.Revision)) return new LocationChange.Stale();
        var wanted = input(LocationInput.Of(row));
        var check = wanted.Examine();
        if (!check.Ok) return new LocationChange.Wrong(check);
        wanted.WriteTo(row);
        await db.CommitAsync(ct);
        directory.ForgetAll();
        return new LocationChange.Done(row);
    }

    public async Task<LocationRow?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, id, ct);
    }

    public static async Task<LocationRow?> FindAsync(StationsDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<LocationId>(text, out var id) ? await db.Locations.SingleOrDefaultAsync(row => row.Id == id, ct) : null;
}
