using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Busbar.Egress.Contracts;
using Busbar.Identity.Clients;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.SignOn;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>An operator who may sign in.</summary>
/// <param name="Rights">What their grants come to.</param>
internal sealed record KnownOperator(OperatorId Id, TenantId Tenant, string Email, string? Name, string Stamp, IReadOnlyList<Grant> Grants, Rights Rights)
{
    /// <summary>An owner because somebody said so, and not a provider.</summary>
    public bool OwnsByHand { get; init; }
}

/// <summary>A session that was begun and not ended.</summary>
internal sealed record KnownSignIn(SignInId Id, TenantId Tenant, OperatorId Operator, Instant Until)
{
    /// <summary>By whom its operator came in; null: not by single sign-on.</summary>
    public IdentityProviderId? Provider { get; init; }

    /// <summary>More than a password was asked for.</summary>
    public bool HadSecondFactor { get; init; }
}

/// <summary>
/// All tenants, clients, operators with their rights, and sessions, in memory: authentication costs one hash and no database. Reloaded at once after a change here, and every few
/// seconds where other processes write too; a session that began in another one a moment ago is asked for.
/// </summary>
internal sealed class IdentityDirectory(RowReader reader, RoomDbFactory<IdentityDb> rooms, KeyedHash hash, TimeProvider clock) : ITenants, IRestingTenants, IDisposable
{
    public const string KeyPurpose = "api-key";
    private const int MostEnded = 10_000;

    private static readonly RowSource<(KnownOperator Operator, Instant? DisabledAt)> Operators = new(
        "identity_operators", "id, tenant_id, email, name, security_stamp, disabled_at",
        row => (new KnownOperator(row.Id<OperatorId>(0), row.Id<TenantId>(1), row.Text(2), row.MaybeText(3), row.Text(4), [], Rights.None), row.MaybeInstant(5)));

    private readonly SemaphoreSlim _reloading = new(1, 1);
    private readonly ConcurrentDictionary<ApiClientId, (TenantId Tenant, Instant At, string From)> _used = new();
    private readonly ConcurrentDictionary<SignInId, (KnownSignIn SignIn, long At)> _begun = new();
    private readonly ConcurrentDictionary<SignInId, byte> _ended = new();
    private readonly ConcurrentDictionary<SignInId, (TenantId Tenant, Instant At)> _seen = new();
    private volatile Snapshot _now = new([], [], [], [], [], [], [], []);

    private sealed class Snapshot(Tenant[] tenants, KnownClient[] clients, KnownOperator[] operators, TenantId[] staffed, (TenantId Tenant, Role Role)[] roles, KnownSignIn[] signIns, KnownBreakGlass[] glasses, KnownProvider[] providers)
    {
        public ILookup<TenantId, Role> Roles { get; } = roles.ToLookup(one => one.Tenant, one => one.Role);
        public FrozenDictionary<SignInId, KnownSignIn> SignIns { get; } = signIns.ToFrozenDictionary(known => known.Id);
        public FrozenDictionary<IdentityProviderId, KnownProvider> Providers { get; } = providers.ToFrozenDictionary(provider => provider.Id);
        public ILookup<TenantId, KnownBreakGlass> Glasses { get; } = glasses.ToLookup(glass => glass.Tenant);
        public Tenant[] All { get; } = tenants;
        public FrozenDictionary<TenantId, Tenant> ById { get; } = tenants.ToFrozenDictionary(tenant => tenant.Id);
        public FrozenDictionary<string, Tenant> BySlug { get; } = tenants.ToFrozenDictionary(tenant => tenant.Slug, StringComparer.Ordinal);
        public FrozenSet<TenantId> Closed { get; } = tenants.Where(tenant => tenant.IsClosed).Select(tenant => tenant.Id).ToFrozenSet();
        public FrozenDictionary<ApiClientId, KnownClient> Clients { get; } = clients.ToFrozenDictionary(client => client.Id);

        // What a previous key was may come back as a configured one: a key that is current comes first.
        public FrozenDictionary<string, KnownClient> ByHash { get; } = clients.Select(client => (client.KeyHash, Client: client))
            .Concat(clients.Where(client => client.PreviousKey is not null).Select(client => (KeyHash: client.PreviousKey!.Value.Hash, Client: client)))
            .DistinctBy(one => Convert.ToHexString(one.KeyHash)).ToFrozenDictionary(one => Convert.ToHexString(one.KeyHash), one => one.Client);

        public FrozenDictionary<OperatorId, KnownOperator> Operators { get; } = operators.ToFrozenDictionary(known => known.Id);
        public FrozenSet<TenantId> Staffed { get; } = staffed.ToFrozenSet();
    }

