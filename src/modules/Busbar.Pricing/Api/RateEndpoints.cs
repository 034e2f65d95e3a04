using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Pricing.Api;

/// <summary>A price sheet and the reasons for it.</summary>
internal sealed record RatedView(PriceTotal TotalCost, IReadOnlyList<PriceLine> Lines, IReadOnlyList<PricePeriod> Periods, IReadOnlyList<TraceEntry> Trace);

/// <summary>The rater itself, for anyone who wants to check it. Nothing is stored.</summary>
internal static class RateEndpoints
{
    // A trace has a text for each period and element: a thousand elements over a month of minutes would be gigabytes.
    private const long MostWork = 1_000_000;

    public static void Map(RouteGroupBuilder api) => api.MapPost("/rate", Rate).WithTags("Tariffs").WithSummary("Price a timeline by a tariff").Needs(Scope.TariffsRead);

    private static Results<Ok<RatedView>, ProblemHttpResult> Rate(Body<RateInput> body, Caller caller)
    {
        var input = body.Value;
        var check = new Check();
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, null, check);
        check.That(Zones.TryFind(input.TimeZone, out var zone), "/timeZone", "unknownTimeZone", "Must be an IANA time zone, such as Europe/Amsterdam.");
        input.Timeline.Examine(check, "/timeline");
        var context = input.ReadContext(check);
        if (check.Problem is { } problem) return problem;
        var (priced, sheet, tooLarge) = GuardedRater.Rate(document!.Tariff, zone!, input.Timeline.ToTimeline(), context);
        if (tooLarge is not null) return tooLarge;
        if ((long)priced!.Periods.Count * document.Tariff.Elements.Count > MostWork)
            return Problems.BadRequest("tooMuch", "The tariff has too many elements for a timeline with so many periods.");
        return TypedResults.Ok(new RatedView(sheet!.TotalCost, sheet.Lines, sheet.Periods, priced.Trace));
    }
}
