using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Pricing.Api;

/// <summary>Why this price: every tariff that was asked, in the order of the rules.</summary>
internal static class WhyEndpoints
{
    public static void Map(RouteGroupBuilder tariffs) => tariffs.MapGet("/why", Why).Needs(Scope.TariffsRead)
        .WithDescription("Which tariff applies at `stationId` (and `evse`) or at `locationId`, for whom, at `at` (now by default), and what beat each other one.");

    private static async Task<Results<Ok<WhyView>, ProblemHttpResult>> Why(
        Caller caller, TariffBook book, QuoteDesk desk, TimeProvider clock, CancellationToken ct,
        string? stationId = null, string? locationId = null, int? evse = null, string? tokenUid = null, string? at = null,
        string? driverId = null, string? contract = null, string? subscription = null, string? roamingPartner = null, bool adHoc = false)
    {
        var check = new Check();
        var whom = new AskedFor { DriverId = driverId, Contract = contract, Subscription = subscription, RoamingPartner = roamingPartner, AdHoc = adHoc };
        Asked.Examine(stationId, locationId, evse, tokenUid, check);
        whom.Examine(check);
        var moment = Asked.Time(at, "/at", check) ?? clock.GetInstant();
        if (check.Problem is { } wrong) return wrong;
        if (await desk.PlaceAsync(caller.Tenant, new PriceQuestion(stationId, locationId, evse, tokenUid, whom), _ => moment, ct) is not { Place: var place }) return QuoteEndpoints.Nowhere(stationId);
        var candidates = await book.ExplainAsync(caller.Tenant, place, ct);
        var tariff = candidates is [{ Rule: PlacementRule.Wins, Placement.Tariff: { } pinned }, ..] ? new QuotedTariff(pinned.Id, pinned.Version) : null;
        return TypedResults.Ok(new WhyView(tariff, WhyCandidate.Of(candidates)));
    }
}
