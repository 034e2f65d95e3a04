using System.Text;
using Busbar.Identity.Http;
using Busbar.Identity.Keys;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

/// <summary>At start: the installation's keys, the tenant <c>default</c>, the configured client, the directory. Then keeps the directory fresh.</summary>
internal sealed class IdentityStartup(
    Database database, RoomDbFactory<IdentityDb> rooms, KeyVault keys, KeyedHash hash, KeyRing keyRing, IdentityDirectory directory, IdentityOptions options,
    IdSource ids, TimeProvider clock, ILogger<IdentityStartup> log) : BackgroundService
{
    private static readonly TimeSpan ReloadEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HousekeepingEvery = TimeSpan.FromMinutes(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        options.Verify();
        await keys.StartAsync(looks: false, cancellationToken);
        await directory.ReloadAsync(cancellationToken);
        if (!IsAsConfigured())
        {
            // Two processes may start at once on an empty database: the second finds what the first made.
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    await EnsureDefaultAsync(cancellationToken);
                    break;
                }
                catch (DbUpdateException error) when (attempt == 0 && error.IsDuplicateKey()) { }
            }
            await directory.ReloadAsync(cancellationToken);
        }
        await keyRing.ReloadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Nearly every start: the tenant is there, and its client has the configuration's key.</summary>
    private bool IsAsConfigured()
    {
        if (directory.Find(IdentityModule.DefaultSlug) is not { } tenant) return false;
        var client = directory.Configured(tenant.Id);
        return options.AdminKey is { } adminKey
            ? client is not null && client.KeyHash.AsSpan().SequenceEqual(hash.Hash(IdentityDirectory.KeyPurpose, Encoding.UTF8.GetBytes(adminKey)))
            : !options.IsServer || client is null;
    }

    private async Task EnsureDefaultAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System.By(Author.System("start")), ct);
        var now = clock.GetInstant();
        var tenant = await db.Tenants.SingleOrDefaultAsync(row => row.Slug == IdentityModule.DefaultSlug, ct);
        if (tenant is null)
        {
            tenant = new TenantRow
            {
                TenantId = ids.New<TenantId>(), Slug = IdentityModule.DefaultSlug, Name = "Default", Kind = TenantKind.Operator, Currency = Currency.Eur.Code, TimeZone = "UTC", Languages = "en", CreatedAt = now,
            };
            db.Add(tenant);
        }
        var client = await db.ApiClients.SingleOrDefaultAsync(row => row.TenantId == tenant.TenantId && row.Configured, ct);
        if (options.AdminKey is { } adminKey)
        {
            var keyHash = hash.Hash(IdentityDirectory.KeyPurpose, Encoding.UTF8.GetBytes(adminKey));
            if (client is null)
            {
                db.Add(new ApiClientRow
                {
                    TenantId = tenant.TenantId, Id = ids.New<ApiClientId>(), Name = "Busbar:AdminKey", KeyHash = keyHash, Scopes = Scope.All, Configured = true, CreatedAt = now,
                });
            }
            else if (client.RevokedAt is not null || !client.KeyHash.AsSpan().SequenceEqual(keyHash)) (client.KeyHash, client.RevokedAt) = (keyHash, null);
        }
        // Whoever took the key out of the configuration wants nobody to have it.
        else if (options.IsServer && client is { RevokedAt: null }) client.RevokedAt = now;
        await db.CommitAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(ReloadEvery, clock);
        var housekeeping = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (database.Kind == DatabaseKind.Postgres)
                    {
                        await keys.ReloadAsync(stoppingToken);
                        await directory.ReloadAsync(stoppingToken);
                    }
                    if (clock.GetElapsedTime(housekeeping) < HousekeepingEvery) continue;
                    housekeeping = clock.GetTimestamp();
                    await directory.WriteLastUsedAsync(stoppingToken);
                    await directory.WriteSeenAsync(stoppingToken);
                    await ForgetWhatIsOverAsync(stoppingToken);
                    if (database.Kind == DatabaseKind.Postgres) await keyRing.ReloadAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException) { Log.DirectoryStale(log, error); }
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task ForgetWhatIsOverAsync(CancellationToken ct)
    {
        var until = clock.GetInstant() - Idempotency.Kept;
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        await db.CommitAsync(token => db.Idempotency.Where(row => row.CreatedAt < until).ExecuteDeleteAsync(token), ct);
        var now = clock.GetInstant();
        await using var links = await rooms.OpenAsync(TenantScope.System, ct);
        await links.CommitAsync(token => links.Invitations.Where(row => row.ExpiresAt < now).ExecuteDeleteAsync(token), ct);
        await FourEyesDesk.ForgetLapsedAsync(rooms, now, ct);
        await using var challenges = await rooms.OpenAsync(TenantScope.System, ct);
        await challenges.CommitAsync(token => challenges.UsedChallenges.Where(row => row.Until < now).ExecuteDeleteAsync(token), ct);
    }
}
