using Busbar.Identity.Http;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>The rater for whoever asks: each number is within its own limits, and their product may still be beyond what a decimal holds.</summary>
internal static class GuardedRater
{
    public static ProblemHttpResult TooLarge() => Problems.BadRequest("tooMuch", "The price is larger than any that can be told.");

    /// <returns>The price sheet, or what is wrong; never both.</returns>
    public static (PricedSession? Priced, PriceSheet? Sheet, ProblemHttpResult? Problem) Rate(Tariff tariff, DateTimeZone zone, Timeline timeline, SessionContext? context = null)
    {
        try
        {
            var priced = Rater.Rate(tariff, zone, timeline, context: context);
            return (priced, PriceSheet.Of(priced), null);
        }
        catch (OverflowException)
        {
            return (null, null, TooLarge());
        }
    }
}
