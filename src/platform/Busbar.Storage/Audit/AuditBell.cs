using System.Threading.Channels;

namespace Busbar.Storage.Audit;

/// <summary>Wakes the sealer of this process; between two rings it looks for nothing.</summary>
internal sealed class AuditBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Returns when it is rung, or after so long.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(most);
        try { await _rung.Reader.ReadAsync(timeout.Token); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { }   // nobody rang
    }
}
