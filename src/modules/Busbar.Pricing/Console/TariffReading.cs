using System.Runtime.CompilerServices;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>What the list is narrowed to.</summary>
/// <param name="State"><c>active</c>, <c>draft</c>, <c>retired</c>; null: all.</param>
/// <param name="Search">A part of a name, or an id.</param>
internal sealed record TariffFilter(string? State, string? Search);

/// <param name="Tariff">Of the active version, else of the newest; null where its bytes are damaged.</param>
internal sealed record TariffAtAGlance(TariffRow Row, IReadOnlyDictionary<AssignmentScope, int> Applies, Tariff? Tariff);

/// <param name="Place">By its name; where it has none, as it was given.</param>
internal sealed record AssignmentLine(AssignmentRow Row, string? Place);

/// <summary>All that a tariff's page shows.</summary>
/// <param name="Shown">The version whose prices are told.</param>
/// <param name="Publications">Newest first.</param>
/// <param name="Projected">For its files; null where its bytes are damaged.</param>
internal sealed record TariffSheet(
    TariffRow Row, VersionRow Shown, Tariff? Tariff, IReadOnlyList<VersionRow> Versions, IReadOnlyList<PublicationRow> Publications, IReadOnlyList<AssignmentLine> Assignments, int AssignedInAll,
    Projected? Projected);

/// <summary>Reads the pages and the file of this room.</summary>
internal sealed class TariffReading(RoomDbFactory<PricingDb> rooms, IStationCatalog stations, ProjectionDesk projections) : ITariffNames
{
    private const int Step = 200;
    private const int VersionsShown = 50;
    private const int AssignmentsShown = 200;

    public static FileOfList File { get; } = new FileOfList<TariffAtAGlance>(
        [
            new(() => Say("name"), tariff => FileCell.Of(tariff.Row.Name)),
            new(() => Say("state"), tariff => FileCell.Of(State(tariff.Row.State).Text)),
            new(() => Say("version"), tariff => FileCell.Of((decimal?)tariff.Row.ActiveVersion)),
            new(() => Say("latest"), tariff => FileCell.Of((decimal)tariff.Row.LatestVersion)),
            new(() => Say("currency"), tariff => FileCell.Of(tariff.Row.Currency)),
            new(() => Say("applies"), tariff => FileCell.Of(Applies(tariff.Applies))),
            new(() => Say("price"), tariff => FileCell.Of(tariff.Tariff is { } known ? PriceWords.Here.Line(known) : null)),
            new(() => Say("changed"), tariff => FileCell.Of(tariff.Row.ChangedAt), IsTime: true),
            new(() => Say("id"), tariff => FileCell.Of(tariff.Row.Id.ToString())),
        ],
        (request, ct) => request.Services.GetRequiredService<TariffReading>().CountAsync(request.Caller, FilterOf(request), ct),
        (request, ct) => request.Services.GetRequiredService<TariffReading>().AllAsync(request.Caller, FilterOf(request), ct));

    public async Task<string?> OfAsync(TenantId tenant, string tariff, CancellationToken ct)
    {
        if (!TypedId.TryParse<TariffId>(tariff, out var id)) return null;
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Tariffs.AsNoTracking().Where(row => row.Id == id).Select(row => row.Name).SingleOrDefaultAsync(ct);
    }

    public async Task<GridRows<TariffAtAGlance>> ListAsync(Caller caller, TariffFilter filter, int from, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = Narrowed(db.Tariffs.AsNoTracking(), filter);
        var total = await rows.CountAsync(ct);
        return new GridRows<TariffAtAGlance>(await WithDetailsAsync(db, await rows.OrderByDescending(row => row.Id).Skip(from).Take(count).ToListAsync(ct), ct), total);
    }

