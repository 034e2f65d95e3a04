using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

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

/// <summary>What came of changing a station.</summary>
internal abstract record StationChange
{
    private StationChange()
    {
    }

    public sealed record Done(StationRecord Record) : StationChange;

    public sealed record Wrong(Check Check) : StationChange;

    /// <summary>There is no such station within the reach.</summary>
    public sealed record Gone : StationChange;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : StationChange;
}

/// <summary>Makes and changes stations, for the API and for the console by one way.</summary>
internal sealed class StationRegistry(RoomDbFactory<StationsDb> rooms, StationDirectory directory, StationKeys keys, StationActors actors, IdSource ids, TimeProvider clock)
{
    public async Task<Creation> CreateAsync(Caller caller, StationInput input, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var check = new Check();
        input.Examine(check, "", now);
        await ExamineLocationAsync(db, Reach.Whole, input, check, ct);
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

    /// <summary>Null: there is no such station within the reach.</summary>
    public async Task<StationRecord?> FindAsync(Caller caller, Reach reach, string stationId, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await StationRecord.FindAsync(db, stationId, ct) is { } record && reach.Covers(record.Row.LocationId, record.Row.Id) ? record : null;
    }

    /// <summary>Changes a station within a reach, which it does not leave by it: it is put at a location that the reach covers, and nobody takes it from all of them who may not change all.</summary>
    /// <param name="allows">Whether a revision may be changed.</param>
    /// <param name="input">Makes what it becomes of what it is.</param>
    /// <param name="saysEvses">Its EVSEs are said too; else they stay.</param>
    public async Task<StationChange> ChangeAsync(
        Caller caller, Reach reach, string stationId, Func<long, bool> allows, Func<StationInput, StationInput> input, bool saysEvses, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await StationRecord.FindAsync(db, stationId, ct) is not { } record || !reach.Covers(record.Row.LocationId, record.Row.Id)) return new StationChange.Gone();
        if (!allows(record.Row.Revision)) return new StationChange.Stale();
        var before = StationInput.Of(record);
        var wanted = input(before);
        // Leaving profile 0 ends its date too.
        if (wanted.Profile != 0 && before.Profile == 0 && wanted.InsecureUntil == before.InsecureUntil) wanted = wanted with { InsecureUntil = null };
        var check = new Check();
        // A date that has passed may stand while other things change.
        wanted.Examine(check, "", wanted.InsecureUntil == before.InsecureUntil && wanted.InsecureUntil is { } passed ? passed - Duration.Epsilon : clock.GetInstant());
        check.That(wanted.StationId == record.Row.Identity, "/stationId", "immutable", "Cannot change; it is the station's name on the wire.");
        check.That(wanted.Profile == 0 || wanted.Password is not null || record.Row.KeyHash is not null, "/password", "required", "This security profile needs a password.");
        if (wanted.LocationId != before.LocationId) await ExamineLocationAsync(db, reach, wanted, check, ct);
        if (!check.Ok) return new StationChange.Wrong(check);
        var (profile, key) = (record.Row.SecurityProfile, record.Row.KeyHash);
        wanted.WriteTo(record.Row);
        if (wanted.Password is { } password) record.Row.KeyHash = keys.Hash(password);
        var isOtherAccess = profile != record.Row.SecurityProfile || !key.AsSpan().SequenceEqual(record.Row.KeyHash);
        if (saysEvses)
        {
            record = StationProvisioning.ReplaceEvses(db, record, wanted.Evses ?? []);
            db.Entry(record.Row).State = EntityState.Modified;
        }
        await db.CommitAsync(ct);
        directory.Forget(record.Row);
        if (isOtherAccess) actors.Dismiss(new StationKey(record.Row.TenantId, record.Row.Id.Value));
        return new StationChange.Done(record);
    }

    /// <summary>Gives a station a new password, which only the answer tells; the old one ends at once, and with it the connection. Null: there is no such station within the reach.</summary>
    public async Task<string?> RenewPasswordAsync(Caller caller, Reach reach, string stationId, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await StationRecord.FindAsync(db, stationId, ct) is not { } record || !reach.Covers(record.Row.LocationId, record.Row.Id)) return null;
        var password = StationKeys.Generate();
        record.Row.KeyHash = keys.Hash(password);
        db.TellAs("passwordRenewed", record.Row);
        await db.CommitAsync(ct);
        directory.Forget(record.Row);
        actors.Dismiss(new StationKey(record.Row.TenantId, record.Row.Id.Value));
        return password;
    }

    // A location out of reach is told of as one that is not there.
    private static async Task ExamineLocationAsync(StationsDb db, Reach reach, StationInput input, Check check, CancellationToken ct)
    {
        if (input.LocationId is { } location)
            check.That(reach.CoversLocation(location.Value) && await db.Locations.AnyAsync(row => row.Id == location, ct), "/locationId", "unknownLocation", "There is no such location.");
        else check.That(reach.IsWhole, "/locationId", "outOfReach", "Only who may change all stations takes one from its location without giving it another.");
    }
}
