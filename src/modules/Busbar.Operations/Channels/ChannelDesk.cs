using Busbar.Egress.Contracts;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Api;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Operations;

/// <summary>What came of a test that somebody asked for.</summary>
internal abstract record TestOutcome
{
    public sealed record Sent(DeliveryId Delivery) : TestOutcome;

    /// <param name="Wait">Until the next one may leave.</param>
    public sealed record TooMany(TimeSpan Wait) : TestOutcome;

    /// <summary>There is no such channel in the tenant.</summary>
    public sealed record Gone : TestOutcome;
}

/// <summary>What came of a new secret that somebody asked for.</summary>
internal abstract record Rotation
{
    /// <param name="Secret">As its receiver is shown it.</param>
    public sealed record Done(ChannelRow Row, string Secret) : Rotation;

    /// <summary>Somebody else changed the channel at this moment: nothing was done.</summary>
    public sealed record Stale : Rotation;

    /// <summary>There is no such channel in the tenant.</summary>
    public sealed record Gone : Rotation;
}

/// <summary>What is done with channels, by the API and by the page.</summary>
internal sealed class ChannelDesk(
    RoomDbFactory<OperationsDb> rooms, Notices notices, WebhookSecrets secrets, TestAllowance allowance, IdSource ids, TimeProvider clock, ILogger<ChannelDesk> log)
{
    public const int Most = 50;
    public const int OverlapHours = 24;
    public const int LongestOverlapHours = 168;

    /// <returns>Null: the tenant has too many.</returns>
    public async Task<(ChannelRow Row, string? Secret)?> AddAsync(Caller caller, ChannelInput input, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Channels.CountAsync(ct) >= Most) return null;
        var secret = input.Kind == ChannelKind.Webhook ? secrets.Make() : default;
        var row = new ChannelRow
        {
            TenantId = caller.Tenant, Id = ids.New<ChannelId>(), Kind = input.Kind, Name = input.Name, Target = (input.Address ?? input.Url)!, Language = input.Language ?? Languages.All[0],
            Enabled = input.Enabled, Secret = secret.Sealed, CreatedAt = clock.GetInstant(),
        };
        db.Add(row);
        await db.CommitAsync(ct);
        return (row, secret.Shown);
    }

    public async Task<IReadOnlyList<ChannelRow>> AllAsync(Caller caller, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Channels.AsNoTracking().OrderBy(row => row.Id).Take(Most).ToListAsync(ct);
    }

    /// <summary>Null: there is no such channel in the tenant.</summary>
    public async Task<ChannelRow?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, id, ct);
    }

    public static async Task<ChannelRow?> FindAsync(OperationsDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<ChannelId>(text, out var id) ? await db.Channels.SingleOrDefaultAsync(row => row.Id == id, ct) : null;

    public async Task<Rotation> RotateAsync(Caller caller, ChannelId id, int overlapHours, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Channels.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return new Rotation.Gone();
        var (shown, box) = secrets.Make();
        (row.FormerSecret, row.FormerUntil, row.Secret) = (row.Secret, clock.GetInstant() + Duration.FromHours(overlapHours), box);
        db.TellAs("secretRotated", row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new Rotation.Stale(); }
        return new Rotation.Done(row, shown);
    }

    public async Task<TestOutcome> TestAsync(Caller caller, string id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, id, ct) is not { } row) return new TestOutcome.Gone();
        if (allowance.Take(caller.Tenant, row.Id) is { Ticks: > 0 } wait)
        {
            Log.TooManyTests(log, caller.Actor, row.Id);
            return new TestOutcome.TooMany(wait);
        }
        var delivery = notices.Test(db, row, clock.GetInstant());
        db.TellAs("tested", row);
        await db.CommitAsync(ct);
        Log.TestSent(log, caller.Actor, row.Id, delivery);
        return new TestOutcome.Sent(delivery);
    }

    /// <returns>False: somebody else changed it at this moment.</returns>
    public async Task<bool> TrySetEnabledAsync(Caller caller, ChannelId id, bool enabled, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Channels.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return true;
        row.Enabled = enabled;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return false; }
        return true;
    }

    public async Task RemoveAsync(Caller caller, ChannelId id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Channels.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return;
        await db.CommitAsync(async ct =>
        {
            if (await db.Channels.Where(row => row.Id == id).ExecuteDeleteAsync(ct) > 0) db.TellRemoved([row]);
            else db.LeaveUntold("somebody else removed it");
        }, ct);
    }
}
