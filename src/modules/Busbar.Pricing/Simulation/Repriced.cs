using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>Why a session has no part in a simulation's sums.</summary>
internal enum SkipReason : byte
{
    None,

    /// <summary>Nothing was charged for it, in no currency: there is nothing to compare with.</summary>
    NotPriced,

    /// <summary>It was charged in another currency: amounts of two are never added.</summary>
    OtherCurrency,

    /// <summary>The version makes a price of it that is larger than can be stored.</summary>
    TooLarge,
}

/// <summary>One session, what was charged for it and what the version would charge. Amounts are millionths of the currency's unit.</summary>
/// <param name="Tariff">What it was pinned to; null: to none.</param>
/// <param name="Currency">Of what was charged; null: nothing was.</param>
/// <param name="StandsIn">In some of its time the version asks for a price of the market that nobody told.</param>
internal sealed record Repriced(
    string Session, StationId Station, Instant StartedAt, string? Tariff, int Version, SkipReason Skip, string? Currency, long BeforeExcl, long BeforeIncl, long AfterExcl, long AfterIncl, bool StandsIn = false)
{
    /// <summary>Of the price with tax: what a driver sees. Negative where they pay less.</summary>
    public long Difference => AfterIncl - BeforeIncl;

    /// <summary>Prices one session again. Pure: the same session, version and prices of the market give the same.</summary>
    /// <remarks>The version is taken as if it had been in force, whatever its own dates are: what it would have cost is the question.</remarks>
    public static Repriced Of(PastSession session, Tariff tariff, PastCurves market)
    {
        var charged = session.Charged;
        Repriced With(SkipReason skip, long excl = 0, long incl = 0, bool standsIn = false) => new(
            session.Id, session.Station, session.StartedAt, session.Tariff?.Id, session.Tariff?.Version ?? 0, skip, charged?.Currency.Code, charged?.ExclTaxMicros ?? 0, charged?.InclTaxMicros ?? 0, excl, incl, standsIn);

        if (charged is null) return With(SkipReason.NotPriced);
        if (charged.Currency != tariff.Currency) return With(SkipReason.OtherCurrency);
        try
        {
            var (context, standsIn) = market.For(session);
            var total = Rater.Rate(tariff, Zones.Find(session.Zone), session.Timeline, context: context).Total;
            return With(SkipReason.None, new Money(total.ExclTax, tariff.Currency).ToMicros(), new Money(total.InclTax, tariff.Currency).ToMicros(), standsIn);
        }
        catch (OverflowException)
        {
            return With(SkipReason.TooLarge);
        }
    }
}
