using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>
/// Each tenant's placements in memory, read when first asked for. A change made here is seen at once; one made elsewhere within
/// <see cref="Database.BeliefAge"/>, after which one count, sum and time of change tell whether there was one. What was before the last change is in the database only.
/// </summary>
internal sealed class TariffBook(Database database, RowReader reader, RoomDbFactory<PricingDb> rooms, TimeProvider clock, ILogger<TariffBook> log) : ITariffBook
{
    private const int Tenants = 10_000;
    private const int Pins = 20_000;

    // The sum alone may be what it was: where a tariff was deleted and others were changed as often.
    private static readonly RowSource<BookStamp> Stamps = new(
        "pricing_tariffs", "COUNT(*), CAST(COALESCE(SUM(revision), 0) AS bigint), MAX(changed_at)", row => new BookStamp(row.Number(0), row.Number(1), row.MaybeInstant(2)));

    private static readonly RowSource<AssignmentRow> Assignments = new(
        "pricing_assignments", "tenant_id, tariff_id, number, position, scope, scope_id, place, priority, valid_from, valid_until, assigned_at, removed_at",
        row => new AssignmentRow
        {
            TenantId = row.Id<TenantId>(0), TariffId = row.Id<TariffId>(1), Number = (int)row.Number(2), Position = (int)row.Number(3), Scope = row.Name<AssignmentScope>(4),
            ScopeId = row.MaybeText(5), Place = row.Text(6), Priority = (int)row.Number(7), ValidFrom = row.MaybeInstant(8), ValidUntil = row.MaybeInstant(9),
            AssignedAt = row.Instant(10), RemovedAt = row.MaybeInstant(11),
        });

    private static readonly RowSource<VersionRow> Versions = new(
        "pricing_versions", "tenant_id, tariff_id, version, state, hash, canonical, document, ocpi_version, valid_from, valid_until, created_at, activate_at",
        row => new VersionRow
        {
            TenantId = row.Id<TenantId>(0), TariffId = row.Id<TariffId>(1), Version = (int)row.Number(2), State = row.Name<VersionState>(3), Hash = row.Text(4),
            Canonical = row.Bytes(5), Document = row.Bytes(6), OcpiVersion = row.Text(7), ValidFrom = row.MaybeInstant(8), ValidUntil = row.MaybeInstant(9), CreatedAt = row.Instant(10),
            ActivateAt = row.MaybeInstant(11),
        });

    private static readonly RowSource<(TariffId Tariff, int Version)> VersionKeys = new("pricing_versions", "tariff_id, version", row => (row.Id<TariffId>(0), (int)row.Number(1)));

    private readonly RowCache<TenantId, Placements> _believed = new(clock, database.BeliefAge, Tenants);
    private readonly ConcurrentDictionary<TenantId, Placements> _read = new();
    private readonly RowCache<(TenantId, string), PinnedTariff> _pinned = new(clock, TimeSpan.MaxValue, Pins);

