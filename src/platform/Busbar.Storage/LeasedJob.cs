using Microsoft.Extensions.Hosting;

namespace Busbar.Storage;

/// <summary>A work that one process of those that serve a database does, again and again, beside everything else. What it does asks for the lease first.</summary>
/// <param name="job">Its name among all works.</param>
public abstract class LeasedJob(string job, JobLeases leases) : BackgroundService
{
    /// <summary>True: this process may do it for so long.</summary>
    protected Task<bool> TryHoldAsync(TimeSpan time, CancellationToken ct) => leases.TryHoldAsync(job, NodeName.Current, time, ct);

    /// <summary>Says that the work, or letting go of it, did not succeed.</summary>
    protected abstract void Failed(Exception error);

    /// <summary>Ends the work, and lets go of it so that another process need not wait.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await leases.LetGoAsync(job, NodeName.Current, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Its time will be over by itself.
            Failed(error);
        }
    }
}
