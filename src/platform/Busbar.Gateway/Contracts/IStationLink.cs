using System.Net;
using Busbar.Kernel;
using Busbar.Ocpp;
using NodaTime;

namespace Busbar.Gateway.Contracts;

/// <summary>
/// One connection of one station: an epoch, not a station. A later connection of the same station is another link, and closing this one
/// changes nothing about that.
/// </summary>
public interface IStationLink
{
    TenantId Tenant { get; }
    Guid Station { get; }

    /// <summary>The station's name, as it connected.</summary>
    string Identity { get; }
    OcppVersion Version { get; }

    /// <summary>The security profile that it was let in by.</summary>
    int SecurityProfile { get; }
    IPAddress Remote { get; }
    Instant ConnectedAt { get; }

    /// <summary>When a frame of the station last arrived.</summary>
    Instant LastInbound { get; }
    bool IsOpen { get; }

    /// <summary>
    /// Sends a CALL when its turn comes (one in flight per connection) and waits for the answer at most <paramref name="deadline"/> from now.
    /// </summary>
    /// <param name="only">What must still hold when its turn has come; null: nothing. Where it does not, the CALL is <see cref="CallAnswer.NotSent"/>.</param>
    Task<CallAnswer> CallAsync(string action, ReadOnlyMemory<byte> payload, TimeSpan deadline, CancellationToken ct, SendCondition? only = null);

    /// <summary>Ends the connection; returns at once.</summary>
    void Close(int status, string reason);
}

/// <summary>What must hold at the moment at which a CALL leaves.</summary>
/// <param name="Gate">Held while it is asked and the CALL is put on its way: whoever changes it under the same lock, and answers afterwards, is behind the CALL on the wire or keeps it back.</param>
/// <param name="Holds">Must be quick and wait for nothing.</param>
public sealed record SendCondition(Lock Gate, Func<bool> Holds);

/// <summary>What became of a CALL of ours.</summary>
public abstract record CallAnswer
{
    private CallAnswer()
    {
    }

    public sealed record Result(ReadOnlyMemory<byte> Payload) : CallAnswer;

    public sealed record Error(string Code, string Description, ReadOnlyMemory<byte> Details) : CallAnswer;

    /// <summary>Nothing was put on the wire: the connection ended, or the deadline passed, while others were ahead.</summary>
    public sealed record NotSent(string Reason) : CallAnswer;

    /// <summary>It was sent and nobody knows: no answer before the deadline, or the connection ended first.</summary>
    public sealed record Unknown(string Reason) : CallAnswer;
}