    public ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct) =>
        FindAsync(question.Tenant, Place.Of(question), question.AsOf, ct);

    /// <param name="asOf">By what was published and assigned then; null: by what is now.</param>
    public ValueTask<PinnedTariff?> FindAsync(TenantId tenant, Place place, Instant? asOf, CancellationToken ct)
    {
        var found = _believed.GetAsync(tenant, LoadAsync, ct);
        return found.IsCompletedSuccessfully ? FindAsync(found.Result!, tenant, place, asOf, ct) : SlowAsync(found, tenant, place, asOf, ct);
    }

    private async ValueTask<PinnedTariff?> SlowAsync(ValueTask<Placements?> found, TenantId tenant, Place place, Instant? asOf, CancellationToken ct) =>
        await FindAsync((await found)!, tenant, place, asOf, ct);

    private ValueTask<PinnedTariff?> FindAsync(Placements now, TenantId tenant, Place place, Instant? asOf, CancellationToken ct) =>
        asOf is { } then && then < now.Since ? PastAsync(tenant, place, then, ct) : ValueTask.FromResult(now.Find(place)?.Tariff);

    /// <summary>Why: all that were asked, by what is published now.</summary>
    public async ValueTask<IReadOnlyList<Candidate>> ExplainAsync(TenantId tenant, Place place, CancellationToken ct) =>
        (await _believed.GetAsync(tenant, LoadAsync, ct))!.Explain(place);

    public async ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct)
    {
        if (await _pinned.GetAsync((tenant, hash), LoadPinAsync, ct) is { } pinned) return pinned;
        _pinned.Forget((tenant, hash));
        Log.VersionLost(log, tenant, hash);
        return null;
    }

    /// <summary>Tariffs of today or of a day to come that follow this curve, in the order of their ids.</summary>
    public async ValueTask<IReadOnlyList<TariffId>> FollowersAsync(TenantId tenant, string curve, CancellationToken ct) =>
        [.. (await _believed.GetAsync(tenant, LoadAsync, ct))!.Followers.GetValueOrDefault(curve, [])];

    /// <summary>Call after a change is committed.</summary>
    public void Forget(TenantId tenant) => _believed.Forget(tenant);

    private async Task<Placements?> LoadAsync(TenantId tenant, CancellationToken ct)
    {
        var scope = TenantScope.Of(tenant);
        // Read before the rows: rows that are newer than their stamp are only read once more.
        var stamp = (await reader.ReadAsync(scope, Stamps, ct)).Single();
        if (_read.TryGetValue(tenant, out var known) && known.Stamp == stamp) return known;

        var assignments = await reader.ReadAsync(scope, Assignments, ct, RowMatch.Null("removed_at"));
        var versions = new List<VersionRow>();
        // A tariff without an active version, and without one that is to become it, places nothing.
        foreach (var some in TariffsOf(assignments).Chunk(500))
            foreach (var row in await reader.ReadAsync(scope, Versions, ct, RowMatch.Ids("tariff_id", some), RowMatch.Texts("state", nameof(VersionState.Active), nameof(VersionState.Scheduled))))
                versions.Add(row);
        return _read[tenant] = new Placements(stamp, stamp.ChangedAt ?? Instant.MinValue, await PlacedAsync(tenant, assignments, versions, null, ct));
    }

    /// <summary>What held then at this place: for a session that is told after the book was changed.</summary>
    private async ValueTask<PinnedTariff?> PastAsync(TenantId tenant, Place place, Instant then, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var places = Places.Of(place).Select(at => at.Text).Distinct().ToList();
        var assignments = await db.AssignmentHistory.AsNoTracking()
            .Where(row => places.Contains(row.Place) && row.AssignedAt <= then && (row.RemovedAt == null || row.RemovedAt > then)).ToListAsync(ct);
        var versions = new List<VersionRow>();
        foreach (var some in TariffsOf(assignments).Chunk(500))
        {
            var published = db.Publications.Where(row => some.Contains(row.TariffId) && row.ActivatedAt <= then && (row.RetiredAt == null || row.RetiredAt > then));
            versions.AddRange(await db.Versions.AsNoTracking().Where(row => published.Any(it => it.TariffId == row.TariffId && it.Version == row.Version)).ToListAsync(ct));
            // Those whose time had come, where nobody has made it so yet.
            versions.AddRange(await db.Versions.AsNoTracking().Where(row => some.Contains(row.TariffId) && row.State == VersionState.Scheduled && row.ActivateAt <= then).ToListAsync(ct));
        }
        return new Placements(default, then, await PlacedAsync(tenant, assignments, versions, then, ct)).Find(place)?.Tariff;
    }

    private static IEnumerable<TariffId> TariffsOf(List<AssignmentRow> assignments) => assignments.Select(row => row.TariffId).Distinct();

    /// <param name="then">Of which moment of the past; null: of now.</param>
    private async Task<List<Placement>> PlacedAsync(TenantId tenant, List<AssignmentRow> assignments, List<VersionRow> versions, Instant? then, CancellationToken ct)
    {
        var turns = new Dictionary<TariffId, List<(PinnedTariff? Pin, Validity Window)>>();
        foreach (var (row, turn) in Turns.Of(versions, then))
        {
            if (!turns.TryGetValue(row.TariffId, out var here)) turns[row.TariffId] = here = [];
            here.Add((await SharedAsync(tenant, row, ct), turn));
        }
        return [.. assignments.Where(row => turns.ContainsKey(row.TariffId)).SelectMany(row => turns[row.TariffId].Select(turn => new Placement(
            row.Scope, row.Place, row.Priority, new Validity(row.ValidFrom, row.ValidUntil), row.TariffId, turn.Pin, turn.Window)))];
    }

    /// <summary>Versions that say the same share one tariff, which the rater has compiled.</summary>
    private async ValueTask<PinnedTariff?> SharedAsync(TenantId tenant, VersionRow row, CancellationToken ct) =>
        await _pinned.GetAsync((tenant, row.Hash), (_, _) => Task.FromResult(PinOf(row)), ct) is { } pinned
            ? pinned with { Id = row.TariffId, Version = row.Version }
            : null;

    private async Task<PinnedTariff?> LoadPinAsync((TenantId Tenant, string Hash) key, CancellationToken ct)
    {
        var scope = TenantScope.Of(key.Tenant);
        // Of many that say the same, only the first is read whole.
        var same = (await reader.ReadAsync(scope, VersionKeys, ct, RowMatch.Texts("hash", key.Hash))).OrderBy(it => it.Tariff.Value).ThenBy(it => it.Version).ToList();
        var row = same is [var (tariff, version), ..]
            ? (await reader.ReadAsync(scope, Versions, ct, RowMatch.Ids("tariff_id", [tariff]), new RowMatch("version", new[] { version }))).Single()
            : null;
        return row is null ? null : PinOf(row);
    }

    private PinnedTariff? PinOf(VersionRow row)
    {
        if (TariffJson.Hash(row.Canonical) == row.Hash && TariffJson.TryRead(row.Canonical, out var tariff, out _))
            return new PinnedTariff(row.TariffId, row.Version, row.Hash, tariff);
        Log.VersionDamaged(log, row.TariffId, row.Version);
        return null;
    }
}
