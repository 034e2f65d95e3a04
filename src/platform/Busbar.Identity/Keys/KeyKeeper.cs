using Busbar.Kernel;
using Busbar.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Identity.Keys;

/// <summary>
/// After a rotation: seals the boxes of former keys anew, a few at a time, and destroys a key of which none was found for a while. One process of those that serve a database does it, beside
/// everything else.
/// </summary>
internal sealed class KeyKeeper(
    KeyVault vault, SubjectKeys subjects, SealedBox box, IEnumerable<SealedColumn> columns, IdentityDirectory directory, JobLeases leases, IOptions<KeyOptions> options, KeyMetrics metrics, TimeProvider clock,
    ILogger<KeyKeeper> log) : LeasedJob("keys", leases)
{
    private const int Batch = 100;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan CountEvery = TimeSpan.FromMinutes(10);

    private readonly SealedColumn[] _columns = [.. columns];
    private long? _countedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await subjects.TidyAsync(stoppingToken);
                    if (await TryHoldAsync(LeaseTime, stoppingToken)) await KeepAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException) { Failed(error); }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    protected override void Failed(Exception error) => Log.KeysNotKept(log, error);

    /// <summary>How many boxes each key has, in all columns.</summary>
    internal async Task<IReadOnlyDictionary<long, long>> CountAsync(CancellationToken ct)
    {
        var sums = new Dictionary<long, long>();
        foreach (var column in _columns)
            foreach (var (number, count) in await column.CountAsync(ct)) sums[number] = sums.GetValueOrDefault(number) + count;
        metrics.Counted(vault.All, sums);
        _countedAt = clock.GetTimestamp();
        return sums;
    }

    private async Task KeepAsync(CancellationToken ct)
    {
        var retired = vault.All.Where(key => key.RetiredAt is not null).ToList();
        if (retired.Count == 0)
        {
            if (_countedAt is not { } last || clock.GetElapsedTime(last) > CountEvery) await CountAsync(ct);
            return;
        }
        var current = vault.Current.Number;
        var sealedAnew = 0;
        foreach (var column in _columns) sealedAnew += await ResealAsync(column, current, ct);
        if (sealedAnew > 0) Log.Resealed(log, sealedAnew, current);
        var boxes = await CountAsync(ct);
        foreach (var key in retired) await JudgeAsync(key, boxes.GetValueOrDefault(key.Number), ct);
    }

    private async Task<int> ResealAsync(SealedColumn column, long current, CancellationToken ct)
    {
        var (sealedAnew, stuck) = (0, 0);
        while (await column.ResealAsync(box, current, stuck, Batch, error => Log.BoxStays(log, error, column.Row.Name, column.Property), ct) is var some && some != default)
            (sealedAnew, stuck) = (sealedAnew + some.Sealed, stuck + some.Stuck);
        return sealedAnew;
    }

    private async Task JudgeAsync(DataKey key, long boxes, CancellationToken ct)
    {
        var now = clock.GetInstant();
        if (boxes > 0)
        {
            if (key.EmptySince is not null) await vault.NoteEmptyAsync(key.Number, null, ct);
        }
        else if (key.EmptySince is not { } since) await vault.NoteEmptyAsync(key.Number, now, ct);
        else if (since + Duration.FromTimeSpan(options.Value.KeepRetired) <= now)
        {
            await vault.DestroyAsync(key.Number, directory.Find(IdentityModule.DefaultSlug)!.Id, ct);
            Log.KeyDestroyed(log, key.Number);
            return;
        }
        await vault.ReloadAsync(ct);
    }
}
