using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Makes and changes tariffs, for the API and for the console by one way.</summary>
internal sealed class TariffDesk(RoomDbFactory<PricingDb> rooms, TariffBook book, IStationCatalog stations, VersionLife life, IdSource ids, TimeProvider clock)
{
    private const int MaximumName = 200;

    public async Task<TariffOutcome> CreateAsync(Caller caller, TariffInput input, CancellationToken ct)
    {
        var check = new Check();
        PlainName.Examine(input.Name, MaximumName, check);
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, input.Currency, check);
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        var now = clock.GetInstant();
        var tariff = new TariffRow
        {
            TenantId = caller.Tenant, Id = ids.New<TariffId>(), Name = input.Name, Currency = input.Currency.Code, State = VersionState.Draft,
            LatestVersion = 1, CreatedAt = now, ChangedAt = now,
        };
        var version = document!.ToRow(caller.Tenant, tariff.Id, tariff.LatestVersion, VersionState.Draft, now, caller.Actor);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.Add(tariff);
        db.Add(version);
        if (await life.AdmitAsync(db, version, now, ct) is { } refusal && !input.Draft) return refusal;
        if (!input.Draft) Publishing.Begin(db, tariff, version, now);
        await db.CommitAsync(ct);
        return new TariffOutcome.Done(tariff, version);
    }

    /// <summary>A successor; it becomes the active version unless it is a draft.</summary>
    public async Task<TariffOutcome> AddVersionAsync(Caller caller, string id, RevisionGuard guard, VersionInput input, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        var check = new Check();
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, Currency.Parse(tariff.Currency), check);
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        var row = document!.ToRow(caller.Tenant, tariff.Id, ++tariff.LatestVersion, VersionState.Draft, clock.GetInstant(), caller.Actor);
        db.Add(row);
        await Publishing.SettleAsync(db, tariff, row.CreatedAt, ct);
        if (await life.AdmitAsync(db, row, row.CreatedAt, ct) is { } forbidden && !input.Draft) return forbidden;
        if (!input.Draft && await Publishing.ActivateAsync(db, tariff, row, row.CreatedAt, ct) is { } refusal) return refusal;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new TariffOutcome.Refused("changedMeanwhile", "Someone else added a version at the same moment; read it again."); }
        book.Forget(caller.Tenant);
        return new TariffOutcome.Done(tariff, row);
    }

    public Task<TariffOutcome> RenameAsync(Caller caller, string id, RevisionGuard guard, string name, CancellationToken ct) =>
        ChangeAsync(caller, id, guard, now => now with { Name = name }, ct);

    /// <summary>Makes the version the active one; the one before retires.</summary>
    public Task<TariffOutcome> PublishAsync(Caller caller, string id, int version, RevisionGuard guard, CancellationToken ct) =>
        ChangeVersionAsync(caller, id, version, guard, now => now with { State = VersionState.Active }, ct);

    /// <summary>Withdraws the tariff: it applies nowhere to sessions that begin from now on.</summary>
    public Task<TariffOutcome> RetireAsync(Caller caller, string id, RevisionGuard guard, CancellationToken ct) =>
        ChangeAsync(caller, id, guard, now => now with { State = VersionState.Retired }, ct);

    /// <param name="change">Makes what it becomes of what it is.</param>
    public async Task<TariffOutcome> ChangeAsync(Caller caller, string id, RevisionGuard guard, Func<TariffChange, TariffChange> change, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        var now = clock.GetInstant();
        await Publishing.SettleAsync(db, tariff, now, ct);
        var wanted = change(new TariffChange { Name = tariff.Name, State = tariff.State });
        var check = new Check();
        PlainName.Examine(wanted.Name, MaximumName, check);
        check.That(wanted.State == tariff.State || wanted.State != VersionState.Draft, "/state", "immutable", "Cannot become a draft again.");
        check.That(wanted.State is VersionState.Draft or VersionState.Active or VersionState.Retired, "/state", "invalidValue", "A tariff is a draft, active or retired; the rest is said of its versions.");
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        if (wanted.State != tariff.State)
        {
            if (!guard.Named) return new TariffOutcome.Unguarded();
            if (wanted.State == VersionState.Retired) await Publishing.RetireAsync(db, tariff, now, ct);
            else if (await PublishAsync(db, tariff, await ShownAsync(db, tariff, ct), now, ct) is { } refusal) return refusal;
        }
        tariff.Name = wanted.Name;
        var shown = await ShownAsync(db, tariff, ct);
        if (!await TryCommitAsync(db, ct)) return new TariffOutcome.Stale();
        book.Forget(caller.Tenant);
        return new TariffOutcome.Done(tariff, shown);
    }

    /// <param name="change">Makes what it becomes of what it is.</param>
    public async Task<TariffOutcome> ChangeVersionAsync(
        Caller caller, string id, int version, RevisionGuard guard, Func<VersionChange, VersionChange> change, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff || await FindAsync(db, tariff, version, ct) is not { } row) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        var now = clock.GetInstant();
        await Publishing.SettleAsync(db, tariff, now, ct);
        var wanted = change(new VersionChange { State = row.State, ActivateAt = row.ActivateAt });
        if (wanted.State == row.State && wanted.ActivateAt == row.ActivateAt) return new TariffOutcome.Done(tariff, row);
        var check = new Check();
        check.That(wanted.State != VersionState.Draft, "/state", "immutable", "Cannot become a draft again.");
        check.That(wanted.ActivateAt is null || wanted.ActivateAt == row.ActivateAt || wanted.State == VersionState.Scheduled, "/activateAt", "invalidValue", "Goes with the state scheduled.");
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        if (!guard.Named) return new TariffOutcome.Unguarded();
        if (await life.MoveAsync(db, tariff, row, wanted, caller, now, ct) is { } refusal) return refusal;
        Publishing.Touch(db, tariff);
        if (!await TryCommitAsync(db, ct)) return new TariffOutcome.Stale();
        book.Forget(caller.Tenant);
        return new TariffOutcome.Done(tariff, row);
    }

    private async Task<TariffOutcome.Refused?> PublishAsync(PricingDb db, TariffRow tariff, VersionRow version, Instant now, CancellationToken ct) =>
        await life.AdmitAsync(db, version, now, ct) ?? await Publishing.ActivateAsync(db, tariff, version, now, ct);

    /// <returns>False: somebody else changed or published it at the same moment, and nothing is kept.</returns>
    private static async Task<bool> TryCommitAsync(PricingDb db, CancellationToken ct)
    {
        try
        {
            await db.CommitAsync(ct);
            return true;
        }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey())
        {
            return false;
        }
    }

    /// <summary>Removes a tariff that never had a price anywhere.</summary>
    public async Task<TariffOutcome?> DeleteAsync(Caller caller, string id, RevisionGuard guard, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        // A version that was once the active one may be what a session is pinned to, and what a partner remembers (edge case E26).
        if (tariff.LatestPublication > 0 || await db.Assignments.AnyAsync(row => row.TariffId == tariff.Id, ct))
            return new TariffOutcome.Refused("tariffInUse", "It is assigned, or was once published, and sessions may be priced by it. PATCH its state to retired instead.");
        db.RemoveRange(await db.AssignmentHistory.Where(row => row.TariffId == tariff.Id).ToListAsync(ct));
        db.RemoveRange(await db.Versions.Where(row => row.TariffId == tariff.Id).ToListAsync(ct));
        db.Remove(tariff);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant);
        return null;
    }

    /// <summary>Writes a draft anew, or removes it where <paramref name="input"/> is null. What is more than a draft is only ever succeeded.</summary>
    public async Task<TariffOutcome> ReplaceDraftAsync(Caller caller, string id, int version, RevisionGuard guard, VersionInput? input, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff || await FindAsync(db, tariff, version, ct) is not { } row) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        if (row.State != VersionState.Draft) return new TariffOutcome.Refused("versionInUse", "This version is no draft any more. Succeed it: POST a new version.");
        if (input is null)
        {
            if (version == 1) return new TariffOutcome.Refused("versionInUse", "A tariff keeps its first version: replace it, or delete the tariff.");
            db.Remove(row);
            if (tariff.LatestVersion == version) tariff.LatestVersion = await db.Versions.Where(it => it.TariffId == tariff.Id && it.Version < version).MaxAsync(it => it.Version, ct);
        }
        else
        {
            var check = new Check();
            check.That(input.Draft, "/draft", "invalidValue", "A draft stays one here: send true, and PATCH its state afterwards.");
            var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, Currency.Parse(tariff.Currency), check);
            if (!check.Ok) return new TariffOutcome.Wrong(check);
            var now = clock.GetInstant();
            db.Entry(row).CurrentValues.SetValues(document!.ToRow(caller.Tenant, tariff.Id, version, VersionState.Draft, now, caller.Actor));
            await life.LintAsync(db, row, now, ct);
        }
        Publishing.Touch(db, tariff);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant);
        return new TariffOutcome.Done(tariff, row);
    }

    /// <summary>Replaces all of a tariff's assignments.</summary>
    public async Task<TariffOutcome> AssignAsync(Caller caller, string id, RevisionGuard guard, IReadOnlyList<AssignmentInput> inputs, CancellationToken ct)
    {
        var check = new Check();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } tariff) return new TariffOutcome.Gone();
        if (!guard.Allows(tariff.Revision)) return new TariffOutcome.Stale();
        inputs = await Assigning.WholeAsync(db, tariff, inputs, caller, check, ct);
        var places = await Assigning.PlacesAsync(inputs, caller, stations, check, ct);
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        await Publishing.SettleAsync(db, tariff, clock.GetInstant(), ct);
        var before = await db.Assignments.AsNoTracking().Where(row => row.TariffId == tariff.Id).ToListAsync(ct);
        var rows = await Assigning.ReplaceAsync(db, tariff, inputs, places, clock.GetInstant(), ct);
        if (await ForbiddenAsync(db, tariff, before, rows, ct) is { } forbidden) return forbidden;
        db.TellAs("assigned", tariff);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new TariffOutcome.Refused("changedMeanwhile", "Someone else changed the assignments at the same moment; read them again."); }
        book.Forget(caller.Tenant);
        return new TariffOutcome.Assigned(tariff, rows);
    }

    /// <summary>
    /// Null: what is published, or is to be, may apply there too. Only what the new places bring counts: assignments that held before can always be taken away.
    /// </summary>
    private async Task<TariffOutcome.Refused?> ForbiddenAsync(PricingDb db, TariffRow tariff, IReadOnlyList<AssignmentRow> before, IReadOnlyList<AssignmentRow> after, CancellationToken ct)
    {
        // Those that this change has settled are in the context already, with the state that they come to have.
        await db.Versions.Where(row => row.TariffId == tariff.Id && (row.State == VersionState.Active || row.State == VersionState.Scheduled)).LoadAsync(ct);
        var rules = new List<string>();
        foreach (var version in db.Versions.Local.Where(row => row.TariffId == tariff.Id && row.State is VersionState.Active or VersionState.Scheduled).ToList())
        {
            var errors = await life.ErrorsAsync(version, after, ct);
            if (errors.Count > 0) rules.AddRange(errors.Except(await life.ErrorsAsync(version, before, ct)));
        }
        return rules.Count > 0
            ? new TariffOutcome.Refused("lintErrors", $"Rules where it would apply forbid its prices: {string.Join(", ", rules.Distinct())}. POST them to /tariffs/lint to see why.")
            : null;
    }

    public static Task<TariffRow?> FindAsync(PricingDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<TariffId>(text, out var id) ? db.Tariffs.SingleOrDefaultAsync(row => row.Id == id, ct) : Task.FromResult<TariffRow?>(null);

    public static Task<VersionRow?> FindAsync(PricingDb db, TariffRow tariff, int version, CancellationToken ct) =>
        db.Versions.SingleOrDefaultAsync(row => row.TariffId == tariff.Id && row.Version == version, ct);

    /// <summary>The active version; the newest where none is active.</summary>
    public static Task<VersionRow> ShownAsync(PricingDb db, TariffRow row, CancellationToken ct)
    {
        var number = row.ActiveVersion ?? row.LatestVersion;
        return db.Versions.SingleAsync(version => version.TariffId == row.Id && version.Version == number, ct);
    }
}
