using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Busbar.Storage.Audit;

/// <summary>
/// The hash of an entry (decision 21): SHA-256 over the previous entry's hash (32 bytes), the format's version (one byte, 1), the tenant's id (16 bytes, big-endian), the sequence (8 bytes,
/// big-endian), and the content: the entry's id (16 bytes), its time (Unix milliseconds, 8 bytes, big-endian), then the texts actor, way, source, action, kind, thing, name, outcome, before
/// and after, each as its length in UTF-8 (4 bytes, big-endian) and its bytes; a text that is null is the length <c>FFFFFFFF</c> and no bytes.
/// </summary>
internal static class AuditChain
{
    public const byte Version = 1;
    public const int HashSize = 32;

    /// <summary>What stands before the content, and changes when an entry is put elsewhere.</summary>
    public const int HeadSize = HashSize + 1 + 16 + 8;

    public static byte[] Beginning { get; } = new byte[HashSize];

    public static byte[] Hash(AuditEntry entry, long sequence, ReadOnlySpan<byte> previous)
    {
        var bytes = new ChainBytes();
        bytes.Begin();
        bytes.Add(entry.Id.Value);
        bytes.Add(entry.At.ToUnixTimeMilliseconds());
        foreach (var text in (ReadOnlySpan<string?>)[entry.Actor, entry.Way, entry.Source, entry.Action, entry.Kind, entry.Thing, entry.Name, entry.Outcome, entry.Before, entry.After]) bytes.Add(text);
        var hash = new byte[HashSize];
        bytes.Hash(previous, entry.Tenant.Value, sequence, hash);
        return hash;
    }
}

/// <summary>The bytes that an entry's hash is made of, in one buffer that is used again for the next entry.</summary>
internal sealed class ChainBytes
{
    private byte[] _buffer = new byte[1_024];
    private int _length;

    public ReadOnlySpan<byte> Content => _buffer.AsSpan(AuditChain.HeadSize, _length - AuditChain.HeadSize);

    public void Begin() => _length = AuditChain.HeadSize;

    public void Add(Guid id) => id.TryWriteBytes(Next(16), bigEndian: true, out _);

    public void Add(long number) => BinaryPrimitives.WriteInt64BigEndian(Next(8), number);

    public void Add(string? text)
    {
        if (text is null) AddNull();
        else
        {
            var size = Encoding.UTF8.GetByteCount(text);
            BinaryPrimitives.WriteInt32BigEndian(Next(4), size);
            Encoding.UTF8.GetBytes(text, Next(size));
        }
    }

    /// <param name="text">In UTF-8.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteInt32BigEndian(Next(4), text.Length);
        text.CopyTo(Next(text.Length));
    }

    public void AddRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Next(bytes.Length));

    public void AddNull() => BinaryPrimitives.WriteInt32BigEndian(Next(4), -1);

    public void Hash(ReadOnlySpan<byte> previous, Guid tenant, long sequence, Span<byte> hash)
    {
        previous.CopyTo(_buffer);
        _buffer[AuditChain.HashSize] = AuditChain.Version;
        tenant.TryWriteBytes(_buffer.AsSpan(AuditChain.HashSize + 1, 16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(AuditChain.HashSize + 17, 8), sequence);
        SHA256.HashData(_buffer.AsSpan(0, _length), hash);
    }

    private Span<byte> Next(int size)
    {
        if (_length + size > _buffer.Length) Array.Resize(ref _buffer, int.Max(2 * _buffer.Length, _length + size));
        _length += size;
        return _buffer.AsSpan(_length - size, size);
    }
}
