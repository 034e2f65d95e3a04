using System.Security.Cryptography;
using System.Text;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions.Storage;

/// <summary>
/// The texts that sessions are found by, as their columns have them. A station may write a whole message full of one, and PostgreSQL has no index entry of more than 2,704 bytes: beyond what any
/// version of OCPP allows, a beginning and a hash stand for it. The session's state has it whole.
/// </summary>
internal static class FoundBy
{
    /// <summary>OCPP 2.1's longest token; a transaction's id has 36 characters.</summary>
    private const int Longest = 255;
    private const int Beginning = Longest - 2 * SHA256.HashSizeInBytes;

    public static string Transaction(string id) => Short(id);

    public static string? Token(PresentedToken? token) => token is null ? null : Short(token.Folded);

    /// <param name="uid">In any case.</param>
    public static string Token(string uid) => Short(new PresentedToken(uid, "").Folded);

    /// <summary>It stands for a longer one.</summary>
    public static bool IsShort(string column) => column.Length > Longest;

    private static string Short(string text)
    {
        if (text.Length <= Longest) return text;
        // Half a surrogate pair is no text.
        var beginning = char.IsHighSurrogate(text[Beginning - 1]) ? text[..(Beginning - 1)] + "…" : text[..Beginning];
        return $"{beginning}…{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
    }
}
