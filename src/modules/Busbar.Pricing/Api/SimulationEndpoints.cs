using System.Globalization;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Simulation;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>Which finished sessions are priced again: those that began from <see cref="From"/> to before <see cref="To"/>.</summary>
internal record SimulationInput
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }

    /// <summary>Only those at stations that stand there now: <c>loc…</c>.</summary>
    public string? LocationId { get; init; }
    public string? StationId { get; init; }

    /// <summary>With <see cref="StationId"/> only; counted from 1.</summary>
    public int? Evse { get; init; }

    /// <summary>Only those that were pinned to a version of it: <c>tar…</c>.</summary>
    public string? TariffId { get; init; }
}

/// <summary>A price that is not stored, over past sessions.</summary>
internal sealed record DocumentSimulationInput : SimulationInput
{
    /// <summary>An OCPI tariff object.</summary>
    public required JsonElement Tariff { get; init; }

    /// <summary><c>2.2.1</c> or <c>2.3.0</c>; absent: inferred.</summary>
    public string? OcpiVersion { get; init; }
}

/// <param name="TariffId">What is simulated; null: a document that is not stored.</param>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>done</c>, <c>failed</c> or <c>cancelled</c>.</param>
/// <param name="Done">Sessions looked at, of <paramref name="Total"/>.</param>
/// <param name="Failure"><c>damaged</c>: the version's bytes are not what they were; <c>internalError</c>: see the log.</param>
/// <param name="Result">Once it is done.</param>
internal sealed record SimulationView(
    SimulationId Id, TariffId? TariffId, int? Version, string Hash, Currency Currency, Instant From, Instant To, LocationId? LocationId, StationId? Station, int? Evse, string? OfTariffId,
    SimulationState State, long Done, long Total, string? Failure, Instant CreatedAt, Instant? StartedAt, Instant? EndedAt, JsonElement? Result)
{
    public static SimulationView Of(SimulationRow row) => Of(row, whole: true);

    /// <summary>As it stands in a list.</summary>
    public static SimulationView InList(SimulationRow row) => Of(row, whole: false);

    private static SimulationView Of(SimulationRow row, bool whole) => new(
        row.Id, row.TariffId, row.Version, row.Hash, Currency.Parse(row.Currency), row.FromAt, row.ToAt, row.Location,
        row.Station, row.Evse, row.OfTariff, row.State, row.Done, row.Total, row.Failure, row.CreatedAt, row.StartedAt, row.EndedAt,
        whole && row.Result is { } result ? JsonElement.Parse(result) : null);
}

