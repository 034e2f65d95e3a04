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
internal sealed class IdentityDirectory(RowReader reader, RoomDbFactory<IdentityDb> rooms, KeyedHash hash, TimeProvider clock) : ITenants, IDisposable
{
    public const string KeyPurpose = "api-key";

    private static readonly RowSource<Tenant> Tenants = new(
        "identity_tenants", "tenant_id, parent, slug, name, currency, time_zone",
        row => new Tenant(row.Id<TenantId>(0), row.MaybeId<TenantId>(1), row.Text(2), row.Text(3), Currency.Parse(row.Text(4)), row.Text(5)));

    private static readonly RowSource<(KnownClient Client, Instant? RevokedAt)> Clients = new(
        "identity_api_clients", "id, tenant_id, scopes, key_hash, configured, revoked_at",
        row => (new KnownClient(row.Id<ApiClientId>(0), row.Id<TenantId>(1), row.Text(2).Split(' ').ToFrozenSet(), row.Bytes(3), row.Flag(4)), row.MaybeInstant(5)));

    private static readonly RowSource<(KnownOperator Operator, Instant? DisabledAt)> Operators = new(
        "identity_operators", "id, tenant_id, email, scopes, security_stamp, disabled_at",
        row => (new KnownOperator(row.Id<OperatorId>(0), row.Id<TenantId>(1), row.Text(2), row.Text(3).Split(' ').ToFrozenSet(), row.Text(4)), row.MaybeInstant(5)));

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

    /// <summary>The client that the configuration's key makes; null: there is none, or it is revoked.</summary>
    public KnownClient? Configured(TenantId tenant) => _now.ByHash.Values.SingleOrDefault(client => client.Configured && client.Tenant == tenant);

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
            // What names a tenant is read before the tenants: a client without its tenant would be an error, a tenant without its client is a moment's delay.
            var clients = await reader.ReadAsync(TenantScope.System, Clients, ct);
            var operators = await reader.ReadAsync(TenantScope.System, Operators, ct);
            var tenants = await reader.ReadAsync(TenantScope.System, Tenants, ct);
            _now = new Snapshot(
                [.. tenants],
                [.. clients.Where(row => row.RevokedAt is null).Select(row => row.Client)],
                [.. operators.Where(row => row.DisabledAt is null).Select(row => row.Operator)],
                [.. operators.Select(row => row.Operator.Tenant).Distinct()]);
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
