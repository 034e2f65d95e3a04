using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Simulation;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Pricing.Console.SimulationTexts;

namespace Busbar.Pricing.Console;

/// <summary>All that the page of a tariff's simulations shows.</summary>
/// <param name="Versions">Newest first.</param>
/// <param name="Past">Newest first.</param>
/// <param name="Shown">Null: there is none yet.</param>
/// <param name="Result">Of the one that is shown, once it is done.</param>
/// <param name="Places">Names of the result's locations.</param>
/// <param name="Tariffs">Names of the result's tariffs.</param>
internal sealed record SimulationSheet(
    TariffRow Tariff, IReadOnlyList<(int Version, VersionState State)> Versions, IReadOnlyList<SimulationRow> Past, SimulationRow? Shown, SimulationResult? Result,
    IReadOnlyDictionary<LocationId, string> Places, IReadOnlyDictionary<string, string> Tariffs);

/// <summary>What became of a wish to start one.</summary>
internal enum SimulationStart
{
    Started,
    Runs,
    Damaged,
    Gone,
}

/// <summary>Reads the simulation page and its file.</summary>
internal sealed class SimulationReading(RoomDbFactory<PricingDb> rooms, SimulationDesk desk, IStationCatalog stations, ITariffNames names)
{
    private const int PastShown = 10;

    public static FileOfList File { get; } = new FileOfList<(Repriced Session, string? Station)>(
        [
            new(() => Say("session"), line => FileCell.Of(line.Session.Session)),
            new(() => Say("station"), line => FileCell.Of(line.Station)),
            new(() => Say("started"), line => FileCell.Of((NodaTime.Instant?)line.Session.StartedAt), IsTime: true),
            new(() => Say("tariff"), line => FileCell.Of(line.Session.Tariff)),
            new(() => Say("version"), line => FileCell.Of(line.Session.Tariff is null ? null : (decimal)line.Session.Version)),
            new(() => Say("left-out"), line => FileCell.Of(line.Session.Skip == SkipReason.None ? null : Say("skip-" + JsonName.Of(line.Session.Skip)))),
            new(() => Say("stand-in"), line => FileCell.Of(line.Session.StandsIn ? Say("yes") : null)),
            new(() => Say("currency"), line => FileCell.Of(line.Session.Currency)),
            new(() => Say("before-excl"), line => Amount(line.Session.BeforeExcl, line.Session.Currency is not null)),
            new(() => Say("before-incl"), line => Amount(line.Session.BeforeIncl, line.Session.Currency is not null)),
            new(() => Say("after-excl"), line => Amount(line.Session.AfterExcl, line.Session.Skip == SkipReason.None)),
            new(() => Say("after-incl"), line => Amount(line.Session.AfterIncl, line.Session.Skip == SkipReason.None)),
            new(() => Say("difference"), line => Amount(line.Session.Difference, line.Session.Skip == SkipReason.None)),
        ],
        async (request, ct) => await request.Services.GetRequiredService<SimulationReading>().FindAsync(request, ct) is { } row ? row.Done : 0,
        (request, ct) => request.Services.GetRequiredService<SimulationReading>().AllAsync(request, ct));

    /// <param name="simulation">The one to show; null: the newest.</param>
    /// <returns>Null: there is no such tariff, or no such simulation of it.</returns>
    public async Task<SimulationSheet?> ReadAsync(Caller caller, string id, string? simulation, CancellationToken ct)
    {
        TariffRow tariff;
        List<(int, VersionState)> versions;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct))
        {
            if (!TypedId.TryParse<TariffId>(id, out var asked) || await db.Tariffs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == asked, ct) is not { } found) return null;
            tariff = found;
            versions = [.. (await db.Versions.AsNoTracking().Where(row => row.TariffId == asked).OrderByDescending(row => row.Version).Select(row => new { row.Version, row.State }).Take(50).ToListAsync(ct))
                .Select(row => (row.Version, row.State))];
        }
        var past = await desk.ListAsync(caller, tariff.Id, null, PastShown, ct);
        var shown = simulation is null ? past.FirstOrDefault() : await desk.FindAsync(caller, simulation, ct);
        if (simulation is not null && shown?.TariffId != tariff.Id) return null;
        var result = shown?.Result is { } bytes ? JsonSerializer.Deserialize<SimulationResult>(bytes, ApiJson.Options) : null;
        var places = new Dictionary<LocationId, string>();
        foreach (var location in result?.Locations ?? [])
            if (location.LocationId is { } at && await stations.FindAsync(caller.Tenant, at, ct) is { } card) places[at] = card.Name;
        var tariffs = new Dictionary<string, string>();
        foreach (var of in (result?.Tariffs ?? []).Select(sums => sums.TariffId).OfType<string>().Distinct())
            if (await names.OfAsync(caller.Tenant, of, ct) is { } name) tariffs[of] = name;
        return new SimulationSheet(tariff, versions, past, shown, result, places, tariffs);
    }

    public async Task<SimulationStart> StartAsync(Caller caller, TariffId tariff, int version, SimulationFilter filter, CancellationToken ct)
    {
        VersionRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) row = await db.Versions.AsNoTracking().SingleOrDefaultAsync(it => it.TariffId == tariff && it.Version == version, ct);
        if (row is null) return SimulationStart.Gone;
        if (TariffJson.Hash(row.Canonical) != row.Hash || !TariffJson.TryRead(row.Canonical, out var document, out _)) return SimulationStart.Damaged;
        return await desk.StartAsync(caller, (tariff, version), document, filter, ct) is null ? SimulationStart.Runs : SimulationStart.Started;
    }

    private async Task<SimulationRow?> FindAsync(FileRequest request, CancellationToken ct) =>
        request["simulation"] is { } id && request.Caller.May(Scope.SessionsRead) ? await desk.FindAsync(request.Caller, id, ct) : null;

    private async IAsyncEnumerable<(Repriced, string?)> AllAsync(FileRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        if (await FindAsync(request, ct) is not { } row) yield break;
        var known = new Dictionary<StationId, string?>();
        await foreach (var session in desk.SessionsAsync(request.Caller, row.Id, ct))
        {
            if (!known.TryGetValue(session.Station, out var name)) known[session.Station] = name = (await stations.FindAsync(request.Caller.Tenant, session.Station, ct))?.Identity;
            yield return (session, name);
        }
    }

    private static FileCell Amount(long micros, bool isKnown) => FileCell.OfMicros(isKnown ? micros : null);
}
