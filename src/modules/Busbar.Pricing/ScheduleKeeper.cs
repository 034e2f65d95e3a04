using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Pricing;

/// <summary>
/// Makes scheduled versions the active ones when their time has come. Prices do not wait for it: <see cref="TariffBook"/> goes by the schedule itself. Of two processes that
/// do the same at once, the tariff's revision and the number of the publication let one through.
/// </summary>
internal sealed class ScheduleKeeper(RoomDbFactory<PricingDb> rooms, TariffBook book, TimeProvider clock, ILogger<ScheduleKeeper> log) : BackgroundService
{
    private const int AtOnce = 500;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    // The stations that come back at a start go first.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            await Task.Delay(FirstAfter, clock, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await SettleAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.ScheduleFailed(log, error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <returns>How many tariffs have another active version now.</returns>
    internal async Task<int> SettleAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        List<(TenantId Tenant, TariffId Tariff)> due;
        await using (var all = await rooms.OpenAsync(TenantScope.System, ct))
            due = [.. (await all.Versions.AsNoTracking().Where(row => row.ActivateAt <= now).Select(row => new { row.TenantId, row.TariffId }).Distinct().Take(AtOnce).ToListAsync(ct)).Select(row => (row.TenantId, row.TariffId))];
        var settled = 0;
        foreach (var (tenant, id) in due)
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(tenant).By(Author.System("tariff-schedule")), ct);
            if (await db.Tariffs.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } tariff || !await Publishing.SettleAsync(db, tariff, now, ct)) continue;
            try
            {
                await db.CommitAsync(ct);
                settled++;
            }
            catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey())
            {
                // Another process, or whoever changed the tariff just now, has done it.
            }
            book.Forget(tenant);
        }
        return settled;
    }
}