    public IReadOnlyCollection<Tenant> All => _now.All;
    public Tenant? Find(TenantId id) => _now.ById.GetValueOrDefault(id);
    public Tenant? Find(string slug) => _now.BySlug.GetValueOrDefault(slug);

    /// <summary>By its id, or by its slug: as a path names it.</summary>
    public Tenant? FindNamed(string name) => TypedId.TryParse<TenantId>(name, out var id) ? Find(id) : Find(name);

    /// <summary>The same, where it is that other one or stands below it.</summary>
    public Tenant? FindNamed(string name, TenantId above) => FindNamed(name) is { } tenant && IsAtOrBelow(tenant.Id, above) ? tenant : null;

    /// <summary>The client that the configuration's key makes; null: there is none, or it is revoked.</summary>
    public KnownClient? Configured(TenantId tenant) => _now.Clients.Values.SingleOrDefault(client => client.Configured && client.Tenant == tenant);

    /// <summary>Disabled ones count: an account that is shut is no invitation.</summary>
    public bool HasOperators(TenantId tenant) => _now.Staffed.Contains(tenant);

    /// <summary>It, or one above it, is closed.</summary>
    public bool IsClosed(TenantId tenant) => _now.Closed.Contains(tenant);

    /// <inheritdoc />
    public IReadOnlyCollection<TenantId> Resting => _now.Closed;

    /// <summary>Null for one that is disabled, or whose tenant is closed.</summary>
    public KnownOperator? Find(OperatorId id) => _now.Operators.GetValueOrDefault(id) is { } known && !IsClosed(known.Tenant) ? known : null;

    /// <summary>By its address, folded (<see cref="Busbar.Identity.Operators.OperatorDesk.Fold"/>). Also of a tenant that is closed. Asked when somebody is refused, so all are looked at: they are people.</summary>
    public KnownOperator? FindByAccount(string folded) => _now.Operators.Values.FirstOrDefault(known => Busbar.Identity.Operators.OperatorDesk.Fold(known.Email) == folded);

    /// <summary>A tenant's roles: the built-in ones, then its own by name.</summary>
    public IReadOnlyList<Role> RolesOf(TenantId tenant) => [.. Role.BuiltIn, .. _now.Roles[tenant].OrderBy(role => role.Name, StringComparer.CurrentCultureIgnoreCase)];

    /// <summary>Null: the tenant has no such role.</summary>
    public Role? FindRole(TenantId tenant, string key) => Role.FindBuiltIn(key) ?? _now.Roles[tenant].FirstOrDefault(role => role.Key == key);

    /// <summary>A client of the installation, by its id; null: there is none, it is revoked or over, or its tenant is closed.</summary>
    public KnownClient? FindClient(ApiClientId id) => _now.Clients.GetValueOrDefault(id) is { } client && !client.IsOver(clock.GetInstant()) && !IsClosed(client.Tenant) ? client : null;

    /// <summary>Null: it has ended, or it began in another process since the last reload.</summary>
    public KnownSignIn? Find(SignInId id) => _now.SignIns.GetValueOrDefault(id) ?? (_begun.TryGetValue(id, out var begun) ? begun.SignIn : null);

    /// <summary>As <see cref="Find(SignInId)"/>, and from the database where memory knows nothing of it. What is not there either never will be: a cookie is made after its row.</summary>
    public async ValueTask<KnownSignIn?> FindAsync(TenantId tenant, SignInId id, CancellationToken ct)
    {
        if (Find(id) is { } known) return known;
        if (_ended.ContainsKey(id)) return null;
        var at = clock.GetTimestamp();
        if (await reader.ReadAsync(TenantScope.Of(tenant), SignInRow.Known, ct, RowMatch.Ids("id", [id])) is [var row])
        {
            _begun[id] = (row, at);
            return row;
        }
        if (_ended.Count >= MostEnded) _ended.Clear();
        _ended[id] = 0;
        return null;
    }

    /// <summary>A session that has begun here.</summary>
    public void Begun(KnownSignIn signIn) => _begun[signIn.Id] = (signIn, clock.GetTimestamp());

    /// <summary>Somebody does something in it: written once a minute.</summary>
    public void Seen(KnownSignIn signIn) => _seen[signIn.Id] = (signIn.Tenant, clock.GetInstant());

