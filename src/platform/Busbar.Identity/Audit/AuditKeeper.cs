using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Identity.Audit;

/// <summary>Anchors the chains each hour and when the process ends: one process of those that serve a database.</summary>
internal sealed class AuditKeeper(
    IdentityDirectory directory, AuditLog audit, AuditAnchors anchors, JobLeases leases, AuditMetrics metrics, TimeProvider clock,
    ILogger<AuditKeeper> log) : LeasedJob("audit", leases)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(3);

    private readonly Dictionary<TenantId, long> _anchored = [];
    private Instant? _last;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try { await AnchorAsync("stop", onlyNews: true, cancellationToken); }
        catch (Exception error) when (error is not OperationCanceledException) { Failed(error); }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (anchors.Folder is null) Log.NoAnchors(log);
        _last = anchors.LastAt;
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
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

    /// <summary>What is due at this minute.</summary>
    internal async Task KeepAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        // The day's first says all heads, also of chains at which nothing happened.
        if (_last is not { } last || last.InUtc().Date != now.InUtc().Date) await AnchorAsync("day", onlyNews: false, ct);
        else if (last.InUtc().Hour != now.InUtc().Hour) await AnchorAsync("hour", onlyNews: true, ct);
    }

    protected override void Failed(Exception error) => Log.AuditNotKept(log, error);

    private async Task AnchorAsync(string reason, bool onlyNews, CancellationToken ct)
    {
        var heads = await audit.HeadsAsync(directory.All.Select(tenant => tenant.Id), ct);
        var news = heads.Where(head => !onlyNews || _anchored.GetValueOrDefault(head.Entry.Tenant) != head.Sequence).ToList();
        _last = clock.GetInstant();
        if (news.Count == 0) return;
        anchors.Write(_last.Value, reason, news);
        foreach (var head in news)
        {
            _anchored[head.Entry.Tenant] = head.Sequence;
            var slug = directory.Find(head.Entry.Tenant)?.Slug ?? head.Entry.Tenant.ToString();
            metrics.Anchored(slug, head.Sequence);
            Log.Anchored(log, slug, head.Sequence, Convert.ToHexStringLower(head.Hash));
        }
    }
}
