using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Where and for whom a price is asked, as a caller names them.</summary>
/// <param name="StationId">The API's <c>stationId</c>; null: only the site is known.</param>
/// <param name="LocationId"><c>loc…</c>, where no station is named.</param>
/// <param name="Evse">From 1; null: any.</param>
internal sealed record PriceQuestion(string? StationId, string? LocationId, int? Evse, string? TokenUid, AskedFor Whom);

/// <summary>A place and who charges there, looked up.</summary>
/// <param name="Kind">What the EVSE delivers; null: nobody knows.</param>
internal sealed record AskedPlace(Place Place, DateTimeZone Zone, EvseKind? Kind);

/// <summary>What came of asking for a price.</summary>
internal abstract record QuoteOutcome
{
    private QuoteOutcome()
    {
    }

    /// <param name="Candidates">All that were asked, the winner first.</param>
    /// <param name="StoodIn">The curves that have no price for a part of the session: there the tariff's own price was taken.</param>
    public sealed record Quoted(
        PinnedTariff Tariff, PricedSession Priced, PriceSheet Sheet, DateTimeZone Zone, IReadOnlyList<Candidate> Candidates, IReadOnlyList<string> StoodIn) : QuoteOutcome;

    public sealed record NoStation : QuoteOutcome;

    public sealed record NoLocation : QuoteOutcome;

    public sealed record NoTariff : QuoteOutcome;

    /// <summary>The curve has no price for a part of the session, and is set to refuse.</summary>
    public sealed record PriceMissing(string Curve) : QuoteOutcome;

    /// <summary>The price is larger than any that can be told.</summary>
    public sealed record TooLarge : QuoteOutcome;
}

/// <summary>
/// What a session would cost, for the API and for the console by one way: by the tariff that a session with that token would be bound to there, what its EVSE delivers and what the
/// market says. Nothing is stored.
/// </summary>
internal sealed class QuoteDesk(TariffBook book, CurveBook curves, IStationCatalog stations, IStationFacts facts, ITokenBook tokens)
{
    /// <summary>Null: there is no such station, or no such location.</summary>
    public async Task<AskedPlace?> PlaceAsync(TenantId tenant, PriceQuestion question, Func<DateTimeZone, Instant> at, CancellationToken ct)
    {
        Place place;
        DateTimeZone zone;
        EvseKind? kind = null;
        if (question.StationId is { } identity)
        {
            if (await stations.FindAsync(tenant, identity, ct) is not { } station) return null;
            var evse = question.Evse ?? 0;
            zone = Zones.Find(station.TimeZone);
            place = new Place(station.Location?.Value, station.Id, evse, null, at(zone));
            kind = (await facts.FindAsync(tenant, station.Id, evse, ct)).Current.ToKind();
        }
        else
        {
            if (!TypedId.TryParse<LocationId>(question.LocationId, out var id) || await stations.FindAsync(tenant, id, ct) is not { } location) return null;
            zone = Zones.Find(location.TimeZone);
            place = new Place(location.Id.Value, null, 0, null, at(zone));
        }
        var whom = question.Whom;
        var token = question.TokenUid is { } uid ? await tokens.JudgeAsync(tenant, uid, place.At, ct) : null;
        return new AskedPlace(place with
        {
            TokenGroup = token is null ? whom.TokenGroup : token.GroupId, Driver = [.. token?.DriverNames ?? [], .. whom.DriverId is { } driver ? [driver] : Array.Empty<string>()],
            Contract = whom.Contract ?? token?.Contract, Subscription = whom.Subscription, Partner = whom.RoamingPartner, AdHoc = whom.AdHoc || token is { IsAdHoc: true },
        }, zone, kind);
    }

    /// <param name="kind">Instead of what the EVSE is known to deliver.</param>
    /// <param name="timeline">On the site's clock.</param>
    public async Task<QuoteOutcome> AskAsync(TenantId tenant, PriceQuestion question, EvseKind? kind, Func<DateTimeZone, Timeline> timeline, CancellationToken ct)
    {
        if (await PlaceAsync(tenant, question, zone => timeline(zone).Start, ct) is not { } asked) return question.StationId is null ? new QuoteOutcome.NoLocation() : new QuoteOutcome.NoStation();
        var candidates = await book.ExplainAsync(tenant, asked.Place, ct);
        if (candidates is not [{ Rule: PlacementRule.Wins, Placement.Tariff: { } pinned }, ..]) return new QuoteOutcome.NoTariff();
        var (tariff, session) = (pinned.Tariff, timeline(asked.Zone));
        var market = await curves.FindAsync(tenant, tariff, session.Start, session.End, ct);
        var context = new SessionContext { EvseKind = kind ?? asked.Kind, TokenGroup = asked.Place.TokenGroup, Curves = market };
        var (priced, sheet, tooLarge) = GuardedRater.Rate(tariff, asked.Zone, session, context);
        if (tooLarge is not null) return new QuoteOutcome.TooLarge();
        var stoodIn = StandIns.Of(tariff, priced!, session.Start, market);
        return await curves.RefusedAsync(tenant, tariff.Currency, stoodIn, ct) is { } missing
            ? new QuoteOutcome.PriceMissing(missing)
            : new QuoteOutcome.Quoted(pinned, priced!, sheet!, asked.Zone, candidates, stoodIn);
    }
}
