namespace Busbar.Egress.Contracts;

/// <summary>
/// What a request is for. The room that sends declares its own; what the purpose may reach is configured under <c>Busbar:Egress:Purposes:&lt;Name&gt;</c>.
/// </summary>
/// <param name="Name">Letters only: a section's name, and a metric's tag.</param>
public sealed record EgressPurpose(string Name);

/// <summary>
/// The only way out to a URL that a peer, a station or a user names. It reaches public addresses by https, judges the address that is connected and not
/// the name, follows no redirect, and reads an answer whole, within a size and a time.
/// </summary>
public interface IGuardedHttp
{
    /// <summary>
    /// A client for this purpose, as libraries want one; cheap, and disposing it closes nothing. An answer comes read whole. A redirect is an answer like any
    /// other: whoever follows it asks again, and is judged again. Cookies, proxies and credentials of the environment do not exist here.
    /// </summary>
    /// <remarks>Its requests throw <see cref="EgressRefusedException"/> for what is not allowed, and as any client for a peer that is not there.</remarks>
    /// <exception cref="InvalidOperationException">The purpose is configured wrongly.</exception>
    HttpClient For(EgressPurpose purpose);
}

/// <summary>Why a request did not leave, or its answer was not taken.</summary>
public enum EgressRefusal
{
    /// <summary>The URL itself: relative, another scheme than https, a user in it.</summary>
    Url,

    /// <summary>A port that the purpose does not have.</summary>
    Port,

    /// <summary>A host outside the purpose's list.</summary>
    Host,

    /// <summary>The host is, or resolves to, an address that is not public.</summary>
    Address,

    /// <summary>The answer is longer than the purpose takes.</summary>
    Size,

    /// <summary>The answer did not end in time.</summary>
    Time,
}

/// <summary>The guard said no. The message names the host at most: a peer's URL may hold a secret.</summary>
public sealed class EgressRefusedException(EgressRefusal refusal, string message) : HttpRequestException(message)
{
    public EgressRefusal Refusal { get; } = refusal;
}
