using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Storage.Audit;

/// <summary>Seals what this process wrote, shortly after it did, and what a process that died left.</summary>
internal sealed class AuditSealing(Database database, AuditSealer sealer, TimeProvider clock, ILogger<AuditSealing> log) : BackgroundService
{
    // What comes in it goes into one transaction, however many people and programs are at work.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // At first what the last process left.
            database.AuditBell.Ring();
            while (true)
            {
                await database.AuditBell.WaitAsync(LookEvery, stoppingToken);
                await Task.Delay(Gather, clock, stoppingToken);
                try { await sealer.SealAsync(stoppingToken); }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.NotSealed(log, error);
                    await Task.Delay(AfterFailure, clock, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what waits is sealed by the next start, if nobody does it before.
        }
    }
}
