namespace Busbar.Kernel;

/// <summary>128 bits as 26 lower-case Crockford base-32 characters, most significant first, so text order is byte order.</summary>
public static class Crockford
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 26;

    public static string Encode(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return string.Create(Length, number, static (chars, n) =>
        {
            for (var i = Length - 1; i >= 0; i--)
            {
                chars[i] = Alphabet[(int)(n & 31)];
                n >>= 5;
            }
        });
    }

    /// <summary>Strict: lower case, 26 characters, no overflow past 128 bits. False for anything else.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out Guid value)
    {
        value = Guid.Empty;
        if (text.Length != Length || text[0] > '7') return false;
        UInt128 number = 0;
        foreach (var c in text)
        {
            var digit = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0) return false;
            number = unchecked((number << 5) | (UInt128)digit);
        }
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        value = new Guid(bytes, bigEndian: true);
        return true;
    }
}
