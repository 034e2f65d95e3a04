using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Operations;

/// <summary>Looks at every tenant's stations and sessions, again and again: one process of those that serve a database.</summary>
internal sealed class AlertWatch(
    ITenants tenants, TenantLook look, AlertDesk desk, JobLeases leases, IOptions<AlertOptions> options, AlertMetrics metrics, TimeProvider clock, ILogger<AlertWatch> log)
    : LeasedJob("alerts", leases)
{
    // Looks never cost more than a twentieth of a processor.
    private const int CostFactor = 20;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    private readonly AlertOptions _options = options.Value;
    private readonly Instant _began = clock.GetInstant();
    private Instant? _lookedForUnused;
    private bool _isWarm;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(_options.Settle, clock, stoppingToken);
            while (true)
            {
                var begin = clock.GetTimestamp();
                try
                {
                    if (await TryHoldAsync(LeaseTime, stoppingToken))
                    {
                        await LookAsync(stoppingToken);
                        await TryHoldAsync(PauseAfter(clock.GetElapsedTime(begin)) + LeaseTime, stoppingToken);
                    }
                    else
                    {
                        // Another process looks: what was noticed here is soon too old to go by.
                        look.Forget();
                        metrics.Open(new Dictionary<AlertRule, int>());
                    }
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.LookFailed(log, error);
                }
                var pause = PauseAfter(clock.GetElapsedTime(begin));
                _isWarm = true;
                await Task.Delay(pause, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    protected override void Failed(Exception error) => Log.LookFailed(log, error);

    // What the first look costs is mostly the compiler's.
    private TimeSpan PauseAfter(TimeSpan took) => _isWarm && took * CostFactor > _options.Pace ? took * CostFactor : _options.Pace;

    /// <summary>One look at everything.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        var now = clock.GetInstant();
        var withUnused = _lookedForUnused is not { } last || now - last >= Duration.FromTimeSpan(_options.UnusedPace);
        // What is closed is nobody's to mend: its alerts stay as they are until it is open again.
        foreach (var tenant in tenants.All.Where(tenant => !tenant.IsClosed))
        {
            try
            {
                var rules = await desk.RulesAsync(tenant.Id, ct);
                var open = await desk.OpenAsync(tenant.Id, ct);
                var found = await look.LookAsync(tenant.Id, rules, open, withUnused, _began, now, ct);
                await desk.SettleAsync(tenant.Id, rules, open, found, now, ct);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // No tenant's trouble hides another's.
                Log.TenantNotLookedAt(log, error, tenant.Slug);
            }
        }
        if (withUnused) _lookedForUnused = now;
        await desk.CountAsync(ct);
        metrics.Looked(clock.GetElapsedTime(began));
    }
}
