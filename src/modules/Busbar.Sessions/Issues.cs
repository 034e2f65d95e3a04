namespace Busbar.Sessions;

/// <summary>Stable codes of what is odd about a session. They are shown with it and never silently dropped.</summary>
internal static class Issues
{
    public const string NoTariff = "noTariff";
    public const string RatingFailed = "ratingFailed";

    /// <summary>The market never told a price that the session needs, and its curve is to refuse.</summary>
    public const string PriceMissing = "priceMissing";

    /// <summary>A person decided that it is not billed.</summary>
    public const string Waived = "waived";
    public const string TokenUnknown = "tokenUnknown";
    public const string TokenBlocked = "tokenBlocked";
    public const string TokenExpired = "tokenExpired";
    public const string TokenInUse = "tokenInUse";
    public const string NoToken = "noToken";
    public const string TimeEstimated = "timeEstimated";
    public const string ClockAhead = "clockAhead";
    public const string ClockChanged = "clockChanged";
    public const string TimeZoneMissing = "timeZoneMissing";
    public const string EndBeforeStart = "endBeforeStart";
    public const string MeterReset = "meterReset";
    public const string MeterRollover = "meterRollover";
    public const string MeterGlitch = "meterGlitch";
    public const string MeterRegression = "meterRegression";
    public const string MeterImplausible = "meterImplausible";
    public const string MeterUnreadable = "meterUnreadable";
    public const string NoReadings = "noReadings";
    public const string SequenceGap = "sequenceGap";
    public const string MatchedByEvidence = "matchedByEvidence";
    public const string MatchedWeakly = "matchedWeakly";
    public const string NoEnd = "noEnd";
    public const string ConnectorFree = "connectorFree";
    public const string StationSilent = "stationSilent";
    public const string TransactionIdReused = "transactionIdReused";
    public const string DifferingStop = "differingStop";
    public const string Superseded = "superseded";
    public const string Unreadable = "unreadableMessage";
    public const string LateData = "lateData";
    public const string StopsDisagree = "stopsDisagree";
    public const string EnergyAfterEnd = "energyAfterEnd";
    public const string TooMuchData = "tooMuchData";
    public const string ToldLate = "toldLate";
    public const string UnknownTransaction = "unknownTransaction";

    /// <summary>The station calculated another price than ours: ours is billed.</summary>
    public const string CostDiffers = "costDiffers";

    /// <summary>The station could not calculate its price.</summary>
    public const string StationCostFailed = "stationCostFailed";

    /// <summary>What the vehicle gave back cannot be told from its register: nothing is counted as given back.</summary>
    public const string ExportUnclear = "exportUnclear";

    /// <summary>With one of these no CDR is made until a person has looked.</summary>
    public static bool Holds(string code) => code is MeterRegression or MeterImplausible or RatingFailed or PriceMissing or Unreadable or NoReadings or MatchedWeakly or NoEnd or ConnectorFree or StationSilent
        or StopsDisagree or Superseded or UnknownTransaction or EndBeforeStart or ClockChanged;

    public static string Detail(string code) => code switch
    {
        NoTariff => "No tariff was assigned to this station when the session started.",
        RatingFailed => "The price could not be computed.",
        PriceMissing => "The market's price was not known for a part of the session, and the curve is set to refuse.",
        Waived => "A person looked at it and decided that it is not billed.",
        TokenUnknown => "The token is not known.",
        TokenBlocked => "The token was blocked when the session started.",
        TokenExpired => "The token had expired when the session started.",
        TokenInUse => "The token was charging elsewhere when the session started.",
        NoToken => "No token was presented.",
        TimeEstimated => "The station's clock could not be believed; times of receipt were used.",
        ClockAhead => "The station's clock was ahead of ours; times of receipt were used.",
        ClockChanged => "The start was told more than a day late, and by it the session lasted more than a day: the station's clock may have been set during it.",
        TimeZoneMissing => "Timestamps had no time zone and were read as UTC.",
        EndBeforeStart => "The station reported an end before the start; the session has no length.",
        MeterReset => "The meter's register restarted during the session; the parts were added.",
        MeterRollover => "The meter's register rolled over during the session.",
        MeterGlitch => "A reading contradicted its neighbours and was not used.",
        MeterRegression => "The last register is below an earlier one.",
        MeterImplausible => "The register grew faster than the connector can deliver.",
        ExportUnclear => "The register of energy given back contradicts itself; nothing was counted as given back.",
        MeterUnreadable => "A reading could not be read.",
        NoReadings => "The station reported no energy reading.",
        SequenceGap => "Messages of the transaction are missing.",
        MatchedByEvidence => "A message with an unknown transaction id was matched by connector, token, time and meter.",
        MatchedWeakly => "An end with an unknown transaction id and no token was matched by time and meter alone.",
        NoEnd => "The station says that the transaction is over and has no end to report.",
        ConnectorFree => "The end was never told, and the connector shows that no transaction runs there; the session was closed at its last reading.",
        StationSilent => "Nothing was told of the session for too long; it was closed at its last reading.",
        TransactionIdReused => "The station used a transaction id again for another session.",
        DifferingStop => "The end was reported twice with different content.",
        Superseded => "Another session started on the connector before this one ended.",
        Unreadable => "A message of the session could not be read; it is kept as evidence.",
        StopsDisagree => "The end was reported twice with different registers.",
        EnergyAfterEnd => "Readings after the end show more energy than the end; it is not billed.",
        ToldLate => "A message came more than an hour after its own time: the station was offline, or its clock is behind.",
        TooMuchData => "The station told more of this session than is kept with it; the rest is in the journal.",
        LateData => "Readings arrived after the session was closed.",
        CostDiffers => "The station calculated another price than ours; ours is billed.",
        StationCostFailed => "The station could not calculate the price that it showed.",
        UnknownTransaction => "The station reported a transaction whose start is not known.",
        _ => code,
    };
}
