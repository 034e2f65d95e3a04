using System.Security.Cryptography;
using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Takes from the other rooms what a fact's decision needs; the answer is journalled with the fact.</summary>
internal sealed class Judgement(ITokenBook tokens, ITagGuard guard, StartsUnderWay starts, ITariffBook tariffs, IStationFacts stations, RoomDbFactory<SessionsDb> rooms)
{
    /// <summary>
    /// A start that is told later than this is priced by what was published when it began. Until then by what is published now: a station's clock is no more exact. A start
    /// of before the station was registered is told by a clock or a system that is not ours to reckon with: it too is priced by what is published now.
    /// </summary>
    private static readonly Duration Late = Duration.FromMinutes(1);

    // Of one token at once; no limit is higher.
    private const int MaximumSessions = 1_000;

    private static readonly SessionStatus[] Open = [SessionStatus.Pending, SessionStatus.Charging, SessionStatus.Suspended];

    public async ValueTask<Decided> DecideAsync(StationSeat seat, FactFrame frame, StationBook book, string station, CancellationToken ct) => frame.Fact switch
    {
        ChargingFact.Started start => await StartAsync(seat, start, frame.ReceivedAt, book, station, ct),
        ChargingFact.Updated { Token: { } token } update => WithToken(Decided.Nothing, await JudgeAsync(seat, token, StationClock.Correct(update.Time, frame.ReceivedAt).At, frame.ReceivedAt, null, ct)),
        ChargingFact.Ended { Token: { } token } end => WithToken(Decided.Nothing, await JudgeAsync(seat, token, StationClock.Correct(end.Time, frame.ReceivedAt).At, frame.ReceivedAt, null, ct)),
        _ => Decided.Nothing,
    };

    /// <summary>May this token charge?</summary>
    /// <param name="at">When it was shown.</param>
    /// <param name="toldAt">When that was heard.</param>
    /// <param name="starting">The transaction that it starts, which does not count itself; null where it starts none: only a start is refused because the token
    /// charges elsewhere (1.6 7.2 and 2.0.1 part 2, AuthorizationStatusEnumType: ConcurrentTx).</param>
    public async ValueTask<TokenVerdictText> JudgeAsync(StationSeat seat, PresentedToken token, Instant at, Instant toldAt, string? starting, CancellationToken ct) =>
        (await AskAsync(seat, token, at, toldAt, starting, ct)).Text;

    /// <summary>As <see cref="JudgeAsync"/>, with what is known of the token; null: nobody was asked.</summary>
    private async ValueTask<(TokenVerdictText Text, TokenVerdict? Known)> AskAsync(StationSeat seat, PresentedToken token, Instant at, Instant toldAt, string? starting, CancellationToken ct)
    {
        if (guard.IsClosed(seat, toldAt, toldAt - at > Late) && !tokens.Remembers(seat.Tenant, token.Uid)) return (TokenVerdictText.Invalid, null);
        var verdict = await tokens.JudgeAsync(seat.Tenant, token.Uid, at, ct);
        if (verdict.Status == TokenStatus.Unknown) guard.Unknown(seat, token, toldAt);
        var status = verdict.Status switch
        {
            TokenStatus.Accepted => "Accepted",
            TokenStatus.Blocked => "Blocked",
            TokenStatus.Expired => "Expired",
            _ => "Invalid",
        };
        if (status == "Accepted" && starting is not null && verdict.ConcurrentSessions is { } limit && await OthersAsync(seat, token, starting, ct) >= limit)
            status = "ConcurrentTx";
        return (new TokenVerdictText(status, verdict.GroupId, verdict.ValidUntil), verdict);
    }

    private async ValueTask<Decided> StartAsync(StationSeat seat, ChargingFact.Started start, Instant receivedAt, StationBook book, string station, CancellationToken ct)
    {
        var (startedAt, _) = StationClock.Correct(start.Time, receivedAt);
        var transactionId = start.TransactionId is null ? AssignId(book) : null;
        var (verdict, known) = start.Token is { } token ? await AskAsync(seat, token, startedAt, receivedAt, start.TransactionId ?? transactionId, ct) : default;
        var evse = start.Evse ?? 0;
        var facts = await stations.FindAsync(seat.Tenant, seat.Station, evse, ct);
        var asOf = facts.CreatedAt <= startedAt && receivedAt - startedAt > Late ? startedAt : (Instant?)null;
        var pinned = await tariffs.FindAsync(new TariffQuestion(seat.Tenant, facts.Location, seat.Station, evse, null, startedAt, asOf).For(known, start.Token), ct);
        return WithToken(new Decided
        {
            TransactionId = transactionId,
            Tariff = pinned is null ? null : new TariffPin(pinned.Id.ToString(), pinned.Version, pinned.Hash),
            Station = station,
            Zone = facts.ZoneId,
            RatedPower = facts.RatedPower,
            Current = facts.Current,
        }, verdict);
    }

    // Unguessable, so that one station cannot name another's transaction (and a journalled decision, so that a replay has the same one).
    private static string AssignId(StationBook book)
    {
        while (true)
        {
            var id = RandomNumberGenerator.GetInt32(1, int.MaxValue).ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (book.Find(id) is null) return id;
        }
    }

    /// <summary>How many sessions it has elsewhere, with those of this process that have just been judged and are not in the table yet.</summary>
    private async ValueTask<int> OthersAsync(StationSeat seat, PresentedToken token, string starting, CancellationToken ct)
    {
        var key = FoundBy.Token(token.Uid);
        starting = FoundBy.Transaction(starting);
        starts.Enter(seat, key, starting);
        await using var db = await rooms.OpenAsync(TenantScope.Of(seat.Tenant), ct);
        var open = await db.Sessions.AsNoTracking()
            .Where(row => row.TokenKey == key && Open.Contains(row.Status) && !(row.StationId == seat.Station && row.TransactionId == starting))
            .Select(row => new StartUnderWay(row.StationId, row.TransactionId)).Take(MaximumSessions).ToListAsync(ct);
        return starts.CountBefore(seat, open);
    }

    private static Decided WithToken(Decided decided, TokenVerdictText? verdict) => verdict is null ? decided : decided with
    {
        TokenStatus = verdict.Status,
        TokenGroup = verdict.GroupId,
        TokenValidUntil = verdict.ValidUntil,
    };
}
