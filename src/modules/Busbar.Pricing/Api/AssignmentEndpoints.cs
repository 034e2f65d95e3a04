using Busbar.Identity.Http;
using Busbar.Pricing.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>One place where a tariff applies; the same form for PUT and GET.</summary>
internal sealed record AssignmentInput
{
    public required AssignmentScope Scope { get; init; }

    /// <summary>A location's <c>loc…</c>, a <c>stationId</c>, <c>stationId/evse</c> a token group, a token's uid or
    /// another name of a driver, or the name of a contract, a subscription or a roaming partner; absent for <c>tenant</c> and <c>adHoc</c>.</summary>
    public string? Id { get; init; }

    /// <summary>The higher wins, whatever the scope; 0 by default.</summary>
    public int? Priority { get; init; }

    public Instant? From { get; init; }

    /// <summary>The first instant at which it no longer applies.</summary>
    public Instant? To { get; init; }

    /// <summary>It is for one driver, or for one contract: its id is a token's uid, or as good as one.</summary>
    internal bool NamesPerson => Scope is AssignmentScope.Driver or AssignmentScope.Contract;

    /// <summary>As the caller may see it.</summary>
    public static AssignmentInput Of(AssignmentRow row, Caller caller) => new()
    {
        Scope = row.Scope, Id = row.NamesPerson ? caller.Shown(row.ScopeId) : row.ScopeId, Priority = row.Priority, From = row.ValidFrom, To = row.ValidUntil,
    };
}

/// <summary>
/// A tariff's assignments are one list, replaced as a whole; the ETag is the tariff's. Who may not see uids reads drivers and contracts by their ends, and puts these back for what they stand for.
/// </summary>
internal static class AssignmentEndpoints
{
    public static void Map(RouteGroupBuilder assignments)
    {
        assignments.MapPut("", Replace).Needs(Scope.TariffsWrite);
        assignments.MapGet("", Get).Needs(Scope.TariffsRead);
    }

    // A PUT says the whole list, so a repeat publishes nothing twice; If-Match is honoured where it is sent.
    private static async Task<Results<Versioned<Page<AssignmentInput>>, ProblemHttpResult>> Replace(
        string id, Body<IReadOnlyList<AssignmentInput>> body, IfMatch ifMatch, Caller caller, TariffDesk desk, CancellationToken ct)
    {
        var outcome = await desk.AssignAsync(caller, id, RevisionGuard.Of(ifMatch), body.Value, ct);
        return outcome is TariffOutcome.Assigned done ? Answers.Found(View(done.Rows, caller), done.Tariff.Revision) : Required.Problem(outcome);
    }

    private static async Task<Results<Versioned<Page<AssignmentInput>>, ProblemHttpResult>> Get(string id, Caller caller, RoomDbFactory<PricingDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffDesk.FindAsync(db, id, ct) is not { } tariff) return Problems.NotFound();
        return Answers.Found(View(await db.Assignments.AsNoTracking().Where(row => row.TariffId == tariff.Id).OrderBy(row => row.Position).ToListAsync(ct), caller), tariff.Revision);
    }

    /// <summary>All of them on one page: what is read here can be changed and put back.</summary>
    private static Page<AssignmentInput> View(IEnumerable<AssignmentRow> rows, Caller caller) => new([.. rows.Select(row => AssignmentInput.Of(row, caller))], null);
}