    /// <summary>
    /// By a key, the current one or the one before while both are good. The table is keyed by the hash of the key, so the look-up's own timing tells nothing about a key; the last comparison is
    /// constant-time. Whether the client is over, or may call from there, is asked after it.
    /// </summary>
    public ClientEntry? Authenticate(string key)
    {
        var bytes = Encoding.UTF8.GetBytes(key);
        var hashed = hash.Hash(KeyPurpose, bytes);
        if (_now.ByHash.GetValueOrDefault(Convert.ToHexString(hashed)) is not { } client || IsClosed(client.Tenant)) return null;
        if (CryptographicOperations.FixedTimeEquals(hashed, client.KeyHash)) return new ClientEntry(client, client.Rights, client.KeyHash);
        return client.PreviousKey is { } previous && clock.GetInstant() < previous.Until && CryptographicOperations.FixedTimeEquals(hashed, previous.Hash) ? new ClientEntry(client, client.Rights, previous.Hash) : null;
    }

    /// <summary>It called, from that address: written once a minute.</summary>
    public void Used(KnownClient client, string from) => _used[client.Id] = (client.Tenant, clock.GetInstant(), from);

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

    /// <summary>What a tenant shares with one at or above it: the least of all on the way up.</summary>
    public TenantSharing SharedBetween(TenantId above, TenantId below)
    {
        var shared = TenantSharing.Full;
        for (var depth = 0; below != above; depth++)
        {
            if (depth == 32 || Find(below) is not { Parent: { } parent } tenant) return TenantSharing.None;
            (shared, below) = (TenantRules.Narrower(shared, tenant.Sharing), parent);
        }
        return shared;
    }

    /// <summary>What a caller may do in a tenant at or below the one of the call.</summary>
    public Rights Below(Caller caller, TenantId tenant)
    {
        if (tenant == caller.Tenant) return caller.Rights;
        var shared = caller.Rights.Below(SharedBetween(caller.Tenant, tenant));
        return IsClosed(tenant) ? shared.WhileClosed : shared;
    }

    /// <summary>What somebody may do in a tenant at or below their own: as far as it shares, and all while they have broken its glass. Of a tenant that is closed, what is left of that.</summary>
    public Rights RightsIn(TenantId home, Rights rights, OperatorId? person, TenantId tenant)
    {
        if (tenant == home) return rights;
        var now = clock.GetInstant();
        var shared = rights.Below(_now.Glasses[tenant].Any(glass => glass.Operator == person && glass.Until > now) ? TenantSharing.Full : SharedBetween(home, tenant));
        return IsClosed(tenant) ? shared.WhileClosed : shared;
    }

    public IReadOnlyList<KnownBreakGlass> GlassBrokenIn(TenantId tenant) => clock.GetInstant() is var now && _now.Glasses[tenant].Any() ? [.. _now.Glasses[tenant].Where(glass => glass.Until > now)] : [];

    public IEnumerable<KnownOperator> OwnersOf(TenantId tenant) => _now.Operators.Values.Where(known => known.Tenant == tenant && GrantRules.IsOwner(known.Grants));

    /// <summary>How many people may sign in, and how many clients have a key, as long as the tenant is open.</summary>
    public (int People, int Clients) Members(TenantId tenant) =>
        (_now.Operators.Values.Count(known => known.Tenant == tenant), _now.Clients.Values.Count(client => client.Tenant == tenant && !client.IsOver(clock.GetInstant())));

    /// <summary>Null: there is none, or it or its tenant is shut.</summary>
    public KnownProvider? FindProvider(IdentityProviderId id) => _now.Providers.GetValueOrDefault(id) is { Enabled: true } provider && !IsClosed(provider.Tenant) ? provider : null;

    public bool HasProviders => _now.Providers.Count > 0;

    /// <summary>Those that are open, by name.</summary>
    public IReadOnlyList<KnownProvider> ProvidersOf(TenantId tenant) =>
        [.. _now.Providers.Values.Where(provider => provider.Tenant == tenant && provider.Enabled && !IsClosed(tenant)).OrderBy(provider => provider.Name, StringComparer.CurrentCultureIgnoreCase)];

    /// <summary>Those of an address's domain. Where several tenants name the domain there is none: whose it is nobody can say here, and each has its own address of the sign-in.</summary>
    public IReadOnlyList<KnownProvider> ProvidersFor(string email)
    {
        KnownProvider[] found = [.. _now.Providers.Values.Where(provider => provider.Enabled && !IsClosed(provider.Tenant) && provider.HasDomainOf(email)).OrderBy(provider => provider.Name, StringComparer.CurrentCultureIgnoreCase)];
        return found.Select(provider => provider.Tenant).Distinct().Count() == 1 ? found : [];
    }

    /// <summary>Their tenant lets them in by single sign-on only. The owner who was there first keeps a way in, for when the provider is away.</summary>
    public bool MustSignOn(KnownOperator known)
    {
        if (!_now.Providers.Values.Any(provider => provider.Tenant == known.Tenant && provider is { Enabled: true, Required: true } && provider.HasDomainOf(known.Email))) return false;
        return _now.Operators.Values.Where(other => other.Tenant == known.Tenant && other.OwnsByHand).MinBy(other => other.Id.Value)?.Id != known.Id;
    }

