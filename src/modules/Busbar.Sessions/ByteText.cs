namespace Busbar.Sessions;

/// <summary>Bytes that compare by content, so that a record with them does.</summary>
internal sealed class ByteText(ReadOnlyMemory<byte> bytes) : IEquatable<ByteText>
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public bool Equals(ByteText? other) => other is not null && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => Equals(obj as ByteText);

    public override int GetHashCode() => Bytes.Length;
}
