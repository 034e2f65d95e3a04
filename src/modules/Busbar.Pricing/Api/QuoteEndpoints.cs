using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
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

    /// <summary>For the prices of its group, its driver and its contract. A token that nobody knows is in no group.</summary>
    public string? TokenUid { get; init; }

    public required Instant Start { get; init; }
    public required Energy EnergyWh { get; init; }
    public required int ChargingSeconds { get; init; }
    public required int IdleSeconds { get; init; }

    /// <summary>What assignments call the driver; the token's uid and its driver count without it.</summary>
    public string? DriverId { get; init; }
    public string? Contract { get; init; }
    public string? Subscription { get; init; }
    public string? RoamingPartner { get; init; }

    /// <summary>Paid on the spot, without a contract.</summary>
    public bool AdHoc { get; init; }

    /// <summary><c>ac</c> or <c>dc</c>, for prices that depend on it; absent: as the station's EVSE is known.</summary>
    public string? EvseKind { get; init; }

    /// <summary>Tell which tariffs were asked, and what beat each.</summary>
    public bool Why { get; init; }
}

internal sealed record QuotedTariff(TariffId Id, int Version);

/// <param name="Why">Where it was asked for.</param>
internal sealed record QuoteView(PriceTotal TotalCost, IReadOnlyList<PriceLine> Lines, IReadOnlyList<PricePeriod> Periods, QuotedTariff Tariff, IReadOnlyList<WhyCandidate>? Why);

/// <summary>What a session would cost, by the tariff that it would be bound to. Nothing is stored.</summary>
internal static class QuoteEndpoints
{
    private const int LongestDays = 31;
    private static readonly Instant Horizon = Instant.FromUtc(2200, 1, 1, 0, 0);
    private const int LongestSeconds = LongestDays * 86_400;

    public static void Map(RouteGroupBuilder api) => api.MapPost("/quotes", Quote).WithTags("Tariffs").Needs(Scope.TariffsRead);

    private static async Task<Results<Ok<QuoteView>, ProblemHttpResult>> Quote(Body<QuoteInput> body, Caller caller, QuoteDesk desk, CancellationToken ct)
    {
        var input = body.Value;
        if (Examine(input).Problem is { } problem) return problem;
        EvseKind? kind = input.EvseKind switch { "ac" => EvseKind.Ac, "dc" => EvseKind.Dc, _ => null };
        var question = new PriceQuestion(input.StationId, input.LocationId, input.Evse, input.TokenUid, Whom(input));
        return await desk.AskAsync(caller.Tenant, question, kind, _ => TimelineOf(input), ct) switch
        {
            QuoteOutcome.Quoted { Sheet: var sheet } quoted => TypedResults.Ok(new QuoteView(
                sheet.TotalCost, sheet.Lines, sheet.Periods, new QuotedTariff(quoted.Tariff.Id, quoted.Tariff.Version), input.Why ? WhyCandidate.Of(quoted.Candidates) : null)),
            QuoteOutcome.NoTariff => Problems.NotFound("No tariff is assigned there at that time.", "noTariff"),
            QuoteOutcome.PriceMissing missing => Problems.Conflict("priceMissing", $"The curve {missing.Curve} has no price for a part of that time, and is set to refuse."),
            QuoteOutcome.TooLarge => GuardedRater.TooLarge(),
            _ => Nowhere(input.StationId),
        };
    }

    public static ProblemHttpResult Nowhere(string? stationId) => stationId is not null
        ? Problems.NotFound("There is no such station.", "unknownStation")
        : Problems.NotFound("There is no such location.", "unknownLocation");

    private static AskedFor Whom(QuoteInput input) => new()
    {
        DriverId = input.DriverId, Contract = input.Contract, Subscription = input.Subscription, RoamingPartner = input.RoamingPartner, AdHoc = input.AdHoc,
    };

    private static Check Examine(QuoteInput input)
    {
        var check = new Check();
        Asked.Examine(input.StationId, input.LocationId, input.Evse, input.TokenUid, check);
        Whom(input).Examine(check);
        check.That(input.EvseKind is null or "ac" or "dc", "/evseKind", "invalidValue", "Must be ac or dc.");
        check.That(input.Start >= NodaConstants.UnixEpoch, "/start", "invalidValue", "Must not lie before the year 1970.");
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
