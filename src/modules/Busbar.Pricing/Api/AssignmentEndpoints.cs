using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>One place where a tariff applies; the same form for PUT and GET.</summary>
internal sealed record AssignmentInput
{
    public required AssignmentScope Scope { get; init; }

    /// <summary>A location's <c>loc…</c>, a <c>stationId</c>, <c>stationId/evse</c> or a token group; absent for the tenant.</summary>
    public string? Id { get; init; }

    /// <summary>The higher wins, whatever the scope; 0 by default.</summary>
    public int? Priority { get; init; }

    public Instant? From { get; init; }

    /// <summary>The first instant at which it no longer applies.</summary>
    public Instant? To { get; init; }

    public static AssignmentInput Of(AssignmentRow row) => new()
    {
        Scope = row.Scope, Id = row.ScopeId, Priority = row.Priority, From = row.ValidFrom, To = row.ValidUntil,
    };
}

/// <summary>A tariff's assignments are one list, replaced as a whole; the ETag is the tariff's.</summary>
internal static class AssignmentEndpoints
{
    private const int Maximum = 10_000;
    private const int MaximumPriority = 1_000;
    private const int MaximumGroup = 36;

    public static void Map(RouteGroupBuilder assignments)
    {
        assignments.MapPut("", Replace).Needs(Scope.TariffsWrite);
        assignments.MapGet("", Get).Needs(Scope.TariffsRead);
    }

    // A PUT says the whole list, so a repeat publishes nothing twice; If-Match is honoured where it is sent.
    private static async Task<Results<Versioned<Page<AssignmentInput>>, ProblemHttpResult>> Replace(
        string id, Body<IReadOnlyList<AssignmentInput>> body, IfMatch ifMatch, Caller caller, RoomDbFactory<PricingDb> rooms, TariffBook book, IStationCatalog stations, TimeProvider clock, CancellationToken ct)
    {
        var inputs = body.Value;
        var check = new Check();
        check.That(inputs.Count <= Maximum, "", "tooManyRows", $"Send at most {Maximum} assignments.");
        var seen = new HashSet<(AssignmentScope, string, Instant?, Instant?)>();
        var places = new List<string>(inputs.Count);
        for (var i = 0; i < inputs.Count && !check.Full; i++)
        {
            var input = inputs[i];
            if (await PlaceAsync(input, $"/{i}", caller, stations, check, ct) is not { } place) continue;
            if (!check.That(seen.Add((input.Scope, place, Stored(input.From), Stored(input.To))), $"/{i}", "duplicateRow", "An earlier assignment says the same.")) continue;
            places.Add(place);
        }
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        if (!ifMatch.Allows(tariff.Revision)) return Problems.PreconditionFailed();
        if (check.Problem is { } problem) return problem;
        Publishing.Change(tariff, clock.GetInstant());
        Publishing.Touch(db, tariff);
        var held = await db.Assignments.Where(row => row.TariffId == tariff.Id).ToDictionaryAsync(ContentOf, ct);
        var rows = new List<AssignmentRow>(inputs.Count);
        for (var i = 0; i < inputs.Count; i++)
        {
            // What stays as it was goes on; so a repeat writes no history.
            var row = Made(inputs[i], places[i], tariff);
            if (held.Remove(ContentOf(row), out var same)) row = same;
            else
            {
                row.Number = ++tariff.LatestAssignment;
                db.Add(row);
            }
            (row.Position, row.ScopeId) = (i, inputs[i].Id);
            rows.Add(row);
        }
        foreach (var left in held.Values) left.RemovedAt = tariff.ChangedAt;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return Problems.Conflict("changedMeanwhile", "Someone else changed the assignments at the same moment; read them again."); }
        book.Forget(caller.Tenant);
        return Answers.Found(View(rows), tariff.Revision);
    }

    private static async Task<Results<Versioned<Page<AssignmentInput>>, ProblemHttpResult>> Get(string id, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffEndpoints.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        return Answers.Found(View(await db.Assignments.AsNoTracking().Where(row => row.TariffId == tariff.Id).OrderBy(row => row.Position).ToListAsync(ct)), tariff.Revision);
    }

    private static AssignmentRow Made(AssignmentInput input, string place, TariffRow tariff) => new()
    {
        TenantId = tariff.TenantId, TariffId = tariff.Id, Scope = input.Scope, Place = place, Priority = input.Priority ?? 0,
        ValidFrom = Stored(input.From), ValidUntil = Stored(input.To), AssignedAt = tariff.ChangedAt,
    };

    private static (AssignmentScope, string, int, Instant?, Instant?) ContentOf(AssignmentRow row) => (row.Scope, row.Place, row.Priority, row.ValidFrom, row.ValidUntil);

    /// <summary>As the column has it: in milliseconds.</summary>
    private static Instant? Stored(Instant? at) => at is { } instant ? Instant.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds()) : null;

    /// <summary>All of them on one page: what is read here can be changed and put back.</summary>
    private static Page<AssignmentInput> View(IEnumerable<AssignmentRow> rows) => new([.. rows.Select(AssignmentInput.Of)], null);

    /// <summary>Null where the assignment is wrong: it stands in <paramref name="check"/>.</summary>
    private static async ValueTask<string?> PlaceAsync(AssignmentInput input, string pointer, Caller caller, IStationCatalog stations, Check check, CancellationToken ct)
    {
        var ok = check.That(input.Priority is null or (>= -MaximumPriority and <= MaximumPriority), pointer + "/priority", "invalidValue", $"Must be -{MaximumPriority} to {MaximumPriority}.");
        ok &= check.That(input.From is null || !(input.To <= input.From), pointer + "/to", "emptyWindow", "Must lie after from.");
        var place = input.Scope == AssignmentScope.Tenant
            ? check.That(input.Id is null, pointer + "/id", "invalidValue", "The tenant has no id here.") ? Places.Tenant : null
            : check.That(input.Id is not null, pointer + "/id", "required", "Is missing.") ? await PlaceAsync(input.Scope, input.Id!) : null;
        return ok ? place : null;

        async ValueTask<string?> PlaceAsync(AssignmentScope scope, string id)
        {
            switch (scope)
            {
                case AssignmentScope.TokenGroup:
                    return check.Text(id, pointer + "/id", MaximumGroup) ? Places.TokenGroup(id) : null;
                case AssignmentScope.Location:
                    var known = TypedId.TryParse<LocationId>(id, out var location) && await stations.FindAsync(caller.Tenant, location, ct) is not null;
                    return check.That(known, pointer + "/id", "unknownLocation", "There is no such location.") ? Places.Location(location.Value) : null;
                case AssignmentScope.Station:
                    return await StationAsync(id) is { } station ? Places.Station(station.Id) : null;
                default:
                    if (!check.That(Places.TryEvse(id, out var identity, out var evse), pointer + "/id", "invalidValue", "Must be a stationId, a slash and the EVSE's number, from 1.")) return null;
                    return await StationAsync(identity) is { } holder ? Places.Evse(holder.Id, evse) : null;
            }
        }

        async ValueTask<StationCard?> StationAsync(string identity)
        {
            var station = await stations.FindAsync(caller.Tenant, identity, ct);
            check.That(station is not null, pointer + "/id", "unknownStation", "There is no such station.");
            return station;
        }
    }
}
