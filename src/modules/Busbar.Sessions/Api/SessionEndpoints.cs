using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Api;

internal static class SessionEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var sessions = api.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapGet("", List).Needs(Scope.SessionsRead).WithinReach();
        sessions.MapGet("/{id}", Get).Needs(Scope.SessionsRead).WithinReach();
    }

    /// <summary>Newest first; <c>from</c> and <c>to</c> filter the start, the end of the range excluded.</summary>
    private static async Task<Results<Ok<Page<SessionView>>, ProblemHttpResult>> List(
        PageRequest page, Caller caller, Reach reach, SessionReach within, RoomDbFactory<SessionsDb> rooms, CancellationToken ct,
        string? stationId = null, string? status = null, string? tokenUid = null, string? from = null, string? to = null)
    {
        var check = new Check();
        var range = TimeRange.Read(check, from, to);
        SessionStatus? wanted = null;
        if (status is not null)
        {
            var known = Enum.TryParse<SessionStatus>(status, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(status[0]);
            check.That(known, "/status", "unknownValue", "One of pending, charging, suspended, completed, failed, held.");
            wanted = parsed;
        }
        if (check.Problem is { } problem) return problem;

        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Sessions.AsNoTracking().At(stations);
        if (stationId is not null) rows = rows.Where(row => row.Station == stationId);
        if (wanted is not (null or SessionStatus.Completed or SessionStatus.Failed)) rows = rows.Where(SessionsSchema.Unfinished);
        if (wanted is { } which) rows = rows.Where(row => row.Status == which);
        if (tokenUid is not null && FoundBy.Token(tokenUid) is var token) rows = rows.Where(row => row.TokenKey == token);
        if (range.From is { } start) rows = rows.Where(row => row.StartedAt >= start);
        if (range.To is { } end) rows = rows.Where(row => row.StartedAt < end);
        if (page.AfterId<SessionId>() is { } after) rows = rows.Where(row => row.Id < after);
        var found = await rows.OrderByDescending(row => row.Id).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Of(found, row => SessionView.Of(row, caller), row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<SessionDetail>, ProblemHttpResult>> Get(
        string id, Caller caller, Reach reach, SessionReach within, RoomDbFactory<SessionsDb> rooms, SessionFacts facts, CancellationToken ct)
    {
        if (!TypedId.TryParse<SessionId>(id, out var session)) return Problems.NotFound();
        SessionRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) row = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == session, ct);
        return row is null || !await within.CoversAsync(row.TenantId, reach, row.StationId, ct) ? Problems.NotFound() : Answers.Found(SessionDetail.Of(row, caller, await facts.OfAsync(row, caller, ct)), row.Version);
    }
}

/// <summary>A session as the API shows it.</summary>
internal record SessionView(
    SessionId Id, string StationId, int? Evse, int? Connector, string? TokenUid, string OcppTransactionId, string Status, Instant StartedAt, Instant? EndedAt,
    Energy EnergyWh, PriceTotal? Cost, CdrId? CdrId, int Version, IReadOnlyList<IssueView> Issues)
{
    /// <summary>What a person decided of it; left out where nobody did.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public ReviewView? Review { get; init; }

    public static SessionView Of(SessionRow row, Caller caller) => Of(row, SessionsJson.ReadSession(row.State), caller);

    public static SessionView Of(SessionRow row, Session session, Caller caller) => new(
        row.Id, row.Station, Number(session.Evse), Number(session.Connector), caller.Shown(session.Token?.Uid), session.TransactionId, StatusOf(row.Status), row.StartedAt,
        row.EndedAt, row.Energy, CostOf(row), session.Cdr?.Id, session.Version,
        [.. session.Issues.Select(code => new IssueView(code, CostComparison.DetailOf(code, session, CostOf(row)) ?? Busbar.Sessions.Issues.Detail(code)))])
    {
        Review = session.Review is { } review ? new ReviewView(review.Bill ? "bill" : "waive", review.Actor, review.At, review.Note) : null,
    };

    private static int? Number(int number) => number == 0 ? null : number;

    private static string StatusOf(SessionStatus status) => status.ToString().ToLowerInvariant();

    private static PriceTotal? CostOf(SessionRow row) => row is { Currency: { } code, CostExclTax: { } excl, CostInclTax: { } incl }
        ? PriceTotal.Of(new Cost(Money.FromMicros(excl, Currency.Parse(code)).Amount, Money.FromMicros(incl, Currency.Parse(code)).Amount), Currency.Parse(code))
        : null;
}

/// <param name="Decision"><c>bill</c> or <c>waive</c>.</param>
/// <param name="Actor">An operator's or a client's id.</param>
internal sealed record ReviewView(string Decision, string Actor, Instant At, string? Note);

internal sealed record IssueView(string Code, string Detail);

/// <summary>One session with its evidence: the timeline of its price, and the journalled facts that it came from.</summary>
internal sealed record SessionDetail(SessionView Session, TimelineView Timeline, IReadOnlyList<FactView> Facts)
    : SessionView(Session)
{
    public static SessionDetail Of(SessionRow row, Caller caller, IReadOnlyList<FactView> facts)
    {
        var session = SessionsJson.ReadSession(row.State);
        return new SessionDetail(SessionView.Of(row, session, caller), TimelineView.Of(session), facts);
    }

    [System.Text.Json.Serialization.JsonIgnore]
    public SessionView Session { get; } = Session;
}

/// <summary>The timeline that the session is priced by: what is read here can be put to <c>/rate</c>. What was told as it was told stands in the facts.</summary>
internal sealed record TimelineView(Instant Start, Instant End, IReadOnlyList<ReadingView> Readings, IReadOnlyList<StateChange> States)
{
    /// <summary>When energy was held back, whatever the station says of the vehicle; left out where it was not.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<WithheldTime>? Withheld { get; init; }

    public static TimelineView Of(Session session)
    {
        var verdict = MeterJudge.Judge(session);
        var timeline = RatingTimeline.Of(session, verdict, RatingTimeline.EndOf(session));
        var charge = new Dictionary<Instant, decimal>();
        foreach (var reading in session.Timeline.Readings)
        {
            if (reading.SocPercent is { } percent) charge[reading.At] = percent;
        }
        // Priced is what was sold since the start; a meter's register goes on from where it stood.
        var readings = timeline.Readings.Select(reading => new ReadingView(reading.At, reading.Register is { } sold ? Shown(verdict.Stood, sold) : null, reading.Interval, reading.Power?.Watts, reading.CurrentA,
            charge.TryGetValue(reading.At, out var percent) ? percent : null, reading.ExportRegister));
        // A reading that the meter's judge left nothing of says nothing here either.
        return new TimelineView(timeline.Start, timeline.End,
            [.. readings.Where(reading => reading is not { RegisterWh: null, IntervalWh: null, PowerW: null, CurrentA: null, SocPercent: null, ExportRegisterWh: null })], timeline.States)
        {
            Withheld = timeline.Withheld,
        };
    }

    // A register may stand at the end of what a number holds; what was sold since need not fit behind it.
    private static Energy Shown(Energy stood, Energy sold) => stood.MilliwattHours > long.MaxValue - sold.MilliwattHours ? sold : stood + sold;
}

/// <param name="ExportRegisterWh">What the vehicle gave back since the start; left out where it gives nothing back.</param>
internal sealed record ReadingView(
    Instant At, Energy? RegisterWh, Energy? IntervalWh, decimal? PowerW, decimal? CurrentA, decimal? SocPercent,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)] Energy? ExportRegisterWh = null);
