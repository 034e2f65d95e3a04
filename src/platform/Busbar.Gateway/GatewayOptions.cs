namespace Busbar.Gateway;

/// <summary>Limits of the stations' listener, configured under <c>Busbar:Limits</c>.</summary>
internal sealed class GatewayOptions
{
    public const string Section = "Busbar:Limits";

    /// <summary>Frames a second that one station may send in the long run before reading pauses.</summary>
    public int FramesPerSecond { get; set; } = 200;

    /// <summary>Frames that one station may send at once before reading pauses.</summary>
    public int FrameBurst { get; set; } = 1_000;

    /// <summary>Bytes of an ordinary message; a longer one ends the connection with 1009.</summary>
    public int MessageBytes { get; set; } = 64 * 1024;

    /// <summary>Bytes of a report (NotifyReport, GetConfiguration's answer, …).</summary>
    public int ReportBytes { get; set; } = 1024 * 1024;

    /// <summary>Frames that may wait to be sent to one station.</summary>
    public int SendQueueFrames { get; set; } = 32;

    /// <summary>Bytes that may wait to be sent to one station; a single larger frame passes when it is alone.</summary>
    public int SendQueueBytes { get; set; } = 64 * 1024;

    /// <summary>Seconds after which a station that does not take a frame is cut off.</summary>
    public int WriteSeconds { get; set; } = 10;

    /// <summary>Received CALLs of one station that wait for their turn before reading pauses.</summary>
    public int InboundFrames { get; set; } = 16;

    /// <summary>Commands of ours that may wait for one station.</summary>
    public int PendingCommands { get; set; } = 64;

    /// <summary>Seconds between WebSocket pings.</summary>
    public int PingSeconds { get; set; } = 30;

    /// <summary>Seconds without a pong after which the connection is dead.</summary>
    public int PongSeconds { get; set; } = 20;

    /// <summary>Upgrades a second that are looked at; beyond, 503 with Retry-After.</summary>
    public int UpgradesPerSecond { get; set; } = 4_000;

    /// <summary>Failed upgrades a minute and source address before that source waits. A station that came in from there before waits only for failures in its own name.</summary>
    public int FailuresPerMinute { get; set; } = 60;

    /// <summary>Open stations' sockets; beyond, 503.</summary>
    public int Connections { get; set; } = 100_000;

    public bool Positive => int.Min(FramesPerSecond, FrameBurst) > 0 && int.Min(MessageBytes, ReportBytes) > 0 && int.Min(SendQueueFrames, SendQueueBytes) > 0
        && int.Min(InboundFrames, PendingCommands) > 0 && int.Min(WriteSeconds, int.Min(PingSeconds, PongSeconds)) > 0
        && int.Min(UpgradesPerSecond, int.Min(FailuresPerMinute, Connections)) > 0;
}
