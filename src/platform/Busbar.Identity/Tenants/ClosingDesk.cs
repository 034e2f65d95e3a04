using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

/// <summary>What closing a tenant would end at this moment.</summary>
/// <param name="People">Who may sign in.</param>
/// <param name="ApiClients">With a key that is good.</param>
/// <param name="OpenBelow">The slugs of open tenants below it, which are closed first.</param>
public sealed record TenantClosingView(long StationsOnline, long SessionsRunning, long People, long ApiClients, IReadOnlyList<string> OpenBelow);

/// <summary>What came of closing a tenant, or of opening it again.</summary>
public abstract record TenantClosing
{
    public sealed record Done(TenantView Tenant) : TenantClosing;

    /// <summary>There is none such, at or below the caller's.</summary>
    public sealed record Gone : TenantClosing;

    /// <summary>It is the one that the caller acts in.</summary>
    public sealed record Own : TenantClosing;

    /// <summary>The caller may make no tenants beside it.</summary>
    public sealed record Lacks : TenantClosing;

    /// <summary>Others stand open below it.</summary>
    public sealed record OpenBelow(IReadOnlyList<string> Slugs) : TenantClosing;

    /// <summary>One above it is closed.</summary>
    public sealed record AboveClosed : TenantClosing;

    /// <summary>It was changed meanwhile.</summary>
    public sealed record Stale : TenantClosing;
}

/// <summary>
/// Closes a tenant and opens it again, for who may make tenants where it stands: whatever it shares, since who lets others in can show them out. What it has stays, and is read as before; whether it
/// is closed is asked of the <see cref="IdentityDirectory"/> at every door.
/// </summary>
public sealed class ClosingDesk
{
    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly TenantDesk _tenants;
    private readonly IEnumerable<ITenantActivity> _activities;
    private readonly TimeProvider _clock;
    private readonly ILogger<ClosingDesk> _log;

    internal ClosingDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, TenantDesk tenants, IEnumerable<ITenantActivity> activities, TimeProvider clock, ILogger<ClosingDesk> log) =>
        (_rooms, _directory, _tenants, _activities, _clock, _log) = (rooms, directory, tenants, activities, clock, log);

    /// <summary>Whether the caller may close that tenant, or open it again.</summary>
    public bool May(Caller caller, TenantId tenant) => Refusal(caller, _directory.Find(tenant)) is null;

    /// <returns>A view, or why it is not the caller's to close.</returns>
    public async Task<(TenantClosingView? View, TenantClosing? Refusal)> LookAsync(Caller caller, string name, CancellationToken ct)
    {
        var tenant = _directory.FindNamed(name);
        if (Refusal(caller, tenant) is { } refusal) return (null, refusal);
        var counts = new Dictionary<TenantActivity, long>();
        foreach (var activity in _activities) counts[activity.Kind] = await activity.CountAsync(tenant!.Id, ct);
        var (people, clients) = _directory.Members(tenant!.Id);
        return (new TenantClosingView(counts.GetValueOrDefault(TenantActivity.StationsOnline), counts.GetValueOrDefault(TenantActivity.SessionsRunning), people, clients, OpenBelow(tenant.Id)), null);
    }

    public async Task<TenantClosing> CloseAsync(Caller caller, string name, CancellationToken ct)
    {
        var tenant = _directory.FindNamed(name);
        if (Refusal(caller, tenant) is { } refusal) return refusal;
        return OpenBelow(tenant!.Id) is { Count: > 0 } open ? new TenantClosing.OpenBelow(open) : await ChangeAsync(caller, tenant, isClosing: true, ct);
    }

    public async Task<TenantClosing> ReopenAsync(Caller caller, string name, CancellationToken ct)
    {
        var tenant = _directory.FindNamed(name);
        return Refusal(caller, tenant) is { } refusal ? refusal : await ChangeAsync(caller, tenant!, isClosing: false, ct);
    }

    private TenantClosing? Refusal(Caller caller, Tenant? tenant)
    {
        if (tenant is null || !_directory.IsAtOrBelow(tenant.Id, caller.Tenant)) return new TenantClosing.Gone();
        // The first of all has nobody above it, so that it is always the caller's own.
        if (tenant.Id == caller.Tenant || tenant.Parent is not { } parent) return new TenantClosing.Own();
        if (_directory.IsClosed(parent)) return new TenantClosing.AboveClosed();
        return _directory.Below(caller, parent).Within(Scope.TenantsWrite).IsWhole ? null : new TenantClosing.Lacks();
    }

    // One that is made below it at this very moment is closed with it all the same: what stands below a closed one is.
    private List<string> OpenBelow(TenantId tenant) => [.. _directory.All.Where(other => other.Parent == tenant && other.ClosedAt is null).Select(other => other.Slug).Order(StringComparer.Ordinal)];

    private async Task<TenantClosing> ChangeAsync(Caller caller, Tenant tenant, bool isClosing, CancellationToken ct)
    {
        if (tenant.ClosedAt is not null == isClosing) return await AsItIsAsync(caller, tenant, ct);
        var verb = isClosing ? "closed" : "reopened";
        // Above it first: should the second fail, something is told that did not happen, and never the other way round.
        await using (var above = await _rooms.OpenAsync(TenantScope.Of(tenant.Parent!.Value).By(caller.Author), ct))
        {
            above.Tell(new AuditFact("tenant", tenant.Id.ToString(), verb) { Name = tenant.Slug });
            await above.CommitAsync(ct);
        }
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id).By(caller.Author), ct))
        {
            var row = await db.Tenants.SingleAsync(row => row.TenantId == tenant.Id, ct);
            row.ClosedAt = isClosing ? _clock.GetInstant() : null;
            db.TellAs(verb, row);
            db.LeaveUntold("its people's sessions end with it");
            try { await db.CommitAsync(isClosing ? token => db.SignIns.ExecuteDeleteAsync(token) : null, ct); }
            catch (DbUpdateConcurrencyException) { return new TenantClosing.Stale(); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        Log.TenantClosed(_log, caller.Actor, tenant.Slug, verb);
        return await AsItIsAsync(caller, tenant, CancellationToken.None);
    }

    private async Task<TenantClosing> AsItIsAsync(Caller caller, Tenant tenant, CancellationToken ct) =>
        await _tenants.FindAsync(caller, tenant.Slug, ct) is { } view ? new TenantClosing.Done(view) : new TenantClosing.Gone();
}
