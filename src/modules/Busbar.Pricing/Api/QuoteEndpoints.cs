using Busbar.Customers;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>A session that might be: energy at constant power from <see cref="Start"/>, then the vehicle stays plugged in.</summary>
internal sealed record QuoteInput
{
    public string? StationId { get; init; }

    /// <summary>Instead of <see cref="StationId"/>: <c>loc…</c>.</summary>
    public string? LocationId { get; init; }

    /// <summary>With <see cref="StationId"/> only; counted from 1.</summary>
    public int? Evse { get; init; }

    /// <summary>For the prices of its group. A token that nobody knows is in no group.</summary>
    public string? TokenUid { get; init; }

    public required Instant Start { get; init; }
    public required Energy EnergyWh { get; init; }
    public required int ChargingSeconds { get; init; }
    public required int IdleSeconds { get; init; }
}

internal sealed record QuotedTariff(TariffId Id, int Version);

internal sealed record QuoteView(PriceTotal TotalCost, IReadOnlyList<PriceLine> Lines, IReadOnlyList<PricePeriod> Periods, QuotedTariff Tariff);

/// <summary>What a session would cost, by the tariff that it would be bound to. Nothing is stored.</summary>
internal static class QuoteEndpoints
{
    private const int LongestDays = 31;
    private static readonly Instant Horizon = Instant.FromUtc(2200, 1, 1, 0, 0);
    private const int LongestSeconds = LongestDays * 86_400;

    public static void Map(RouteGroupBuilder api) => api.MapPost("/quotes", Quote).WithTags("Tariffs").Needs(Scope.TariffsRead);

    private static async Task<Results<Ok<QuoteView>, ProblemHttpResult>> Quote(
        Body<QuoteInput> body, Caller caller, TariffBook book, IStationCatalog stations, ITokenBook tokens, CancellationToken ct)
    {
        var input = body.Value;
        if (Examine(input).Problem is { } problem) return problem;
        var group = input.TokenUid is { } uid ? (await tokens.JudgeAsync(caller.Tenant, uid, input.Start, ct)).GroupId : null;
        Place place;
        string zone;
        if (input.StationId is { } identity)
        {
            if (await stations.FindAsync(caller.Tenant, identity, ct) is not { } station) return Problems.NotFound("There is no such station.", "unknownStation");
            (place, zone) = (new Place(station.Location?.Value, station.Id, input.Evse ?? 0, group, input.Start), station.TimeZone);
        }
        else
        {
            if (!TypedId.TryParse<LocationId>(input.LocationId, out var id) || await stations.FindAsync(caller.Tenant, id, ct) is not { } location)
                return Problems.NotFound("There is no such location.", "unknownLocation");
            (place, zone) = (new Place(location.Id.Value, null, 0, group, input.Start), location.TimeZone);
        }
        if (await book.FindAsync(caller.Tenant, place, asOf: null, ct) is not { } pinned) return Problems.NotFound("No tariff is assigned there at that time.", "noTariff");
        var (_, sheet, tooLarge) = GuardedRater.Rate(pinned.Tariff, Zones.Find(zone), TimelineOf(input));
        if (tooLarge is not null) return tooLarge;
        return TypedResults.Ok(new QuoteView(sheet!.TotalCost, sheet.Lines, sheet.Periods, new QuotedTariff(pinned.Id, pinned.Version)));
    }

    private static Check Examine(QuoteInput input)
    {
        var check = new Check();
        check.That(input.StationId is not null || input.LocationId is not null, "/stationId", "required", "Name a station or a location.");
        check.That(input.StationId is null || input.LocationId is null, "/locationId", "invalidValue", "Name a station or a location, not both.");
        check.That(input.Evse is null || input.StationId is not null, "/evse", "invalidValue", "Needs a stationId.");
        check.That(input.Evse is null or > 0, "/evse", "invalidValue", "EVSEs count from 1.");
        check.OptionalText(input.TokenUid, "/tokenUid", 255);
        check.That(input.Start < Horizon, "/start", "invalidValue", "Must lie before the year 2200.");
        check.That(input.EnergyWh >= Energy.Zero, "/energyWh", "invalidValue", "Must not be negative.");
        check.That(input.ChargingSeconds is >= 0 and <= LongestSeconds, "/chargingSeconds", "invalidValue", $"Must be 0 to {LongestSeconds}.");
        check.That(input.IdleSeconds is >= 0 and <= LongestSeconds, "/idleSeconds", "invalidValue", $"Must be 0 to {LongestSeconds}.");
        return check;
    }

    internal static Timeline TimelineOf(QuoteInput input)
    {
        var charged = input.Start + Duration.FromSeconds(input.ChargingSeconds);
        return new Timeline
        {
            Start = input.Start,
            End = charged + Duration.FromSeconds(input.IdleSeconds),
            Readings = [new Reading(input.Start, Energy.Zero), new Reading(charged, input.EnergyWh)],
            States = [new StateChange(input.Start, VehicleState.Charging), new StateChange(charged, VehicleState.EvIdle)],
        };
    }
}
