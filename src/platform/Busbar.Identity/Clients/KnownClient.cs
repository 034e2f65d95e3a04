using System.Collections.Concurrent;
using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity.Clients;

/// <summary>A client as the door knows it.</summary>
internal sealed class KnownClient
{
    // A client that asks for more combinations than this pays for them itself.
    private const int MostNarrowed = 64;

    private readonly ConcurrentDictionary<string, Rights> _narrowed = new(StringComparer.Ordinal);

    public required ApiClientId Id { get; init; }
    public required TenantId Tenant { get; init; }
    public required string Name { get; init; }
    public required Rights Rights { get; init; }
    public required byte[] KeyHash { get; init; }

    /// <summary>The key before this one, good until then; null: there is none.</summary>
    public (byte[] Hash, Instant Until)? PreviousKey { get; init; }

    public bool Configured { get; init; }

    /// <summary>From then on nobody comes in by it; null: it has no end.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>Null: from anywhere.</summary>
    public AddressList? Addresses { get; init; }

    public bool IsOver(Instant now) => ExpiresAt <= now;

    /// <summary>The hashes of the keys that are good now, the current one first; none once it is over.</summary>
    public IEnumerable<byte[]> KeysAt(Instant now)
    {
        if (IsOver(now)) yield break;
        yield return KeyHash;
        if (PreviousKey is { } previous && now < previous.Until) yield return previous.Hash;
    }

    /// <summary>When the key with this hash stops being good, if nothing else happens; null: it has no end.</summary>
    public Instant? EndOf(byte[] hash) =>
        PreviousKey is { } previous && previous.Hash.AsSpan().SequenceEqual(hash) && !(ExpiresAt < previous.Until) ? previous.Until : ExpiresAt;

    /// <summary>Of its rights as they are now those with these scopes, which are separated by spaces.</summary>
    public Rights RightsOf(string scopes)
    {
        if (_narrowed.TryGetValue(scopes, out var known)) return known;
        var rights = Rights.Only(scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return _narrowed.Count < MostNarrowed ? _narrowed.GetOrAdd(scopes, rights) : rights;
    }
}

/// <summary>A client that has proved itself.</summary>
/// <param name="Rights">All of its own, or what its token was narrowed to.</param>
/// <param name="KeyHash">Of the key that it did so with, itself or by a token.</param>
internal sealed record ClientEntry(KnownClient Client, Rights Rights, byte[] KeyHash);
