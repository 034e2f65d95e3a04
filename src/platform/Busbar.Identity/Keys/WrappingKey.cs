using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Busbar.Identity.Keys;

/// <summary>What other keys are sealed with where they lie: made of the installation's secret, and known by a name that tells nothing of it.</summary>
internal sealed class WrappingKey
{
    private const int NonceSize = 12, TagSize = 16;

    private readonly byte[] _key;

    public WrappingKey(byte[] secret)
    {
        _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, salt: [], info: "wrapping-key"u8.ToArray());
        Name = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 8, salt: [], info: "wrapping-key-name"u8.ToArray()));
    }

    public string Name { get; }

    /// <param name="number">Whose it is: a row that is put under another number opens nothing.</param>
    public byte[] Wrap(long number, ReadOnlySpan<byte> key)
    {
        var wrapped = new byte[NonceSize + TagSize + key.Length];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(wrapped.AsSpan(0, NonceSize), key, wrapped.AsSpan(NonceSize + TagSize), wrapped.AsSpan(NonceSize, TagSize), Bound(number));
        return wrapped;
    }

    /// <exception cref="CryptographicException">It was changed.</exception>
    public byte[] Unwrap(long number, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < NonceSize + TagSize) throw new CryptographicException("A wrapped key is too short.");
        var key = new byte[wrapped.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key, TagSize);
        aes.Decrypt(wrapped[..NonceSize], wrapped[(NonceSize + TagSize)..], wrapped.Slice(NonceSize, TagSize), key, Bound(number));
        return key;
    }

    private static byte[] Bound(long number)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
