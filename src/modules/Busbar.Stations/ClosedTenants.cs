using Busbar.Identity;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Stations;

/// <summary>Disconnects the stations of tenants that are closed, in each process those that it holds. At the door they are unknown; this ends what came in before, also at the very moment of it.</summary>
internal sealed class ClosedTenants(ITenants tenants, StationActors actors, TimeProvider clock, ILogger<ClosedTenants> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Look();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    internal void Look()
    {
        var closed = tenants.All.Where(tenant => tenant.IsClosed).Select(tenant => tenant.Id).ToHashSet();
        if (closed.Count == 0) return;
        var gone = 0;
        foreach (var actor in actors.All)
        {
            if (!closed.Contains(actor.Key.Tenant) || !actor.Link.IsOpen) continue;
            actors.Dismiss(actor.Key);
            gone++;
        }
        if (gone > 0) Log.TenantClosed(log, gone);
    }
}