    /// <summary>Null: there is no such tariff in the tenant.</summary>
    public async Task<TariffSheet?> ReadAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<TariffId>(id, out var tariff)) return null;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Tariffs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == tariff, ct) is not { } row) return null;
        var number = row.ActiveVersion ?? row.LatestVersion;
        var shown = await db.Versions.AsNoTracking().SingleAsync(version => version.TariffId == tariff && version.Version == number, ct);
        var versions = await db.Versions.AsNoTracking().Where(version => version.TariffId == tariff).OrderByDescending(version => version.Version).Take(VersionsShown).ToListAsync(ct);
        var publications = await db.Publications.AsNoTracking().Where(publication => publication.TariffId == tariff).OrderByDescending(publication => publication.Number).Take(VersionsShown).ToListAsync(ct);
        var assignments = db.Assignments.AsNoTracking().Where(assignment => assignment.TariffId == tariff);
        var (some, all) = (await assignments.OrderBy(assignment => assignment.Position).Take(AssignmentsShown).ToListAsync(ct), await assignments.CountAsync(ct));
        var lines = new List<AssignmentLine>(some.Count);
        foreach (var assignment in some) lines.Add(new AssignmentLine(assignment, await PlaceAsync(caller, assignment, ct)));
        var prices = Read(shown);
        return new TariffSheet(row, shown, prices, versions, publications, lines, all, prices is null ? null : await projections.OfAsync(db, row, shown, prices, ct));
    }

    private async ValueTask<string?> PlaceAsync(Caller caller, AssignmentRow row, CancellationToken ct) =>
        row.Scope == AssignmentScope.Location && TypedId.TryParse<LocationId>(row.ScopeId ?? "", out var location) && await stations.FindAsync(caller.Tenant, location, ct) is { } card ? card.Name
        : row.NamesPerson ? caller.Shown(row.ScopeId) : row.ScopeId;

    private async Task<long> CountAsync(Caller caller, TariffFilter filter, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await Narrowed(db.Tariffs.AsNoTracking(), filter).LongCountAsync(ct);
    }

    private async IAsyncEnumerable<TariffAtAGlance> AllAsync(Caller caller, TariffFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        TariffId? last = null;
        IReadOnlyList<TariffAtAGlance> some;
        do
        {
            await using (var db = await rooms.OpenAsync(caller.Rows, ct))
            {
                var rows = Narrowed(db.Tariffs.AsNoTracking(), filter);
                if (last is { } before) rows = rows.Where(row => row.Id.CompareTo(before) < 0);
                some = await WithDetailsAsync(db, await rows.OrderByDescending(row => row.Id).Take(Step).ToListAsync(ct), ct);
            }
            foreach (var tariff in some)
            {
                last = tariff.Row.Id;
                yield return tariff;
            }
        }
        while (some.Count == Step);
    }

    private static async Task<IReadOnlyList<TariffAtAGlance>> WithDetailsAsync(PricingDb db, List<TariffRow> rows, CancellationToken ct)
    {
        var ids = rows.ConvertAll(row => row.Id);
        var applies = (await db.Assignments.AsNoTracking().Where(row => ids.Contains(row.TariffId)).GroupBy(row => new { row.TariffId, row.Scope })
            .Select(group => new { group.Key.TariffId, group.Key.Scope, Count = group.Count() }).ToListAsync(ct)).ToLookup(group => group.TariffId);
        var versions = (await db.Versions.AsNoTracking()
            .Where(version => ids.Contains(version.TariffId) && db.Tariffs.Any(row => row.Id == version.TariffId && version.Version == (row.ActiveVersion ?? row.LatestVersion)))
            .ToListAsync(ct)).ToDictionary(version => version.TariffId, Read);
        return [.. rows.Select(row => new TariffAtAGlance(row, applies[row.Id].ToDictionary(group => group.Scope, group => group.Count), versions.GetValueOrDefault(row.Id)))];
    }

    private static Tariff? Read(VersionRow version) => TariffJson.TryRead(version.Canonical, out var tariff, out _) ? tariff : null;

    private static IQueryable<TariffRow> Narrowed(IQueryable<TariffRow> rows, TariffFilter filter)
    {
        rows = filter.State switch
        {
            "active" => rows.Where(row => row.State == VersionState.Active),
            "draft" => rows.Where(row => row.State == VersionState.Draft),
            "retired" => rows.Where(row => row.State == VersionState.Retired),
            _ => rows,
        };
        if (filter.Search is not { } search) return rows;
        // PostgreSQL has no U+0000 in text.
        if (search.Contains('\0', StringComparison.Ordinal)) return rows.Where(row => false);
        if (TypedId.TryParse<TariffId>(search, out var id)) return rows.Where(row => row.Id == id);
        // A tenant's tariffs are few; the database's own upper case is good enough for a search.
#pragma warning disable CA1304, CA1311, CA1862 // Translated into SQL.
        var part = search.ToUpperInvariant();
        return rows.Where(row => row.Name.ToUpper().Contains(part) || row.Name.Contains(search));
#pragma warning restore CA1304, CA1311, CA1862
    }

    private static TariffFilter FilterOf(FileRequest request) => new(request["state"], request["q"]);
}
