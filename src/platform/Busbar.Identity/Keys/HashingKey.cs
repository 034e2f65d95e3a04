namespace Busbar.Identity.Keys;

/// <summary>The key of <see cref="KeyedHash"/>, once the vault has opened it.</summary>
internal sealed class HashingKey
{
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile byte[]? _bytes;

    /// <exception cref="InvalidOperationException">Read before start-up.</exception>
    public ReadOnlySpan<byte> Bytes => _bytes ?? throw new InvalidOperationException("The installation's keys are not loaded yet.");

    /// <summary>Completes when it is there.</summary>
    public Task Known => _known.Task;

    public void Be(byte[] bytes)
    {
        _bytes = bytes;
        _known.TrySetResult();
    }
}
