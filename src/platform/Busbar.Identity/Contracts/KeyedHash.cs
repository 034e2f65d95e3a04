using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Keys;

namespace Busbar.Identity;

/// <summary>
/// HMAC-SHA256 with a key of the installation's own, for secrets that are only verified: random keys and station passwords. A copy of the database
/// alone is no help in guessing them. The purpose keeps hashes of one kind from passing for another.
/// </summary>
public sealed class KeyedHash
{
    private readonly HashingKey _key;

    internal KeyedHash(HashingKey key) => _key = key;

    /// <summary>Completes when the key is there, which it is before the server listens.</summary>
    public Task ReadyAsync(CancellationToken ct) => _key.Known.WaitAsync(ct);

    /// <summary>32 bytes.</summary>
    public byte[] Hash(string purpose, ReadOnlySpan<byte> value)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key.Bytes);
        hmac.AppendData(Encoding.UTF8.GetBytes(purpose));
        hmac.AppendData([0]);
        hmac.AppendData(value);
        return hmac.GetHashAndReset();
    }

    /// <summary>Takes the same time whatever the difference.</summary>
    public bool Verify(string purpose, ReadOnlySpan<byte> value, ReadOnlySpan<byte> hash) =>
        CryptographicOperations.FixedTimeEquals(Hash(purpose, value), hash);
}