/// <summary>What a price would have earned: started here, done in the background, one at a time in a tenant.</summary>
internal static class SimulationEndpoints
{
    private const string Both = "Needs `sessions:read` too. 409 `simulationRuns` while another of the tenant waits or runs.";

    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/tariffs/{id}/versions/{version:int}/simulations", OfVersion).WithTags("Simulations").Needs(Scope.TariffsRead).WithDescription(Both);
        var simulations = api.MapGroup("/simulations").WithTags("Simulations");
        simulations.MapPost("", OfDocument).Needs(Scope.TariffsRead).WithDescription(Both);
        simulations.MapGet("", List).Needs(Scope.TariffsRead).WithDescription("Newest first, without their results. Needs `sessions:read` too.");
        simulations.MapGet("/{id}", Get).Needs(Scope.TariffsRead).WithDescription("Needs `sessions:read` too.");
        simulations.MapDelete("/{id}", Cancel).Needs(Scope.TariffsRead).WithDescription("Ends one that waits or runs; one that is over is removed. Needs `sessions:read` too.");
        simulations.MapGet("/{id}/sessions", Sessions).Needs(Scope.TariffsRead).WithDescription("By their start. Needs `sessions:read` too.");
    }

    private static async Task<Results<Made<SimulationView>, ProblemHttpResult>> OfVersion(
        string id, int version, Body<SimulationInput> body, Caller caller, RoomDbFactory<PricingDb> rooms, SimulationDesk desk, IStationCatalog stations, CancellationToken ct)
    {
        if (Refused(caller) is { } refused) return refused;
        VersionRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct))
        {
            if (await TariffDesk.FindAsync(db, id, ct) is not { } found) return Problems.NotFound();
            row = await db.Versions.AsNoTracking().SingleOrDefaultAsync(it => it.TariffId == found.Id && it.Version == version, ct);
        }
        if (row is null) return Problems.NotFound();
        if (TariffJson.Hash(row.Canonical) != row.Hash || !TariffJson.TryRead(row.Canonical, out var tariff, out _))
            return Problems.Conflict("damaged", "The version's bytes were changed in the database: it prices nothing.");
        return await StartAsync(caller, (row.TariffId, row.Version), tariff, body.Value, new Check(), desk, stations, ct);
    }

    private static async Task<Results<Made<SimulationView>, ProblemHttpResult>> OfDocument(
        Body<DocumentSimulationInput> body, Caller caller, SimulationDesk desk, IStationCatalog stations, CancellationToken ct)
    {
        if (Refused(caller) is { } refused) return refused;
        var check = new Check();
        var document = OcpiDocument.Read(body.Value.Tariff, body.Value.OcpiVersion, null, check);
        return await StartAsync(caller, null, document?.Tariff, body.Value, check, desk, stations, ct);
    }

    private static async Task<Results<Made<SimulationView>, ProblemHttpResult>> StartAsync(
        Caller caller, (TariffId, int)? of, Tariff? tariff, SimulationInput input, Check check, SimulationDesk desk, IStationCatalog stations, CancellationToken ct)
    {
        check.That(input.From < input.To, "/to", "emptyWindow", "Must lie after from.");
        check.That(input.Evse is null || input.StationId is not null, "/evse", "invalidValue", "Needs a stationId.");
        check.That(input.Evse is null or > 0, "/evse", "invalidValue", "EVSEs count from 1.");
        check.That(input.TariffId is null || TypedId.TryParse<TariffId>(input.TariffId, out _), "/tariffId", "invalidValue", "Must be a tariff's id.");
        LocationId? location = null;
        if (input.LocationId is { } place)
        {
            var known = TypedId.TryParse<LocationId>(place, out var asked) ? await stations.FindAsync(caller.Tenant, asked, ct) : null;
            if (check.That(known is not null, "/locationId", "unknownLocation", "There is no such location.")) location = known!.Id;
        }
        StationId? station = null;
        if (input.StationId is { } identity)
        {
            var known = await stations.FindAsync(caller.Tenant, identity, ct);
            if (check.That(known is not null, "/stationId", "unknownStation", "There is no such station.")) station = known!.Id;
        }
        if (check.Problem is { } problem) return problem;
        var filter = new SimulationFilter(input.From, input.To, location, station, input.Evse, input.TariffId);
        return await desk.StartAsync(caller, of, tariff!, filter, ct) is { } row
            ? Answers.Made($"simulations/{row.Id}", SimulationView.Of(row), 1)
            : Problems.Conflict("simulationRuns", "Another simulation of this tenant waits or runs. Cancel it, or come back.");
    }

    private static async Task<Results<Ok<Page<SimulationView>>, ProblemHttpResult>> List(PageRequest page, Caller caller, SimulationDesk desk, CancellationToken ct, string? tariffId = null)
    {
        if (Refused(caller) is { } refused) return refused;
        TariffId? tariff = null;
        if (tariffId is not null)
        {
            if (!TypedId.TryParse<TariffId>(tariffId, out var parsed)) return Problems.BadRequest("invalidValue", "tariffId must be a tariff's id.");
            tariff = parsed;
        }
        return TypedResults.Ok(page.Of(await desk.ListAsync(caller, tariff, page.AfterId<SimulationId>(), page.Take, ct), SimulationView.InList, row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<SimulationView>, ProblemHttpResult>> Get(string id, Caller caller, SimulationDesk desk, CancellationToken ct)
    {
        if (Refused(caller) is { } refused) return refused;
        return await desk.FindAsync(caller, id, ct) is { } row ? TypedResults.Ok(SimulationView.Of(row)) : Problems.NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Cancel(string id, Caller caller, SimulationDesk desk, CancellationToken ct)
    {
        if (Refused(caller) is { } refused) return refused;
        return await desk.DeleteAsync(caller, id, ct) ? TypedResults.NoContent() : Problems.NotFound();
    }

    private static async Task<Results<Ok<Page<SimulatedSession>>, ProblemHttpResult>> Sessions(string id, PageRequest page, Caller caller, SimulationDesk desk, CancellationToken ct)
    {
        if (Refused(caller) is { } refused) return refused;
        if (await desk.FindAsync(caller, id, ct) is not { } row) return Problems.NotFound();
        // The cursor is a place in the parts: they do not change once they are written.
        var (number, skip) = (1, 0);
        if (page.After is { } after)
        {
            if (after.Split('/') is not [var first, var second] || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out number)
                || !int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out skip))
                return Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before.");
        }
        var found = new List<(Repriced Session, string Next)>();
        while (found.Count < page.Take && await desk.PartAsync(caller, row.Id, number, ct) is { } part)
        {
            if (part.Number != number) skip = 0;
            var index = skip;
            foreach (var session in SimulationPart.Read(part.Sessions).Skip(skip).Take(page.Take - found.Count)) found.Add((session, string.Create(CultureInfo.InvariantCulture, $"{part.Number}/{++index}")));
            (number, skip) = (part.Number + 1, 0);
        }
        return TypedResults.Ok(page.Of(found, it => SimulatedSession.Of(it.Session), it => it.Next));
    }

    // What a session cost is told by its result: whoever may not see sessions may not see it either.
    private static ProblemHttpResult? Refused(Caller caller) => caller.May(Scope.SessionsRead) ? null : Problems.Forbidden($"This needs {Scope.SessionsRead} too.");
}
