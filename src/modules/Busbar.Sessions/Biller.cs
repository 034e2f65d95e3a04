using System.Text;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>CDRs to store, and the session that points at the newest.</summary>
internal sealed record Billed(Session Session, IReadOnlyList<Cdr> Cdrs);

/// <summary>
/// Makes the CDR of a session that has ended. Pure: the same session and tariff give the same bytes. A session that changes after its CDR gets a
/// credit for the old one and a new one, and only if the content differs.
/// </summary>
internal static class Biller
{
    /// <param name="tariff">As pinned; null where none applied.</param>
    public static Billed Bill(Session session, Tariff? tariff)
    {
        // A session that goes on after all, that a person has to look at or has waived, or that never charged takes back what it said.
        if (session.Phase != SessionPhase.Completed || session.Review is { Bill: false } || session.EndedAt is not { } endedAt) return TakeBack(session);
        var cdr = Draw(session, tariff, endedAt);
        session = CostComparison.Judge(session, cdr.TotalCost);
        var content = cdr.ContentHash();
        if (content == session.CdrContent) return new Billed(session, []);
        var credited = TakeBack(session);
        var version = (credited.Session.Cdr?.Version ?? 0) + 1;
        var next = cdr with { Id = IdOf(session, version), Version = version };
        return new Billed(session with { Cdr = RefOf(next), CdrContent = content, CdrLast = new ByteText(next.ToBytes()) }, [.. credited.Cdrs, next]);
    }

    /// <summary>Credits the CDR that speaks for the session; nothing where none does, or where it was credited before.</summary>
    private static Billed TakeBack(Session session)
    {
        if (session is not { Cdr: { } former, CdrLast: { } bytes }) return new Billed(session, []);
        var version = former.Version + 1;
        var credit = Cdr.Read(bytes.Bytes.Span).Credit(IdOf(session, version), version);
        return new Billed(session with { Cdr = RefOf(credit), CdrContent = null, CdrLast = null }, [credit]);
    }

    /// <summary>The price so far, of a session that goes on; null without a tariff.</summary>
    /// <param name="market">The market's prices so far, where they are not decided yet.</param>
    /// <exception cref="OverflowException">More than can be stored: there is no price then, as where it cannot be computed.</exception>
    public static PricedSession? Price(Session session, Tariff? tariff, Instant until, MeterVerdict verdict, IReadOnlyList<PriceCurve>? market = null)
    {
        if (tariff is null) return null;
        var priced = Rater.Rate(tariff, Zones.Find(session.Zone), RatingTimeline.Of(session, verdict, until), context: RatingContext.Of(session, market));
        CheckStorable(priced.Total, priced.Currency);
        return priced;
    }

    /// <exception cref="OverflowException">More than can be stored.</exception>
    public static void CheckStorable(Cost total, Currency currency)
    {
        _ = new Money(total.ExclTax, currency).ToMicros();
        _ = new Money(total.InclTax, currency).ToMicros();
    }

    private static Cdr Draw(Session session, Tariff? tariff, Instant endedAt)
    {
        var verdict = MeterJudge.Judge(session);
        var sheet = Price(session, tariff, endedAt, verdict) is { } priced ? PriceSheet.Of(priced) : null;
        return new Cdr
        {
            Id = "",
            SessionId = session.Id.ToString(),
            StationId = session.Station ?? throw new InvalidOperationException($"Session {session.Id} has ended and its start is not known."),
            Version = 0,
            CreditOf = null,
            Evse = session.Evse,
            Connector = session.Connector,
            TokenUid = session.Token?.Uid,
            StartedAt = session.StartedAt.ToRfc3339(),
            EndedAt = endedAt.ToRfc3339(),
            TimeZone = session.Zone,
            EnergyWh = PriceText.Trim(verdict.Energy.WattHours),
            TotalCost = sheet?.TotalCost,
            Tariff = session.Tariff is { } pin ? new CdrTariff(pin.TariffId, pin.Version, pin.Hash) : null,
            Lines = sheet?.Lines ?? [],
            Periods = sheet?.Periods ?? [],
            ContextHash = tariff is null ? null : RatingContext.HashOf(RatingContext.Of(session)),
        };
    }

    private static string IdOf(Session session, int version) => IdSource.Derived<CdrId>(
        (session.EndedAt ?? session.StartedAt).ToUnixTimeMilliseconds(), Encoding.UTF8.GetBytes($"{session.Id}/{version}")).ToString();

    private static CdrRef RefOf(Cdr cdr) => new(TypedId.TryParse<CdrId>(cdr.Id, out var id) ? id : throw new InvalidOperationException(cdr.Id), cdr.Version);
}