    /// <summary>Their tenant asks for a second factor, and they came in without one.</summary>
    public bool OwesSecondFactor(KnownOperator known, KnownSignIn signIn) => !signIn.HadSecondFactor && Find(known.Tenant) is { RequiresSecondFactor: true };

    public async Task ReloadAsync(CancellationToken ct)
    {
        await _reloading.WaitAsync(ct);
        try
        {
            // What names a tenant is read before the tenants: a client without its tenant would be an error, a tenant without its client is a moment's delay.
            var began = clock.GetTimestamp();
            var clients = await reader.ReadAsync(TenantScope.System, ApiClientRow.Known, ct);
            var signIns = await reader.ReadAsync(TenantScope.System, SignInRow.Known, ct);
            var grants = (await reader.ReadAsync(TenantScope.System, GrantRow.Source, ct)).ToLookup(row => row.Holder);
            var operators = await reader.ReadAsync(TenantScope.System, Operators, ct);
            var roles = await reader.ReadAsync(TenantScope.System, RoleRow.Source, ct);
            var providers = await reader.ReadAsync(TenantScope.System, ProviderRow.Source, ct);
            var now = clock.GetInstant();
            var glasses = (await reader.ReadAsync(TenantScope.System, BreakGlassRow.Source, ct)).Where(glass => glass.Until > now);
            var tenants = await reader.ReadAsync(TenantScope.System, TenantRow.Source, ct);
            var own = roles.ToDictionary(row => (row.Tenant, row.Role.Key), row => row.Role);
            _now = new Snapshot(
                TenantRules.WithClosed([.. tenants]),
                [.. clients.Where(row => row.RevokedAt is null).Select(row => row.Client)],
                [.. operators.Where(row => row.DisabledAt is null).Select(row => Holding(row.Operator, [.. grants[row.Operator.Id]], own))],
                [.. operators.Select(row => row.Operator.Tenant).Distinct()],
                [.. roles],
                [.. signIns],
                [.. glasses],
                [.. providers]);
            foreach (var (id, begun) in _begun)
                if (begun.At < began) _begun.TryRemove(KeyValuePair.Create(id, begun));
        }
        finally { _reloading.Release(); }
    }

    private static KnownOperator Holding(KnownOperator known, (OperatorId Holder, Grant Grant, bool ByHand)[] rows, Dictionary<(TenantId, string), Role> own)
    {
        Grant[] grants = [.. rows.Select(row => row.Grant)];
        return known with
        {
            Grants = grants, Rights = GrantRules.RightsOf(grants, key => Role.FindBuiltIn(key) ?? own.GetValueOrDefault((known.Tenant, key))),
            OwnsByHand = GrantRules.IsOwner(rows.Where(row => row.ByHand).Select(row => row.Grant)),
        };
    }

    /// <summary>Writes when each session was last seen, and removes those that are over.</summary>
    public async Task WriteSeenAsync(CancellationToken ct)
    {
        foreach (var (id, seen) in _seen.ToArray())
        {
            if (!_seen.TryRemove(KeyValuePair.Create(id, seen))) continue;
            await using var db = await rooms.OpenAsync(TenantScope.Of(seen.Tenant), ct);
            await db.CommitAsync(token => db.SignIns.Where(row => row.Id == id).ExecuteUpdateAsync(set => set.SetProperty(row => row.SeenAt, seen.At), token), ct);
        }
        var now = clock.GetInstant();
        // Its cookie has been worth nothing for a while: other processes write once a minute too.
        var idle = now - Duration.FromTimeSpan(SessionCookie.Idle) - Duration.FromMinutes(10);
        await using var all = await rooms.OpenAsync(TenantScope.System, ct);
        await all.CommitAsync(token => all.SignIns.Where(row => row.Until < now || row.SeenAt < idle).ExecuteDeleteAsync(token), ct);
    }

    /// <summary>Writes when and from where each client was last seen; one row per client that called since the last time.</summary>
    public async Task WriteLastUsedAsync(CancellationToken ct)
    {
        foreach (var (id, seen) in _used.ToArray())
        {
            if (!_used.TryRemove(KeyValuePair.Create(id, seen))) continue;
            await using var db = await rooms.OpenAsync(TenantScope.Of(seen.Tenant), ct);
            // Not through the row: being used is no change that an editor must know of.
            await db.CommitAsync(
                token => db.ApiClients.Where(row => row.Id == id).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastUsedAt, seen.At).SetProperty(row => row.LastUsedFrom, seen.From), token), ct);
        }
    }

    public void Dispose() => _reloading.Dispose();
}
