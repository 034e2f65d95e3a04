using System.Buffers;

namespace Busbar.Simulator.Wire;

/// <summary>What has been received and not yet used. It is a kilobyte, so that an idle station costs no more, and rents a larger one for a larger message.</summary>
internal sealed class ReceiveBuffer
{
    private const int Small = 1024;

    private readonly byte[] _small = new byte[Small];
    private byte[] _bytes;
    private int _start;
    private int _end;

    public ReceiveBuffer(ReadOnlySpan<byte> first)
    {
        _bytes = _small;
        Reserve(first.Length);
        first.CopyTo(_bytes);
        _end = first.Length;
    }

    public int Length => _end - _start;

    public Memory<byte> Content => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Where the next bytes go; <see cref="Received"/> tells how many came.</summary>
    public Memory<byte> Free => _bytes.AsMemory(_end);

    public void Received(int count) => _end += count;

    public void Use(int count) => _start += count;

    /// <summary>Makes room so that <paramref name="needed"/> bytes from the start of the content fit.</summary>
    public void Reserve(int needed)
    {
        if (_bytes.Length - _start >= needed && _end < _bytes.Length)
        {
            return;
        }

        Move(needed <= _bytes.Length ? _bytes : ArrayPool<byte>.Shared.Rent(needed));
    }

    /// <summary>Gives a large buffer back as soon as what is left fits into the small one. Earlier content is no longer valid.</summary>
    public void Shrink()
    {
        if (!ReferenceEquals(_bytes, _small) && Length <= Small)
        {
            Move(_small);
        }
    }

    private void Move(byte[] target)
    {
        Content.Span.CopyTo(target);
        if (!ReferenceEquals(target, _bytes) && !ReferenceEquals(_bytes, _small))
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = target;
        _end -= _start;
        _start = 0;
    }
}
