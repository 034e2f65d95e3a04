namespace Busbar.Ocpp.Rpc;

/// <summary>The message type numbers of OCPP-J. 5 and 6 exist since 2.1.</summary>
public enum FrameKind
{
    Call = 2,
    CallResult = 3,
    CallError = 4,
    CallResultError = 5,
    Send = 6,
}

/// <summary>One OCPP-J frame. The payload is a slice of what was received: it lives as long as that buffer does.</summary>
public readonly record struct RpcFrame
{
    public FrameKind Kind { get; init; }

    /// <summary>As the sender chose it; a hint, never the identity of a fact. "" only in a default frame and in an error about a frame whose id nobody could read.</summary>
    public string MessageId { get; init; }

    /// <summary>The action of a CALL or SEND; the same string instance for every known action. "" for the others.</summary>
    public string Action { get; init; }

    /// <summary>The JSON object of a CALL, SEND or CALLRESULT; the details of an error. A payload of <c>null</c> is given as <c>{}</c>.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The code of a CALLERROR or CALLRESULTERROR, else "".</summary>
    public string ErrorCode { get; init; }

    /// <summary>The description of a CALLERROR or CALLRESULTERROR, else "".</summary>
    public string ErrorDescription { get; init; }

    /// <summary>True for what completes something that we sent.</summary>
    public bool IsAnswer => Kind is FrameKind.CallResult or FrameKind.CallError;
}

/// <summary>What reading a frame came to.</summary>
public enum RpcVerdict
{
    Ok,
    NotUtf8,

    /// <summary>Not JSON at all, cut short, or with something behind its end.</summary>
    NotJson,
    NotAnArray,

    /// <summary>A message type number that this version does not have.</summary>
    UnknownKind,

    /// <summary>Not a string, empty, longer than <see cref="RpcReader.MaxMessageIdBytes"/>, or with control characters.</summary>
    BadMessageId,
    BadAction,

    /// <summary>The payload is missing or is not an object, or the frame has more members than its kind.</summary>
    BadPayload,
    TooDeep,
}

/// <summary>How a frame was read, and if it could not be read, how to answer it.</summary>
public readonly record struct RpcReadOutcome(RpcVerdict Verdict)
{
    public static readonly RpcReadOutcome Ok = new(RpcVerdict.Ok);

    public bool IsOk => Verdict == RpcVerdict.Ok;

    /// <summary>The kind, if reading came so far.</summary>
    public FrameKind? Kind { get; init; }

    /// <summary>The message id, if it could be read.</summary>
    public string? MessageId { get; init; }

    /// <summary>
    /// The error frame that the version wants as an answer, or none. Errors are never answered, nor is a SEND; a broken CALLRESULT is answered
    /// since 2.1 only. A station of 1.6 gets an answer only where its message id was readable and the frame was a CALL: 1.6 has no word for the rest.
    /// </summary>
    public RpcErrorAnswer? Answer(OcppVersion version)
    {
        if (IsOk || Kind is FrameKind.CallError or FrameKind.CallResultError or FrameKind.Send)
        {
            return null;
        }

        if (Kind == FrameKind.CallResult)
        {
            return version == OcppVersion.V21 && MessageId is not null
                ? new(FrameKind.CallResultError, MessageId, RpcErrorCodes.For(this, version))
                : null;
        }

        if (version == OcppVersion.V16 && (Kind is null || MessageId is null))
        {
            return null;
        }

        // OCPP 2.0.1 part 4, 4.2.3: an id that cannot be read is answered as "-1".
        return new(FrameKind.CallError, MessageId ?? "-1", RpcErrorCodes.For(this, version));
    }
}

/// <summary>What to answer to a frame that could not be read.</summary>
public readonly record struct RpcErrorAnswer(FrameKind Kind, string MessageId, string ErrorCode);
