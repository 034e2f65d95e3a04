using Busbar.Kernel;

namespace Busbar.Server;

/// <summary>
/// Runs what the rooms have to rehearse (<see cref="IWarmUp"/>) beside the start, which is one thread's work for two seconds. The port waits for what the first frame of a
/// station needs, and for nothing else. On a machine of one processor the rest would only make the start longer, and is left out.
/// </summary>
internal sealed class WarmUp(IServiceProvider services, ILogger<WarmUp> log) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;

    /// <summary>Completes when the first ones have run, well or not.</summary>
    public Task First => _first.Task;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        try
        {
            var all = services.GetServices<IWarmUp>().ToLookup(part => part.IsFirst);
            foreach (var part in all[true]) await RunAsync(part);
            _first.SetResult();
            if (Environment.ProcessorCount == 1) return;
            foreach (var part in all[false]) await RunAsync(part);
        }
#pragma warning disable CA1031 // A rehearsal ends no server, nor does one that cannot be made.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.NotWarm(log, error);
        }
        finally { _first.TrySetResult(); }
    }

    private async Task RunAsync(IWarmUp part)
    {
        var ct = _stopping.Token;
        try
        {
            if (!ct.IsCancellationRequested) await part.WarmUpAsync(ct);
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
