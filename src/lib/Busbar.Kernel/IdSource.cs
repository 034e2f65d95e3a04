using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Busbar.Kernel;

/// <summary>
/// Makes UUIDv7 values from the injected clock. Random bits come from <paramref name="fill"/>, which a simulation seeds;
/// the default is the operating system's generator.
/// </summary>
public sealed class IdSource(TimeProvider clock, Action<Span<byte>>? fill = null)
{
    private readonly Action<Span<byte>> _fill = fill ?? RandomNumberGenerator.Fill;

    public T New<T>() where T : struct, ITypedId<T>
    {
        Span<byte> random = stackalloc byte[16];
        _fill(random);
        return T.From(Compose(clock.GetUtcNow().ToUnixTimeMilliseconds(), random));
    }

    /// <summary>
    /// An id that is a function of its inputs: the same instant and the same key give the same id. The journal's
    /// projections use it, so that a rebuild prints the ids that the first run printed.
    /// </summary>
    public static T Derived<T>(long unixMilliseconds, ReadOnlySpan<byte> key) where T : struct, ITypedId<T>
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(key, hash);
        return T.From(Compose(unixMilliseconds, hash[..16]));
    }

    private static Guid Compose(long unixMilliseconds, Span<byte> random)
    {
        Span<byte> stamp = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(stamp, unixMilliseconds);
        stamp[2..8].CopyTo(random);                                   // 48 bits of milliseconds
        random[6] = (byte)((random[6] & 0x0F) | 0x70);                // version 7
        random[8] = (byte)((random[8] & 0x3F) | 0x80);                // RFC 9562 variant
        return new Guid(random, bigEndian: true);
    }
}
