using Busbar.Ocpp.Rpc;
using NodaTime;

namespace Busbar.Gateway.Contracts;

/// <summary>Receives admitted connections. Implemented by Busbar.Stations.</summary>
public interface IStationInbox
{
    /// <summary>A socket is open; from now on its frames go to the handler that is returned. Must not block.</summary>
    IStationHandler Connected(IStationLink link);
}

/// <summary>The business end of one connection. CALLs and SENDs come one at a time, in the order they arrived.</summary>
public interface IStationHandler
{
    /// <summary>Answers a CALL. Never awaits the station itself: it would wait for a frame that is queued behind this one.</summary>
    ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct);

    /// <summary>The reply to this call stands in the send queue; what is sent now follows it on the wire.</summary>
    void OnReplied(InboundCall call);

    /// <summary>Every frame in and out, as bytes, for the wire log. Must not block; the bytes may be kept.</summary>
    void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame);

    /// <summary>The socket is gone; called once, after the last frame was handled.</summary>
    void OnClosed(LinkEnd end);
}

/// <summary>How a connection ended, as far as its socket can tell.</summary>
public enum LinkEnding
{
    /// <summary>The line broke, or nobody knows better.</summary>
    Broken,

    /// <summary>The station did not answer our pings.</summary>
    NoPong,

    /// <summary>The station said goodbye.</summary>
    ClosedByStation,

    /// <summary>We ended it.</summary>
    ClosedHere,
}

/// <param name="Status">The WebSocket status of who ended it; null where none was said.</param>
/// <param name="Reason">One of a few constants, nothing that the peer sent.</param>
public sealed record LinkEnd(LinkEnding Ending, int? Status, string Reason);

public enum FrameDirection
{
    FromStation,
    ToStation,
}

/// <summary>A CALL or SEND of a station. The payload's bytes belong to the receiver.</summary>
public sealed record InboundCall(FrameKind Kind, string MessageId, string Action, ReadOnlyMemory<byte> Payload, Instant ReceivedAt);

/// <summary>How a CALL is answered.</summary>
public abstract record CallReply
{
    private CallReply()
    {
    }

    /// <summary>A CALLRESULT with this payload.</summary>
    public sealed record Result(ReadOnlyMemory<byte> Payload) : CallReply;

    /// <summary>A CALLERROR: the station's frame was wrong. Never for our own trouble.</summary>
    public sealed record Error(string Code, string Description) : CallReply;

    /// <summary>No answer: a SEND, or a frame that must be sent again.</summary>
    public sealed record Silence : CallReply
    {
        public static Silence Instance { get; } = new();
    }

    /// <summary>No answer, and the connection ends with this WebSocket status, so that the station keeps its copy.</summary>
    public sealed record Hangup(int Status, string Reason) : CallReply
    {
        /// <summary>1013 "try again later": not durable.</summary>
        public static Hangup NotDurable { get; } = new(1013, "try again later");

        /// <summary>A newer connection of this station took over.</summary>
        public static Hangup Replaced { get; } = new(1008, "replaced by a newer connection");

        /// <summary>This process ends; another, or this one when it is back, serves the station.</summary>
        public static Hangup Restarting { get; } = new(1012, "the server restarts");
    }
}
