using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>A client as the door knows it.</summary>
internal sealed record KnownClient(ApiClientId Id, TenantId Tenant, FrozenSet<string> Scopes, byte[] KeyHash, bool Configured);

/// <summary>An operator who may sign in.</summary>
internal sealed record KnownOperator(OperatorId Id, TenantId Tenant, string Email, FrozenSet<string> Scopes, string Stamp);

/// <summary>
/// All tenants, clients and operators, in memory: authentication costs one hash and no database. Reloaded at once after a change here, and every few
/// seconds where other processes write too.
/// </summary>
internal sealed class IdentityDirectory(RoomDbFactory<IdentityDb> rooms, KeyedHash hash, TimeProvider clock) : ITenants, IDisposable
{
    public const string KeyPurpose = "api-key";

    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly ConcurrentDictionary<ApiClientId, (TenantId Tenant, Instant At)> _used = new();
    private volatile Snapshot _now = new([], [], [], []);

    private sealed class Snapshot(Tenant[] tenants, KnownClient[] clients, KnownOperator[] operators, TenantId[] staffed)
    {
        public Tenant[] All { get; } = tenants;
        public FrozenDictionary<TenantId, Tenant> ById { get; } = tenants.ToFrozenDictionary(tenant => tenant.Id);
        public FrozenDictionary<string, Tenant> BySlug { get; } = tenants.ToFrozenDictionary(tenant => tenant.Slug, StringComparer.Ordinal);
        public FrozenDictionary<string, KnownClient> ByHash { get; } = clients.ToFrozenDictionary(client => Convert.ToHexString(client.KeyHash));
        public FrozenDictionary<OperatorId, KnownOperator> Operators { get; } = operators.ToFrozenDictionary(known => known.Id);
        public FrozenSet<TenantId> Staffed { get; } = staffed.ToFrozenSet();
    }

    public IReadOnlyCollection<Tenant> All => _now.All;
    public Tenant? Find(TenantId id) => _now.ById.GetValueOrDefault(id);
    public Tenant? Find(string slug) => _now.BySlug.GetValueOrDefault(slug);

    /// <summary>Disabled ones count: an account that is shut is no invitation.</summary>
    public bool HasOperators(TenantId tenant) => _now.Staffed.Contains(tenant);

    /// <summary>Null for one that is disabled.</summary>
    public KnownOperator? Find(OperatorId id) => _now.Operators.GetValueOrDefault(id);

    /// <summary>The table is keyed by the hash of the key, so the look-up's own timing tells nothing about a key; the last comparison is constant-time.</summary>
    public KnownClient? Authenticate(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        var client = _now.ByHash.GetValueOrDefault(Convert.ToHexString(hash.Hash(KeyPurpose, bytes)));
        if (client is null || !hash.Verify(KeyPurpose, bytes, client.KeyHash)) return null;
        _used[client.Id] = (client.Tenant, clock.GetInstant());
        return client;
    }

    /// <summary>Is <paramref name="id"/> that tenant or one below it?</summary>
    public bool IsAtOrBelow(TenantId id, TenantId above)
    {
        // Bounded: a damaged tree must not spin.
        for (var depth = 0; depth < 32; depth++)
        {
            if (id == above) return true;
            if (Find(id)?.Parent is not { } parent) return false;
            id = parent;
        }
        return false;
    }

    public async Task ReloadAsync(CancellationToken ct)
    {
        await _reloading.WaitAsync(ct);
        try
        {
            await using var db = await rooms.OpenAsync(TenantScope.System, ct);
            var tenants = await db.Tenants.AsNoTracking().ToListAsync(ct);
            var clients = await db.ApiClients.AsNoTracking().Where(row => row.RevokedAt == null).ToListAsync(ct);
            var operators = await db.Operators.AsNoTracking()
                .Select(row => new { row.Id, row.TenantId, row.Email, row.Scopes, row.SecurityStamp, row.DisabledAt }).ToListAsync(ct);
            _now = new Snapshot(
                [.. tenants.Select(row => new Tenant(row.TenantId, row.Parent, row.Slug, row.Name, Currency.Parse(row.Currency), row.TimeZone))],
                [.. clients.Select(row => new KnownClient(row.Id, row.TenantId, row.Scopes.Split(' ').ToFrozenSet(), row.KeyHash, row.Configured))],
                [.. operators.Where(row => row.DisabledAt is null).Select(row => new KnownOperator(row.Id, row.TenantId, row.Email, row.Scopes.Split(' ').ToFrozenSet(), row.SecurityStamp))],
                [.. operators.Select(row => row.TenantId).Distinct()]);
        }
        finally { _reloading.Release(); }
    }

    /// <summary>Writes when each client was last seen; one row per client that called since the last time.</summary>
    public async Task WriteLastUsedAsync(CancellationToken ct)
    {
        foreach (var (id, seen) in _used.ToArray())
        {
            if (!_used.TryRemove(KeyValuePair.Create(id, seen))) continue;
            await using var db = await rooms.OpenAsync(TenantScope.Of(seen.Tenant), ct);
            // Not through the row: being used is no change that an editor must know of.
            await db.CommitAsync(
                token => db.ApiClients.Where(row => row.Id == id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, seen.At), token), ct);
        }
    }

    public void Dispose() => _reloading.Dispose();
}
