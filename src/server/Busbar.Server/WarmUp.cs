using Busbar.Kernel;

namespace Busbar.Server;

/// <summary>
/// Runs what the rooms have to rehearse (<see cref="IWarmUp"/>) beside the start, which is one thread's work for two seconds. The port does not wait for it. On a machine of
/// one processor it would only make the start longer, and does nothing.
/// </summary>
internal sealed class WarmUp(IServiceProvider services, ILogger<WarmUp> log) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Environment.ProcessorCount > 1) _running = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync(CancellationToken ct)
    {
        try
        {
            foreach (var part in services.GetServices<IWarmUp>())
            {
                ct.ThrowIfCancellationRequested();
                await part.WarmUpAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It stops before it was warm.
        }
#pragma warning disable CA1031 // A rehearsal ends no server; what is wrong shows again where it is needed.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.NotWarm(log, error);
        }
    }
}
