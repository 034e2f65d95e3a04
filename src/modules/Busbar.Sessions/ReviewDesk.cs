using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What came of a person's decision.</summary>
internal enum ReviewOutcome
{
    /// <summary>It is not durable now: decide again.</summary>
    NotDurable,
    Done,

    /// <summary>There is no such session.</summary>
    Missing,

    /// <summary>Something was told of it since they looked.</summary>
    Changed,

    /// <summary>It is not held, and was not waived.</summary>
    NotHeld,

    /// <summary>There is no bill that could be made of it.</summary>
    Unbillable,
}

/// <summary>
/// Lets a person decide of a session that is held, for the API and the console alike. A decision is a fact: it stands in the station's journal, with who took it and what they saw, and a
/// replay decides the same.
/// </summary>
internal sealed class ReviewDesk(RoomDbFactory<SessionsDb> rooms, IConclusions conclusions, TimeProvider clock)
{
    /// <param name="isSeen">Whether this is the version that they looked at.</param>
    /// <param name="bill">As it stands; false: never.</param>
    public async Task<ReviewOutcome> DecideAsync(Caller caller, string id, Func<int, bool> isSeen, bool bill, string? note, CancellationToken ct)
    {
        if (!TypedId.TryParse<SessionId>(id, out var wanted)) return ReviewOutcome.Missing;
        if (await FindAsync(caller, wanted, ct) is not { } row) return ReviewOutcome.Missing;
        var session = SessionsJson.ReadSession(row.State);
        if (!isSeen(session.Version)) return ReviewOutcome.Changed;
        if (!MayBeReviewed(session)) return ReviewOutcome.NotHeld;
        if (bill && !CanBeBilled(session)) return ReviewOutcome.Unbillable;
        var fact = new ChargingFact.Reviewed
        {
            Time = new StationTime(clock.GetInstant(), "", ClockQuality.Plausible), TransactionId = session.TransactionId, SessionId = row.Id.ToString(), Bill = bill, Seen = [.. session.Issues],
            Actor = caller.Actor, Note = note, Number = (session.Review?.Number ?? 0) + 1,
        };
        if (!await conclusions.ConcludeAsync(row.TenantId, row.StationId, fact, ct)) return ReviewOutcome.NotDurable;
        // Somebody else may have decided since the session was read: the journal has both, and the first one counts.
        var decided = await FindAsync(caller, wanted, ct) is { } now ? SessionsJson.ReadSession(now.State).Review : null;
        // By all that it says: a program decides twice in a millisecond.
        return (decided?.Number, decided?.Actor, decided?.At, decided?.Bill, decided?.Note) == (fact.Number, fact.Actor, fact.Time.At, fact.Bill, fact.Note) ? ReviewOutcome.Done : ReviewOutcome.Changed;
    }

    private async Task<SessionRow?> FindAsync(Caller caller, SessionId id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Sessions.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == id, ct);
    }

    /// <summary>One that was waived may be billed after all.</summary>
    public static bool MayBeReviewed(Session session) => session.Phase == SessionPhase.Held || session is { Phase: SessionPhase.Completed, Review.Bill: false };

    /// <summary>Without a start nobody knows what is sold and to whom; and a price that cannot be computed is none.</summary>
    public static bool CanBeBilled(Session session) => session.StartKnown && !session.Issues.Contains(Issues.RatingFailed);
}
