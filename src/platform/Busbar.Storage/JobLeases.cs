using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Storage;

/// <summary>A work that is done once per database, and the process that does it now.</summary>
[NotAudited("a lease")]
internal sealed class JobRow : ITenantOwned
{
    /// <summary>All zeros: the installation's.</summary>
    public TenantId TenantId { get; init; }
    public required string Name { get; init; }

    /// <summary>A <see cref="NodeName"/>.</summary>
    public required string Holder { get; set; }
    public Instant HeldUntil { get; set; }
}

/// <param name="Holder">A <see cref="NodeName"/>.</param>
public sealed record HeldJob(string Name, string Holder, Instant HeldUntil);

internal sealed class JobsDb(RoomDbSetup setup) : RoomDb(setup)
{
    public DbSet<JobRow> Jobs => Set<JobRow>();

    protected override IReadOnlyList<RoomSchema> Schemas => [StorageSchema.Jobs];
}

/// <summary>
/// Lets one process of those that serve a database do a work. A lease is renewed by asking again; of a process that died it is free when its time is over, by the clock
/// of who asks, so what two might do at once for a moment must do no harm.
/// </summary>
public sealed class JobLeases
{
    private static readonly TenantId Installation = new(Guid.Empty);

    private readonly RoomDbFactory<JobsDb> _rooms;
    private readonly TimeProvider _clock;

    internal JobLeases(RoomDbFactory<JobsDb> rooms, TimeProvider clock) => (_rooms, _clock) = (rooms, clock);

    /// <summary>True: this process may do it for so long.</summary>
    /// <param name="holder">Who asks: <see cref="NodeName.Current"/>.</param>
    public async Task<bool> TryHoldAsync(string job, string holder, TimeSpan time, CancellationToken ct)
    {
        var now = _clock.GetInstant();
        var until = now + Duration.FromTimeSpan(time);
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        var taken = 0;
        await db.CommitAsync(async ct => taken = await db.Jobs.Where(row => row.TenantId == Installation && row.Name == job && (row.Holder == holder || row.HeldUntil < now))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Holder, holder).SetProperty(row => row.HeldUntil, until), ct), ct);
        return taken > 0 || await TryBeginAsync(job, holder, until, ct);
    }

    /// <summary>The works whose names begin so, with who had each last and until when: one whose time is over may be nobody's any more.</summary>
    public async Task<IReadOnlyList<HeldJob>> FindAsync(string prefix, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        return await db.Jobs.AsNoTracking().Where(row => row.TenantId == Installation && row.Name.StartsWith(prefix)).Select(row => new HeldJob(row.Name, row.Holder, row.HeldUntil)).ToListAsync(ct);
    }

    /// <summary>Before the process ends, so that another need not wait.</summary>
    public async Task LetGoAsync(string job, string holder, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        await db.CommitAsync(ct => db.Jobs.Where(row => row.TenantId == Installation && row.Name == job && row.Holder == holder).ExecuteDeleteAsync(ct), ct);
    }

    private async Task<bool> TryBeginAsync(string job, string holder, Instant until, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        if (await db.Jobs.AnyAsync(row => row.TenantId == Installation && row.Name == job, ct)) return false;
        db.Add(new JobRow { TenantId = Installation, Name = job, Holder = holder, HeldUntil = until });
        try
        {
            await db.CommitAsync(ct);
            return true;
        }
        catch (DbUpdateException error) when (error.IsDuplicateKey())
        {
            // Another process came first.
            return false;
        }
    }
}
