using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity.Clients;

/// <summary>A token as it was made.</summary>
/// <param name="Text">What its holder sends.</param>
/// <param name="Life">For how long it is good, if nothing else happens.</param>
internal sealed record AccessToken(string Text, Duration Life);

/// <summary>
/// Short-lived tokens of clients. A token names its client, its end and its scopes, under a keyed hash that covers the client's key too: nothing of it is stored, every process can
/// verify it, and it is worth nothing once that key, or the client, is.
/// </summary>
internal sealed class AccessTokens(IdentityDirectory directory, KeyedHash hash, TimeProvider clock)
{
    public static readonly Duration Life = Duration.FromMinutes(10);

    // No key that we make has a dot.
    private const string Prefix = "busbar_token.";
    private const string Purpose = "access-token";
    private const byte Version = 1;
    private const int MaximumLength = 2_000;
    private const int IdAt = 1, EndAt = IdAt + 16, ScopesAt = EndAt + sizeof(long), HashSize = 32;

    /// <param name="entry">By its key.</param>
    /// <param name="scopes">Separated by spaces.</param>
    public AccessToken Make(ClientEntry entry, string scopes)
    {
        var now = clock.GetInstant();
        var end = entry.Client.EndOf(entry.KeyHash) is { } over ? Instant.Min(over, now + Life) : now + Life;
        var said = new byte[ScopesAt + Encoding.UTF8.GetByteCount(scopes)];
        said[0] = Version;
        entry.Client.Id.Value.TryWriteBytes(said.AsSpan(IdAt), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(said.AsSpan(EndAt), end.ToUnixTimeMilliseconds());
        Encoding.UTF8.GetBytes(scopes, said.AsSpan(ScopesAt));
        return new AccessToken(Prefix + Base64Url.EncodeToString([.. said, .. hash.Hash(Purpose, [.. said, .. entry.KeyHash])]), end - now);
    }

    /// <summary>Null: it is no token, or one that is good no more.</summary>
    public ClientEntry? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > MaximumLength || !Base64Url.IsValid(text.AsSpan(Prefix.Length))) return null;
        var bytes = Base64Url.DecodeFromChars(text.AsSpan(Prefix.Length));
        // One token has one spelling.
        if (!text.AsSpan(Prefix.Length).SequenceEqual(Base64Url.EncodeToString(bytes))) return null;
        if (bytes.Length < ScopesAt + HashSize || bytes[0] != Version) return null;
        var said = bytes.AsSpan(0, bytes.Length - HashSize);
        var now = clock.GetInstant();
        if (directory.FindClient(new ApiClientId(new Guid(said.Slice(IdAt, 16), bigEndian: true))) is not { } client) return null;
        foreach (var key in client.KeysAt(now))
        {
            if (!hash.Verify(Purpose, [.. said, .. key], bytes.AsSpan(said.Length))) continue;
            return now.ToUnixTimeMilliseconds() < BinaryPrimitives.ReadInt64BigEndian(said[EndAt..]) ? new ClientEntry(client, client.RightsOf(Encoding.UTF8.GetString(said[ScopesAt..])), key) : null;
        }
        return null;
    }
}
