using System.Buffers.Binary;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What one fact came to: the new book, the sessions it changed, and the CDRs that follow.</summary>
internal sealed record Booked(StationBook Book, IReadOnlyList<SessionId> Changed, IReadOnlyList<(Session Session, Cdr Cdr)> Cdrs, string? TransactionId);

/// <summary>
/// Applies a fact and bills what it closed: the one path for facts as they come, for a book that is loaded, and for a rebuild. The tariff is read by the
/// hash that the session pinned.
/// </summary>
internal sealed class Booking(ITariffBook tariffs, Market market)
{
    public async ValueTask<Booked> ApplyAsync(
        StationBook book, FactAt fact, TenantId tenant, Func<string, Task<IReadOnlyList<Session>>> findOlder, CancellationToken ct)
    {
        var older = TransactionOf(fact.Fact) is { } id && AreMissing(book, fact, id) ? await findOlder(id) : [];
        var step = ChargingRules.Apply(book, fact, older);
        var cdrs = new List<(Session, Cdr)>();
        var after = step.Book;
        foreach (var changed in step.Changed)
        {
            var session = after.Find(changed);
            if (session is not null && fact.Decided.Curves is { } decided) (session, after) = WithCurves(session, after, decided);
            if (session is null || (session.IsOpen && session.Cdr is null)) continue;
            var billed = await BillAsync(tenant, session, ct);
            if (billed.Session != session) after = after.With(billed.Session);
            cdrs.AddRange(billed.Cdrs.Select(cdr => (billed.Session, cdr)));
        }
        return new Booked(after, step.Changed, cdrs, step.TransactionId);
    }

    /// <summary>What must be decided of the market's prices before the fact can be journalled; null: nothing.</summary>
    public ValueTask<IReadOnlyList<DecidedCurves>?> CurvesAsync(TenantId tenant, Booked booked, CancellationToken ct) => market.DecideAsync(tenant, booked.Book, booked.Changed, ct);

    /// <summary>The energy and the price so far; without a price where there is no tariff, where it cannot be computed, and where a person decided that nobody pays.</summary>
    /// <param name="running">What is kept of the session from reading to reading; null: it is rated whole.</param>
    public async ValueTask<PriceSoFar> PriceAsync(TenantId tenant, Session session, RunningPrice? running, CancellationToken ct)
    {
        if (!session.Issues.Contains(Issues.RatingFailed) && session.Review is not { Bill: false } && session.Tariff is { } pin && await tariffs.PinnedAsync(tenant, pin.Hash, ct) is { Tariff: var tariff })
        {
            var curves = await market.SoFarAsync(tenant, session, tariff, RatingTimeline.EndOf(session), ct);
            if (Rated(tariff, _ => (running ?? new RunningPrice()).Of(session, tariff, curves)) is { } priced) return priced;
        }
        return new PriceSoFar(MeterJudge.Judge(session).Energy, null, RatingTimeline.EndOf(session), null);
    }

    public static FactAt FactOf(StationKey key, long epoch, ChargingFact fact, long n, Instant receivedAt, Decided decided)
    {
        Span<byte> place = stackalloc byte[48];
        key.Tenant.Value.TryWriteBytes(place[..16], bigEndian: true, out _);
        key.Station.TryWriteBytes(place[16..32], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(place[32..40], epoch);
        BinaryPrimitives.WriteInt64BigEndian(place[40..48], n);
        return new FactAt(fact, receivedAt, new JournalPlace(epoch, n), decided, IdSource.Derived<SessionId>(receivedAt.ToUnixTimeMilliseconds(), place));
    }

    public static string? TransactionOf(ChargingFact fact) => fact switch
    {
        ChargingFact.Started started => started.TransactionId,
        ChargingFact.Updated updated => updated.TransactionId,
        ChargingFact.Ended ended => ended.TransactionId,
        ChargingFact.StatusReported reported => reported.TransactionId,
        ChargingFact.GapsAbandoned abandoned => abandoned.TransactionId,
        ChargingFact.Reviewed reviewed => reviewed.TransactionId,
        ChargingFact.Unreadable unreadable => unreadable.TransactionId,
        _ => null,
    };

    // A review names its session, which most often ended long before.
    private static bool AreMissing(StationBook book, FactAt fact, string transactionId) => fact.Fact is ChargingFact.Reviewed reviewed
        ? !TypedId.TryParse<SessionId>(reviewed.SessionId, out var id) || book.Find(id) is null
        : Generations.AreMissing(book, fact, transactionId);

    private static (Session, StationBook) WithCurves(Session session, StationBook book, IReadOnlyList<DecidedCurves> decided)
    {
        if (decided.FirstOrDefault(curves => curves.Session == session.Id) is not { } own) return (session, book);
        var refused = session.Curves?.Refused;
        session = session with { Curves = SessionCurves.Of(session.Curves, own) };
        // What was delivered cannot be refused: it is held.
        if ((refused ?? session.Curves.Refused) is not null) session = Settlement.Of(session);
        return (session, book.With(session));
    }

    private async ValueTask<Billed> BillAsync(TenantId tenant, Session session, CancellationToken ct)
    {
        // Without a price there is nothing to fail: such a session at most takes back what it said.
        if (session.Phase != SessionPhase.Completed) return Biller.Bill(session, null);
        // A price that cannot be computed must not keep the energy from being recorded: the session waits for a person, with its evidence.
        return await RateAsync(tenant, session, tariff => Biller.Bill(session, tariff), ct)
            ?? Biller.Bill(session.WithIssue(Issues.RatingFailed) with { Phase = SessionPhase.Held }, null);
    }

    /// <summary>
    /// Null where the pinned version is lost or damaged, or the price cannot be computed: that stays so however often a station repeats itself. An
    /// outage of the database passes, so its exception goes on to the station, which tells it again.
    /// </summary>
    private async ValueTask<T?> RateAsync<T>(TenantId tenant, Session session, Func<Tariff?, T?> rate, CancellationToken ct) where T : class
    {
        Tariff? tariff = null;
        if (session.Tariff is { } pin)
        {
            if (await tariffs.PinnedAsync(tenant, pin.Hash, ct) is not { } pinned) return null;
            tariff = pinned.Tariff;
        }
        return Rated(tariff, rate);
    }

    private static T? Rated<T>(Tariff? tariff, Func<Tariff?, T?> rate) where T : class
    {
        try { return rate(tariff); }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or OverflowException or DivideByZeroException or FormatException)
        {
            return null;
        }
    }
}
