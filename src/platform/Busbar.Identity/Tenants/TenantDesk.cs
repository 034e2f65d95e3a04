using System.Text.Json.Serialization;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>What a caller says about a tenant. The slug cannot change: it is in stations' URLs.</summary>
public sealed record TenantInput
{
    public required string Slug { get; init; }
    public required string Name { get; init; }

    /// <summary>Null: what comes below its parent.</summary>
    public TenantKind? Kind { get; init; }

    /// <summary>Null: all is shared with those above. Afterwards only the tenant's own people change it.</summary>
    public TenantSharing? Sharing { get; init; }

    /// <summary>Null: its parent's.</summary>
    public Currency? Currency { get; init; }

    /// <summary>Null: its parent's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>BCP 47, the first one first. Null: its parent's.</summary>
    public IReadOnlyList<string>? Languages { get; init; }

    /// <summary>What takes two people. Null: nothing does. What is taken out of it later waits for a second person.</summary>
    public IReadOnlyList<FourEyes>? FourEyes { get; init; }

    /// <summary>The tenant's people set up a second factor before they see anything. Null: they need none.</summary>
    public bool? RequiresSecondFactor { get; init; }

    public LegalEntity? LegalEntity { get; init; }
    public Branding? Branding { get; init; }
}

/// <summary>A tenant, as one sees it from where one stands.</summary>
/// <param name="Access">What the caller may do there, at most.</param>
/// <param name="LegalEntity">Null also where nothing is shared.</param>
public sealed record TenantView(
    TenantId Id, TenantId? Parent, string Slug, string Name, TenantKind Kind, TenantSharing Sharing, TenantSharing Access, Currency Currency, string TimeZone, IReadOnlyList<string> Languages,
    IReadOnlyList<FourEyes> FourEyes, LegalEntity? LegalEntity, Branding? Branding, Instant CreatedAt)
{
    /// <summary>Its people set up a second factor before they see anything.</summary>
    public bool RequiresSecondFactor { get; init; }

    /// <summary>When it was closed; null: it is open.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>Its revision, for who changes it.</summary>
    [JsonIgnore] public long Version { get; init; }
}

/// <summary>Which tenants are listed.</summary>
public enum TenantState
{
    Open,

    /// <summary>They, or one above them, are closed.</summary>
    Closed,
}

/// <summary>What came of changing a tenant.</summary>
public abstract record TenantChange
{
    public sealed record Done(TenantView Tenant) : TenantChange;

    /// <summary>There is none such, at or below the caller's.</summary>
    public sealed record Gone : TenantChange;

    /// <summary>It was changed meanwhile.</summary>
    public sealed record Stale : TenantChange;

    /// <summary>It does not share that.</summary>
    public sealed record Unshared : TenantChange;

    /// <summary>It is closed.</summary>
    public sealed record Closed : TenantChange;

    /// <summary>Another has the slug.</summary>
    public sealed record Taken : TenantChange;

    public sealed record Wrong(Check Check) : TenantChange;
}

/// <summary>Tenants at and below the caller's. Their rows are owned by themselves, so this looks with the system's eyes and checks the tree.</summary>
public sealed class TenantDesk
{
    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;

