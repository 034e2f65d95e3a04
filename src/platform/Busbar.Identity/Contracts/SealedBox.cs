using System.Security.Cryptography;
using System.Text;

namespace Busbar.Identity;

/// <summary>AES-256-GCM with a key derived from the installation's, for what must be read back. The purpose is part of the key.</summary>
public sealed class SealedBox
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly InstallationKey _key;

    internal SealedBox(InstallationKey key) => _key = key;

    public byte[] Seal(string purpose, ReadOnlySpan<byte> value)
    {
        var box = new byte[NonceSize + TagSize + value.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(KeyFor(purpose), TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), value, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize));
        return box;
    }

    /// <exception cref="CryptographicException">Sealed with another key or purpose, or changed since.</exception>
    public byte[] Open(string purpose, ReadOnlySpan<byte> box)
    {
        if (box.Length < NonceSize + TagSize) throw new CryptographicException("The sealed value is too short.");
        var value = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(KeyFor(purpose), TagSize);
        aes.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), value);
        return value;
    }

    private byte[] KeyFor(string purpose)
    {
        var key = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key.Bytes, key, salt: [], info: Encoding.UTF8.GetBytes(purpose));
        return key;
    }
}
