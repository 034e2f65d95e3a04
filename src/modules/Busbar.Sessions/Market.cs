using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Asks for the market's prices that a session's tariff follows: once for what is decided and journalled, again and again for what a session costs so far.</summary>
internal sealed class Market(ITariffBook tariffs, ICurveBook curves)
{
    private static readonly ConditionalWeakTable<Tariff, CurveNames> Named = [];

    /// <summary>What must be decided of the sessions that a fact changed; null where nothing must, which is so with all but a few facts.</summary>
    public async ValueTask<IReadOnlyList<DecidedCurves>?> DecideAsync(TenantId tenant, StationBook book, IReadOnlyList<SessionId> changed, CancellationToken ct)
    {
        List<DecidedCurves>? decided = null;
        foreach (var id in changed)
        {
            if (book.Find(id) is not { StartKnown: true, Tariff: { } pin } session) continue;
            // What is only held ends for now: its end may come after all, and then it is longer.
            var ended = session is { Phase: SessionPhase.Completed, EndedAt: not null };
            // Somebody has released it although prices were missing: they may have been told since.
            var again = ended && session is { Review.Bill: true, Curves: { Refused: not null, AskedAgain: false } };
            var from = !again && session.Curves?.Until is { } until && session.Curves.Whole is not null ? until : session.StartedAt;
            if (!again && session.Curves is { AtStart: not null, Whole: not null } && (!ended || session.EndedAt <= from)) continue;
            if (await tariffs.PinnedAsync(tenant, pin.Hash, ct) is not { Tariff: var tariff }) continue;
            var names = NamesOf(tariff);
            var (start, whole) = (names.AtStart.Count > 0 && (again || session.Curves?.AtStart is null), names.Whole.Count > 0 && ended && (again || session.Curves?.Whole is null || session.EndedAt > from));
            if (!start && !whole) continue;
            var atStart = start ? SessionCurves.At(await FindAsync(names.AtStart, session.StartedAt, session.StartedAt + Duration.FromMilliseconds(1)), names.AtStart, session.StartedAt) : null;
            var between = whole ? SessionCurves.Between(await FindAsync(names.Whole, from, session.EndedAt!.Value), from, session.EndedAt!.Value) : null;
            (decided ??= []).Add(new DecidedCurves(id, atStart, between)
            {
                Until = whole ? session.EndedAt : null, Again = again, Refused = await curves.RefusedAsync(tenant, tariff.Currency, [.. (atStart ?? []).Concat(between ?? []).Where(curve => curve.Prices.Contains(null)).Select(curve => curve.Name)], ct),
            });

            ValueTask<IReadOnlyList<PriceCurve>> FindAsync(IReadOnlyCollection<string> which, Instant from, Instant until) =>
                curves.FindAsync(tenant, tariff.Currency, which, from, until, ct);
        }
        return decided;
    }

    /// <summary>What is known now of the session's time until then; null where its tariff does not ask for it, or it is decided.</summary>
    public async ValueTask<IReadOnlyList<PriceCurve>?> SoFarAsync(TenantId tenant, Session session, Tariff tariff, Instant until, CancellationToken ct)
    {
        if (session.Curves?.Whole is not null || NamesOf(tariff).Whole is not { Count: > 0 } names) return null;
        return await curves.FindAsync(tenant, tariff.Currency, names, session.StartedAt, Instant.Max(until, session.StartedAt), ct);
    }

    private static CurveNames NamesOf(Tariff tariff) => Named.GetValue(tariff, static tariff => new CurveNames(Of(tariff, CurveLock.AtStart), Of(tariff, CurveLock.EachInterval)));

    private static List<string> Of(Tariff tariff, CurveLock locked) =>
        [.. tariff.Elements.SelectMany(element => element.Components).Select(component => component.Curve).OfType<CurvePricing>().Where(curve => curve.Lock == locked).Select(curve => curve.Name).Distinct()];

    private sealed record CurveNames(IReadOnlyList<string> AtStart, IReadOnlyList<string> Whole);
}