    internal TenantDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IdSource ids, TimeProvider clock) => (_rooms, _directory, _ids, _clock) = (rooms, directory, ids, clock);

    /// <summary>By their ids.</summary>
    /// <param name="state">Null: all.</param>
    public async Task<IReadOnlyList<TenantView>> ListAsync(Caller caller, TenantState? state, TenantId? after, int take, CancellationToken ct)
    {
        // The tree is small and in memory; only a page of it is read.
        var visible = _directory.All.Where(tenant => _directory.IsAtOrBelow(tenant.Id, caller.Tenant) && (state is null || tenant.IsClosed == (state == TenantState.Closed))).Select(tenant => tenant.Id)
            .Where(id => after is not { } last || id.Value.CompareTo(last.Value) > 0).OrderBy(id => id.Value).Take(take).ToList();
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        return [.. (await db.Tenants.AsNoTracking().Where(row => visible.Contains(row.TenantId)).OrderBy(row => row.TenantId).ToListAsync(ct)).Select(row => View(row, caller))];
    }

    /// <param name="name">Its id, or its slug.</param>
    /// <returns>Null: there is none such, at or below the caller's.</returns>
    public async Task<TenantView?> FindAsync(Caller caller, string name, CancellationToken ct)
    {
        if (Visible(caller, name) is not { } tenant) return null;
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id), ct);
        return await db.Tenants.AsNoTracking().SingleOrDefaultAsync(row => row.TenantId == tenant.Id, ct) is { } row ? View(row, caller) : null;
    }

    /// <summary>Below the caller's.</summary>
    public async Task<TenantChange> CreateAsync(Caller caller, TenantInput input, CancellationToken ct)
    {
        var parent = _directory.Find(caller.Tenant)!;
        var check = TenantRules.Examine(input);
        var kind = input.Kind ?? (TenantKinds.Below(parent.Kind) is [var next, ..] ? next : null);
        check.That(kind is { } wanted && TenantRules.MayStandBelow(wanted, parent.Kind), "/kind", "wrongPlace", "Cannot stand below its parent.");
        if (!check.Ok) return new TenantChange.Wrong(check);
        var row = new TenantRow
        {
            TenantId = _ids.New<TenantId>(), Parent = parent.Id, Slug = input.Slug, Name = input.Name, Kind = kind!.Value, Sharing = input.Sharing ?? TenantSharing.Full, RequiresSecondFactor = input.RequiresSecondFactor ?? false,
            Currency = (input.Currency ?? parent.Currency).Code, TimeZone = input.TimeZone ?? parent.TimeZone, Languages = string.Join(' ', input.Languages ?? parent.Languages),
            FourEyes = TenantRow.WriteFourEyes(input.FourEyes), LegalEntity = TenantRow.Write(input.LegalEntity), Branding = TenantRow.Write(input.Branding), CreatedAt = _clock.GetInstant(),
        };
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(row.TenantId).By(caller.Author), ct))
        {
            db.Add(row);
            try { await db.CommitAsync(ct); }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new TenantChange.Taken(); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new TenantChange.Done(View(row, caller));
    }

    /// <param name="caller">Who changes it: from within, or from above where the tenant shares all.</param>
    /// <param name="name">Its id, or its slug.</param>
    /// <param name="allows">Whether the revision is the one that was looked at.</param>
    /// <param name="input">What is wanted in place of what is there.</param>
    /// <param name="ct">Ends the change before it is written.</param>
    public async Task<TenantChange> ChangeAsync(Caller caller, string name, Func<long, bool> allows, Func<TenantInput, TenantInput> input, CancellationToken ct)
    {
        if (Visible(caller, name) is not { } tenant) return new TenantChange.Gone();
        if (tenant.IsClosed) return new TenantChange.Closed();
        if (!_directory.Below(caller, tenant.Id).Within(Scope.TenantsWrite).IsWhole) return new TenantChange.Unshared();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id).By(caller.Author), ct);
        var row = await db.Tenants.SingleAsync(row => row.TenantId == tenant.Id, ct);
        if (!allows(row.Revision)) return new TenantChange.Stale();
        var wanted = input(new TenantInput
        {
            Slug = row.Slug, Name = row.Name, Kind = row.Kind, Sharing = row.Sharing, Currency = Currency.Parse(row.Currency), TimeZone = row.TimeZone, Languages = row.Languages.Split(' '),
            FourEyes = TenantRow.ReadFourEyes(row.FourEyes), LegalEntity = TenantRow.Read<LegalEntity>(row.LegalEntity), Branding = TenantRow.Read<Branding>(row.Branding), RequiresSecondFactor = row.RequiresSecondFactor,
        });
        var check = TenantRules.Examine(wanted);
        check.That(wanted.Slug == row.Slug, "/slug", "immutable", "Cannot change.");
        foreach (var (value, pointer) in new (object?, string)[] { (wanted.Kind, "/kind"), (wanted.Sharing, "/sharing"), (wanted.Currency, "/currency"), (wanted.TimeZone, "/timeZone"), (wanted.Languages, "/languages") })
            check.That(value is not null, pointer, "required", "Must not be null.");
        check.That(wanted.Kind is not { } kind || MayStand(tenant, kind), "/kind", "wrongPlace", "Cannot stand between its parent and those below it.");
        // Who is above could otherwise open what was shut to them.
        if (wanted.Sharing is { } sharing && sharing != row.Sharing)
            check.That(caller.Home == tenant.Id && caller.Tenant == tenant.Id && tenant.Parent is not null, "/sharing", "notYours", "Only the tenant's own people say what it shares with those above.");
        if (!check.Ok) return new TenantChange.Wrong(check);
        (row.Name, row.Kind, row.Sharing, row.Currency, row.TimeZone) = (wanted.Name, wanted.Kind!.Value, wanted.Sharing!.Value, wanted.Currency!.Code, wanted.TimeZone!);
        // What takes two people is taken out by two.
        var kept = TenantRow.ReadFourEyes(row.FourEyes).Except(wanted.FourEyes ?? []).ToList();
        await FourEyesDesk.AskAsync(db, caller, tenant.Id, kept, _ids, _clock.GetInstant(), ct);
        (row.Languages, row.FourEyes, row.RequiresSecondFactor) = (string.Join(' ', wanted.Languages!), TenantRow.WriteFourEyes([.. wanted.FourEyes ?? [], .. kept]), wanted.RequiresSecondFactor ?? false);
        (row.LegalEntity, row.Branding) = (TenantRow.Write(wanted.LegalEntity), TenantRow.Write(wanted.Branding));
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new TenantChange.Stale(); }
        await _directory.ReloadAsync(CancellationToken.None);
        return new TenantChange.Done(View(row, caller));
    }

    private bool MayStand(Tenant tenant, TenantKind kind) =>
        (tenant.Parent is not { } parent || TenantRules.MayStandBelow(kind, _directory.Find(parent)!.Kind)) && _directory.All.Where(other => other.Parent == tenant.Id).All(below => TenantRules.MayStandBelow(below.Kind, kind));

    private Tenant? Visible(Caller caller, string name) => _directory.FindNamed(name, caller.Tenant);

    private TenantView View(TenantRow row, Caller caller)
    {
        var access = _directory.SharedBetween(caller.Tenant, row.TenantId);
        var isOpen = access != TenantSharing.None;
        return new TenantView(
            row.TenantId, row.Parent, row.Slug, row.Name, row.Kind, row.Sharing, access, Currency.Parse(row.Currency), row.TimeZone, row.Languages.Split(' '), TenantRow.ReadFourEyes(row.FourEyes),
            isOpen ? TenantRow.Read<LegalEntity>(row.LegalEntity) : null, isOpen ? TenantRow.Read<Branding>(row.Branding) : null, row.CreatedAt) { Version = row.Revision, RequiresSecondFactor = row.RequiresSecondFactor, ClosedAt = row.ClosedAt };
    }
}
