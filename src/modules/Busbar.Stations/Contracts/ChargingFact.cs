using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>Whether energy could flow, as the station tells it.</summary>
public enum ChargingState
{
    Unknown,

    /// <summary>A cable is plugged; nothing flows yet.</summary>
    Connected,
    Charging,

    /// <summary>The vehicle does not take energy (1.6 SuspendedEV, 2.x SuspendedEV).</summary>
    SuspendedByVehicle,

    /// <summary>The station, or we, withhold energy (SuspendedEVSE).</summary>
    SuspendedByStation,

    /// <summary>No cable, or charging has ended.</summary>
    Idle,
}

/// <summary>Why nothing more of a transaction is waited for.</summary>
public enum AbandonReason
{
    /// <summary>Its end was told, or another one began on its connector.</summary>
    Gap,

    /// <summary>Its connector shows that no transaction runs there, and its end was not told since.</summary>
    ConnectorFree,

    /// <summary>Nothing was told of it for so long that nothing is expected any more.</summary>
    StationSilent,
}

/// <summary>A token as a station shows it. Compared without regard to case.</summary>
/// <param name="Kind">OCPP's type where the version says one (<c>ISO14443</c>, <c>eMAID</c>, …), else "".</param>
public sealed record PresentedToken(string Uid, string Kind)
{
    /// <summary>The brand of the card that pays at the station, such as <c>VISA</c>; null where none was told.</summary>
    public string? PaymentBrand { get; init; }

    /// <summary>How the payment was recognised, such as <c>CC</c>; null where none was told.</summary>
    public string? PaymentRecognition { get; init; }

    /// <summary>Shown by a payment terminal for somebody without a contract (OCPP 2.1, IdTokenEnumStringType).</summary>
    public bool IsDirectPayment() => Kind == "DirectPayment";

    /// <summary>The key that tokens are compared by.</summary>
    public string Folded => Uid.ToUpperInvariant();
}

/// <summary>The price of a transaction as its station calculates it (OCPP 2.1 I12, costDetails).</summary>
/// <param name="Currency">As it says it, at most 3 characters.</param>
/// <param name="ExclTax">Null: it did not say.</param>
/// <param name="InclTax">Null: it did not say, or no tax applies.</param>
/// <param name="Failed">It could not calculate all of it.</param>
/// <param name="Reason">Why, in its words, at most 500 characters.</param>
public sealed record StationCost(string Currency, decimal? ExclTax, decimal? InclTax, bool Failed, string? Reason);

/// <summary>
/// What a station tells about charging, richer than any one version of OCPP. Only a dialect makes it from a frame, and the same frame always
/// gives the same fact. EVSE and connector are numbers from 1; 1.6 has no EVSEs, so there each connector is EVSE n, connector 1.
/// </summary>
public abstract record ChargingFact
{
    private ChargingFact()
    {
    }

    /// <summary>The moment, by the station's clock.</summary>
    public required StationTime Time { get; init; }

    /// <summary>Position in the transaction (2.x <c>seqNo</c>); null in 1.6, which has none.</summary>
    public long? SeqNo { get; init; }

    /// <summary>The station says that it was offline then (2.x <c>offline</c>).</summary>
    public bool Offline { get; init; }

    /// <summary>What the station sent that the standard does not allow, by member: counted, shown with the session's facts, never refused.</summary>
    public IReadOnlyList<string> Deviations { get; init; } = [];

    /// <summary>A transaction starts. In 1.6 the station does not name it: we do.</summary>
    public sealed record Started : ChargingFact
    {
        /// <summary>The station's own transaction id (2.x); null in 1.6.</summary>
        public string? TransactionId { get; init; }
        public int? Evse { get; init; }
        public int? Connector { get; init; }
        public PresentedToken? Token { get; init; }

        /// <summary>The register at the start (1.6 <c>meterStart</c>).</summary>
        public Energy? Register { get; init; }
        public IReadOnlyList<MeterSample> Samples { get; init; } = [];
        public ChargingState? State { get; init; }

        /// <summary>2.x <c>remoteStartId</c>: the command of ours that this answers.</summary>
        public long? RemoteStartId { get; init; }
        public long? ReservationId { get; init; }
    }

