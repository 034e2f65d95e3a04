using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Busbar.Identity.Operators;

/// <summary>One-time passwords of an authenticator app: RFC 6238 with HMAC-SHA-1, steps of 30 s and six digits, which is what every app can.</summary>
internal static class Totp
{
    public const int SecretBytes = 20;
    public const int Digits = 6;
    private const int StepSeconds = 30;

    // A clock that is a step off, or a code that was typed slowly.
    private const int Drift = 1;

    public static long StepOf(Instant at) => at.ToUnixTimeSeconds() / StepSeconds;

    /// <summary>The step whose code this is, of those around now that are after <paramref name="last"/>; null: of none. All are compared, each in constant time.</summary>
    /// <param name="last">The step that was used last: a code is good once.</param>
    public static long? Match(ReadOnlySpan<byte> secret, string code, Instant now, long last)
    {
        var given = Encoding.UTF8.GetBytes(code);
        long? found = null;
        for (var step = StepOf(now) - Drift; step <= StepOf(now) + Drift; step++)
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(CodeOf(secret, step))) && step > last) found ??= step;
        return found;
    }

    /// <summary>RFC 4226, 5.3.</summary>
    public static string CodeOf(ReadOnlySpan<byte> secret, long step, int digits = Digits)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // What apps know; an HMAC does not need its hash to be free of collisions.
        HMACSHA1.HashData(secret, counter, mac);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(mac[(mac[^1] & 0xF)..]) & int.MaxValue;
        return (number % (int)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
    }

    /// <summary>What the QR code carries: the key URI format that apps read.</summary>
    public static string UriOf(ReadOnlySpan<byte> secret, string issuer, string account) =>
        $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(account)}?secret={Base32(secret)}&issuer={Uri.EscapeDataString(issuer)}&algorithm=SHA1&digits={Digits}&period={StepSeconds}";

    /// <summary>RFC 4648 without padding, as apps take it.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var text = new StringBuilder();
        var (bits, held) = (0, 0);
        foreach (var one in bytes)
        {
            (bits, held) = ((bits << 8) | one, held + 8);
            for (; held >= 5; held -= 5) text.Append(alphabet[(bits >> (held - 5)) & 31]);
            bits &= (1 << held) - 1;
        }
        if (held > 0) text.Append(alphabet[(bits << (5 - held)) & 31]);
        return text.ToString();
    }
}
