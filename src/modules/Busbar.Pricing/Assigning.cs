using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Where a tariff applies: one list, read whole and replaced whole.</summary>
internal static class Assigning
{
    private const int Maximum = 10_000;
    private const int MaximumPriority = 1_000;
    private const int MaximumGroup = 36;
    private const int MaximumName = 255;

    /// <summary>With the ids that masked ones stand for: who may not see uids puts back what they read, and takes nobody's price away by it. What is wrong stands in <paramref name="check"/>.</summary>
    public static async Task<IReadOnlyList<AssignmentInput>> WholeAsync(
        PricingDb db, TariffRow tariff, IReadOnlyList<AssignmentInput> inputs, Caller caller, Check check, CancellationToken ct)
    {
        if (caller.May(Scope.TokensReveal) || !inputs.Any(input => input.NamesPerson)) return inputs;
        var held = await db.Assignments.AsNoTracking()
            .Where(row => row.TariffId == tariff.Id && (row.Scope == AssignmentScope.Driver || row.Scope == AssignmentScope.Contract)).ToListAsync(ct);
        return [.. inputs.Select((input, i) => input.NamesPerson && input.Id is not null ? Whole(input, i) : input)];

        AssignmentInput Whole(AssignmentInput input, int i)
        {
            var meant = held.Where(row => row.Scope == input.Scope && Masked.Uid(row.ScopeId!) == input.Id).ToList();
            // The same end twice: what else was read of it says which.
            if (meant.Count > 1) meant = meant.FindAll(row => (row.Priority, row.ValidFrom, row.ValidUntil) == (input.Priority ?? 0, Stored(input.From), Stored(input.To)));
            if (meant is [var one]) return input with { Id = one.ScopeId };
            check.That(!input.Id!.StartsWith(Masked.Mark), $"/{i}/id", "maskedId", "This is an id as it is masked, and not of one assignment of this tariff: write it whole.");
            return input;
        }
    }

    /// <summary>What each is compared by, in order; what is wrong stands in <paramref name="check"/>.</summary>
    public static async Task<IReadOnlyList<string>> PlacesAsync(IReadOnlyList<AssignmentInput> inputs, Caller caller, IStationCatalog stations, Check check, CancellationToken ct)
    {
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
        return places;
    }

    /// <param name="places">Of <see cref="PlacesAsync"/>, all of them.</param>
    public static async Task<IReadOnlyList<AssignmentRow>> ReplaceAsync(
        PricingDb db, TariffRow tariff, IReadOnlyList<AssignmentInput> inputs, IReadOnlyList<string> places, Instant now, CancellationToken ct)
    {
        Publishing.Change(tariff, now);
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
        return rows;
    }

    private static AssignmentRow Made(AssignmentInput input, string place, TariffRow tariff) => new()
    {
        TenantId = tariff.TenantId, TariffId = tariff.Id, Scope = input.Scope, Place = place, Priority = input.Priority ?? 0,
        ValidFrom = Stored(input.From), ValidUntil = Stored(input.To), AssignedAt = tariff.ChangedAt,
    };

    private static (AssignmentScope, string, int, Instant?, Instant?) ContentOf(AssignmentRow row) => (row.Scope, row.Place, row.Priority, row.ValidFrom, row.ValidUntil);

    /// <summary>As the column has it: in milliseconds.</summary>
    private static Instant? Stored(Instant? at) => at is { } instant ? Instant.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds()) : null;

    /// <summary>Null where the assignment is wrong: it stands in <paramref name="check"/>.</summary>
    private static async ValueTask<string?> PlaceAsync(AssignmentInput input, string pointer, Caller caller, IStationCatalog stations, Check check, CancellationToken ct)
    {
        var ok = check.That(input.Priority is null or (>= -MaximumPriority and <= MaximumPriority), pointer + "/priority", "invalidValue", $"Must be -{MaximumPriority} to {MaximumPriority}.");
        ok &= check.That(input.From is null || !(input.To <= input.From), pointer + "/to", "emptyWindow", "Must lie after from.");
        var place = input.Scope is AssignmentScope.Tenant or AssignmentScope.AdHoc
            ? check.That(input.Id is null, pointer + "/id", "invalidValue", "This scope has no id here.") ? input.Scope == AssignmentScope.Tenant ? Places.Tenant : Places.AdHoc : null
            : check.That(input.Id is not null, pointer + "/id", "required", "Is missing.") ? await PlaceAsync(input.Scope, input.Id!) : null;
        return ok ? place : null;

        async ValueTask<string?> PlaceAsync(AssignmentScope scope, string id)
        {
            switch (scope)
            {
                case AssignmentScope.TokenGroup:
                    return check.Text(id, pointer + "/id", MaximumGroup) ? Places.TokenGroup(id) : null;
                case AssignmentScope.RoamingPartner or AssignmentScope.Subscription or AssignmentScope.Contract or AssignmentScope.Driver:
                    return check.Text(id, pointer + "/id", MaximumName) ? Places.Named(scope, id) : null;
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
