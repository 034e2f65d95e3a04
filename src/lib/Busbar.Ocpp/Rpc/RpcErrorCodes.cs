namespace Busbar.Ocpp.Rpc;

/// <summary>The error codes of OCPP-J: 1.6 table 7, 2.x part 4 table 9.</summary>
public static class RpcErrorCodes
{
    // In every version.
    public const string NotImplemented = "NotImplemented";
    public const string NotSupported = "NotSupported";
    public const string InternalError = "InternalError";
    public const string ProtocolError = "ProtocolError";
    public const string SecurityError = "SecurityError";
    public const string PropertyConstraintViolation = "PropertyConstraintViolation";
    public const string TypeConstraintViolation = "TypeConstraintViolation";
    public const string GenericError = "GenericError";

    // 1.6 only. The missing r is how 1.6 stations know it.
    public const string FormationViolation = "FormationViolation";
    public const string OccurenceConstraintViolation = "OccurenceConstraintViolation";

    // 2.x only.
    public const string FormatViolation = "FormatViolation";
    public const string OccurrenceConstraintViolation = "OccurrenceConstraintViolation";
    public const string MessageTypeNotSupported = "MessageTypeNotSupported";
    public const string RpcFrameworkError = "RpcFrameworkError";

    /// <summary>The version's word for a payload that is not what the action wants.</summary>
    public static string Format(OcppVersion version) => version == OcppVersion.V16 ? FormationViolation : FormatViolation;

    /// <summary>The version's word for a member that is missing or there too often.</summary>
    public static string Occurrence(OcppVersion version) => version == OcppVersion.V16 ? OccurenceConstraintViolation : OccurrenceConstraintViolation;

    internal static string For(RpcReadOutcome outcome, OcppVersion version)
    {
        if (version == OcppVersion.V16)
        {
            return FormationViolation;
        }

        return outcome.Verdict switch
        {
            RpcVerdict.UnknownKind => MessageTypeNotSupported,
            RpcVerdict.BadPayload or RpcVerdict.TooDeep => FormatViolation,
            RpcVerdict.NotJson when outcome.MessageId is not null => FormatViolation,
            _ => RpcFrameworkError,
        };
    }
}
