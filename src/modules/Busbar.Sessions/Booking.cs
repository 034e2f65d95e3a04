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
internal sealed class Booking(ITariffBook tariffs)
{
    public async ValueTask<Booked> ApplyAsync(
        StationBook book, FactAt fact, string station, TenantId tenant, Func<string, Task<IReadOnlyList<Session>>> findOlder, CancellationToken ct)
    {
        var older = TransactionOf(fact.Fact) is { } id && Generations.AreMissing(book, fact, id) ? await findOlder(id) : [];
        var step = ChargingRules.Apply(book, fact, older);
        var cdrs = new List<(Session, Cdr)>();
        var after = step.Book;
        foreach (var changed in step.Changed)
        {
            var session = after.Find(changed);
            if (session is null || (session.IsOpen && session.Cdr is null)) continue;
            var billed = Bill(session, station, await TariffAsync(tenant, session, ct));
            if (billed.Session != session) after = after.With(billed.Session);
            cdrs.AddRange(billed.Cdrs.Select(cdr => (billed.Session, cdr)));
        }
        return new Booked(after, step.Changed, cdrs, step.TransactionId);
    }

    /// <summary>The pinned tariff of a session; null where none applied.</summary>
    public async ValueTask<Tariff?> TariffAsync(TenantId tenant, Session session, CancellationToken ct) =>
        session.Tariff is { } pin ? (await tariffs.PinnedAsync(tenant, pin.Hash, ct)).Tariff : null;

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
        ChargingFact.Unreadable unreadable => unreadable.TransactionId,
        _ => null,
    };

    private static Billed Bill(Session session, string station, Tariff? tariff)
    {
        try
        {
            return Biller.Bill(session, new BillingContext(station, tariff));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or OverflowException or DivideByZeroException or FormatException)
        {
            // A price that cannot be computed must not keep the energy from being recorded: the session waits for a person, with its evidence.
            return new Billed(session.WithIssue(Issues.RatingFailed) with { Phase = SessionPhase.Held }, []);
        }
    }
}
