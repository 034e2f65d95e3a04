using System.Data.Common;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Api;

/// <param name="Items">One per row that was sent, in its order.</param>
internal sealed record StationsImported(IReadOnlyList<StationsImported.Item> Items)
{
    /// <param name="Row">From 0.</param>
    /// <param name="Password">Where one was made for it; not shown again.</param>
    /// <param name="Status"><c>created</c>, or <c>unchanged</c> where the station was there and says the same.</param>
    internal sealed record Item(int Row, string StationId, string? Password, string Status);
}

/// <summary>All rows or none. A row that contradicts an existing station, or another row, is an error: an import adds, it does not edit.</summary>
internal static class StationImport
{
    private const int KeysPerQuery = 1_000;

    public static async Task<Results<Ok<StationsImported>, ProblemHttpResult>> Run(
        ImportRows<StationInput> body, Caller caller, RoomDbFactory<StationsDb> rooms, StationDirectory directory, StationKeys keys, IdSource ids, TimeProvider clock, CancellationToken ct)
    {
        var (inputs, now, check) = (body.Items, clock.GetInstant(), new Check());
        var seen = new HashSet<string>(inputs.Count, StringComparer.Ordinal);
        for (var i = 0; i < inputs.Count && !check.Full; i++)
        {
            inputs[i].Examine(check, $"/{i}", now);
            check.That(seen.Add(inputs[i].StationId), $"/{i}/stationId", "duplicateRow", "An earlier row has this stationId.");
        }
        if (check.Problem is { } wrong) return wrong;

        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        await ExamineLocationsAsync(db, inputs, check, ct);
        var existing = await ExistingAsync(db, seen, ct);
        var items = new List<StationsImported.Item>(inputs.Count);
        var made = new List<StationRecord>();
        for (var i = 0; i < inputs.Count && !check.Full; i++)
        {
            var input = inputs[i];
            if (existing.TryGetValue(input.StationId, out var record))
            {
                check.That(input.Says(record, keys), $"/{i}", "differs", "A station with this stationId exists and says otherwise; PATCH it.");
                items.Add(new StationsImported.Item(i, input.StationId, null, "unchanged"));
                continue;
            }
            var provisioned = StationProvisioning.Make(input, caller.Tenant, ids, keys, now);
            made.Add(provisioned.Record);
            items.Add(new StationsImported.Item(i, input.StationId, provisioned.GeneratedPassword, "created"));
        }
        if (check.Problem is { } problem) return problem;
        db.TellAdded(made.SelectMany(record => (IEnumerable<ITenantOwned>)[record.Row, .. record.Evses, .. record.Connectors]));
        try { await db.CommitAsync(token => InsertAsync(db, made, token), ct); }
        catch (DbException error) when (error.IsDuplicateKey()) { return Problems.Conflict("stationExists", "A station of this import was made meanwhile; send it again."); }
        directory.ForgetAll();
        return TypedResults.Ok(new StationsImported(items));
    }

    private static async Task InsertAsync(StationsDb db, List<StationRecord> made, CancellationToken ct)
    {
        await db.InsertAllAsync(made.ConvertAll(record => record.Row), ct);
        await db.InsertAllAsync(made.SelectMany(record => record.Evses).ToList(), ct);
        await db.InsertAllAsync(made.SelectMany(record => record.Connectors).ToList(), ct);
    }

    private static async Task ExamineLocationsAsync(StationsDb db, IReadOnlyList<StationInput> inputs, Check check, CancellationToken ct)
    {
        var known = new HashSet<LocationId>();
        foreach (var ids in inputs.Select(input => input.LocationId).OfType<LocationId>().Distinct().Chunk(KeysPerQuery))
            known.UnionWith(await db.Locations.Where(row => ids.Contains(row.Id)).Select(row => row.Id).ToListAsync(ct));
        for (var i = 0; i < inputs.Count && !check.Full; i++)
            if (inputs[i].LocationId is { } location) check.That(known.Contains(location), $"/{i}/locationId", "unknownLocation", "There is no such location.");
    }

    private static async Task<Dictionary<string, StationRecord>> ExistingAsync(StationsDb db, IEnumerable<string> identities, CancellationToken ct)
    {
        var existing = new Dictionary<string, StationRecord>(StringComparer.Ordinal);
        foreach (var keys in identities.Chunk(KeysPerQuery))
        {
            var rows = await db.Stations.AsNoTracking().Where(row => keys.Contains(row.Identity)).ToListAsync(ct);
            foreach (var record in await StationRecord.AllOfAsync(db, rows, ct)) existing[record.Row.Identity] = record;
        }
        return existing;
    }
}
