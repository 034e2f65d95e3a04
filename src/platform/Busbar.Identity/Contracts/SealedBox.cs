using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Keys;

namespace Busbar.Identity;

/// <summary>
/// AES-256-GCM for what must be read back, with the installation's newest data key. A box names its key; the purpose is part of the key that it is sealed with. A column of boxes is
/// <see cref="Busbar.Storage.Rooms.SealedAttribute"/>, and known as a <see cref="SealedColumn"/>.
/// </summary>
public sealed class SealedBox
{
    private const byte Format = 1;

    /// <summary>The format and the key's number.</summary>
    internal const int HeaderSize = 1 + sizeof(uint);
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int LeastSize = HeaderSize + NonceSize + TagSize;

    private readonly KeyVault _vault;

    internal SealedBox(KeyVault vault) => _vault = vault;

    public byte[] Seal(string purpose, ReadOnlySpan<byte> value)
    {
        var key = _vault.Current;
        var box = new byte[LeastSize + value.Length];
        var header = box.AsSpan(0, HeaderSize);
        Header(key.Number).CopyTo(header);
        var nonce = box.AsSpan(HeaderSize, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(KeyFor(key, purpose), TagSize);
        aes.Encrypt(nonce, value, box.AsSpan(LeastSize), box.AsSpan(HeaderSize + NonceSize, TagSize), header);
        return box;
    }

    /// <exception cref="CryptographicException">Sealed with another key or purpose, or changed since.</exception>
    public byte[] Open(string purpose, ReadOnlySpan<byte> box)
    {
        if (box.Length < LeastSize || box[0] != Format) throw new CryptographicException("This is no sealed value.");
        var number = NumberOf(box);
        var key = _vault.Find(number) ?? throw new CryptographicException($"The key {number} of a sealed value is gone.");
        var value = new byte[box.Length - LeastSize];
        using var aes = new AesGcm(KeyFor(key, purpose), TagSize);
        aes.Decrypt(box.Slice(HeaderSize, NonceSize), box[LeastSize..], box.Slice(HeaderSize + NonceSize, TagSize), value, box[..HeaderSize]);
        return value;
    }

    /// <summary>How the boxes of a key begin.</summary>
    internal static byte[] Header(long number)
    {
        var header = new byte[HeaderSize];
        header[0] = Format;
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(1), checked((uint)number));
        return header;
    }

    internal static long NumberOf(ReadOnlySpan<byte> box) => BinaryPrimitives.ReadUInt32BigEndian(box[1..]);

    private static byte[] KeyFor(DataKey key, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key.Bytes, 32, salt: [], info: Encoding.UTF8.GetBytes(purpose));
}