    /// <summary>Readings, or a change of state, of a transaction or of a connector.</summary>
    public sealed record Updated : ChargingFact
    {
        /// <summary>Null where a 1.6 station reports a connector's meter outside any transaction.</summary>
        public string? TransactionId { get; init; }
        public int? Evse { get; init; }
        public int? Connector { get; init; }
        public PresentedToken? Token { get; init; }
        public IReadOnlyList<MeterSample> Samples { get; init; } = [];
        public ChargingState? State { get; init; }
        public long? RemoteStartId { get; init; }

        /// <summary>Its price so far, of a 2.1 station that calculates one.</summary>
        public StationCost? Cost { get; init; }
    }

    /// <summary>A transaction ends.</summary>
    public sealed record Ended : ChargingFact
    {
        public required string TransactionId { get; init; }
        public int? Evse { get; init; }
        public int? Connector { get; init; }
        public PresentedToken? Token { get; init; }

        /// <summary>The register at the end (1.6 <c>meterStop</c>).</summary>
        public Energy? Register { get; init; }
        public IReadOnlyList<MeterSample> Samples { get; init; } = [];

        /// <summary>OCPP's reason; "Local" where it is left out.</summary>
        public string Reason { get; init; } = "Local";

        /// <summary>Its price, of a 2.1 station that calculates one.</summary>
        public StationCost? Cost { get; init; }
    }

    /// <summary>A connector's state, outside a transaction event (1.6 StatusNotification).</summary>
    public sealed record ConnectorState : ChargingFact
    {
        public required int Evse { get; init; }
        public required int Connector { get; init; }
        public required ChargingState State { get; init; }
    }

    /// <summary>The station booted: transactions of before are not continued by it unless it says so.</summary>
    public sealed record Booted : ChargingFact
    {
        public string Reason { get; init; } = "";
    }

    /// <summary>We asked about a transaction (2.x GetTransactionStatus) and this is what the station said.</summary>
    public sealed record StatusReported : ChargingFact
    {
        public required string TransactionId { get; init; }

        /// <summary>Null when the station does not know the transaction.</summary>
        public bool? Ongoing { get; init; }

        /// <summary>Messages of it still wait at the station: nothing is concluded before they came.</summary>
        public required bool MessagesInQueue { get; init; }
    }

    /// <summary>We gave up waiting for what is missing of a transaction: messages of one that has ended, or the end itself.</summary>
    public sealed record GapsAbandoned : ChargingFact
    {
        public required string TransactionId { get; init; }
        public AbandonReason Reason { get; init; }
    }

    /// <summary>
    /// We held energy back at an EVSE, until <see cref="ChargingFact.Time"/>: load management, a charging profile of zero, a suspension by us. Told when it is over, or from time to
    /// time while it lasts; what a vehicle does not take then is nobody's idle time.
    /// </summary>
    public sealed record Withheld : ChargingFact
    {
        public required int Evse { get; init; }
        public required NodaTime.Instant From { get; init; }
    }

    /// <summary>
    /// A person has looked at a session that was held, and decided. What they saw goes with it: trouble that shows only later holds the session again.
    /// </summary>
    public sealed record Reviewed : ChargingFact
    {
        public required string TransactionId { get; init; }

        /// <summary>The session's id (<c>ses…</c>): of one transaction id there may be several.</summary>
        public required string SessionId { get; init; }

        /// <summary>It is billed as it stands; false: it is never billed.</summary>
        public required bool Bill { get; init; }

        /// <summary>The codes of the issues that were seen.</summary>
        public required IReadOnlyList<string> Seen { get; init; }

        /// <summary>Who: an operator's or a client's id.</summary>
        public required string Actor { get; init; }

        /// <summary>Why, in their words.</summary>
        public string? Note { get; init; }

        /// <summary>Of the decisions about the session, from 1, as they knew it: another one with this number came first. Null: whoever told it did not count.</summary>
        public int? Number { get; init; }
    }

    /// <summary>A charging message whose natural key could be read and whose content could not. The frame is evidence; it bills nothing.</summary>
    public sealed record Unreadable : ChargingFact
    {
        public required string Action { get; init; }
        public string? TransactionId { get; init; }
        public required string Problem { get; init; }
    }
}
