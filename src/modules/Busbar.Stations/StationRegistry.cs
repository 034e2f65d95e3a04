using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>What came of making a station.</summary>
internal abstract record Creation
{
    private Creation()
    {
    }

    public sealed record Made(ProvisionedStation Station) : Creation;

    public sealed record Wrong(Check Check) : Creation;

    /// <summary>The tenant has one of this name.</summary>
    public sealed record Exists : Creation;
}

/// <summary>Makes stations, for the API and for the console by one way.</summary>
internal sealed class StationRegistry(RoomDbFactory<StationsDb> rooms, StationDirectory directory, StationKeys keys, StationActors actors, IdSource ids, TimeProvider clock)
{
    public async Task<Creation> CreateAsync(Caller caller, StationInput input, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var check = new Check();
        input.Examine(check, "", now);
        await ExamineLocationAsync(db, input, check, ct);
        if (!check.Ok) return new Creation.Wrong(check);
        var made = StationProvisioning.Make(input, caller.Tenant, ids, keys, now);
        db.Add(made.Record.Row);
        db.AddRange(made.Record.Evses);
        db.AddRange(made.Record.Connectors);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new Creation.Exists(); }
        directory.Forget(made.Record.Row);
        return new Creation.Made(made);
    }

    /// <summary>Gives a station a new password, which only the answer tells; the old one ends at once, and with it the connection. Null: there is no such station.</summary>
    public async Task<string?> RenewPasswordAsync(Caller caller, string stationId, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await StationRecord.FindAsync(db, stationId, ct) is not { } record) return null;
        var password = StationKeys.Generate();
        record.Row.KeyHash = keys.Hash(password);
        db.TellAs("passwordRenewed", record.Row);
        await db.CommitAsync(ct);
        directory.Forget(record.Row);
        actors.Dismiss(new StationKey(record.Row.TenantId, record.Row.Id.Value));
        return password;
    }

    public static async Task ExamineLocationAsync(StationsDb db, StationInput input, Check check, CancellationToken ct)
    {
        if (input.LocationId is { } location)
            check.That(await db.Locations.AnyAsync(row => row.Id == location, ct), "/locationId", "unknownLocation", "There is no such location.");
    }
}
