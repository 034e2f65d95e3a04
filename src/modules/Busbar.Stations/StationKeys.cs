using System.Security.Cryptography;
using System.Text;
using Busbar.Identity;

namespace Busbar.Stations;

/// <summary>
/// A station's Basic password. OCPP 1.6 provisions a key as hexadecimal text, and stations send either its bytes or the text itself; so text that is
/// whole bytes in hexadecimal stands for those bytes, at provisioning and at the door.
/// </summary>
internal sealed class StationKeys(KeyedHash hash)
{
    public const int MinimumLength = 8;
    public const int MaximumLength = 64;

    private const string Purpose = "station-key";
    private const int GeneratedLength = 20;      // OCPP 1.6 allows no longer key; 119 bits
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly byte[] NoHash = new byte[32];

    public static string Generate() => RandomNumberGenerator.GetString(Alphabet, GeneratedLength);

    /// <summary>Printable ASCII: other characters have more than one spelling in bytes.</summary>
    public static bool IsUsable(string password) =>
        password.Length is >= MinimumLength and <= MaximumLength && !password.AsSpan().ContainsAnyExceptInRange('!', '~');

    public byte[] Hash(string password)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        return hash.Hash(Purpose, TryUnhex(bytes) ?? bytes);
    }

    /// <summary>Both spellings are always hashed and compared in constant time; an absent hash costs the same and never fits.</summary>
    public bool Accepts(byte[]? keyHash, ReadOnlySpan<byte> presented)
    {
        var expected = keyHash ?? NoHash;
        var asBytes = hash.Verify(Purpose, presented, expected);
        var asText = hash.Verify(Purpose, TryUnhex(presented) ?? presented, expected);
        return (asBytes | asText) & keyHash is not null;
    }

    private static byte[]? TryUnhex(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0 || text.Length % 2 != 0 || text.Length > MaximumLength * 2) return null;
        var bytes = new byte[text.Length / 2];
        for (var i = 0; i < text.Length; i++)
        {
            var digit = (char)text[i];
            if (!char.IsAsciiHexDigit(digit)) return null;
            bytes[i / 2] = (byte)((bytes[i / 2] << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10));
        }
        return bytes;
    }
}
