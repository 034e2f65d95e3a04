using System.Buffers.Binary;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Commands;

/// <summary>What a station should do, whatever version it speaks. A dialect makes a CALL of it.</summary>
internal abstract record StationIntent
{
    private StationIntent()
    {
    }

    /// <param name="RemoteStartId">2.x: comes back with the transaction that this starts.</param>
    /// <param name="IsOnlyConnector">The connector is the only one that its EVSE is known to have.</param>
    public sealed record Start(int? Evse, int? Connector, string TokenUid, int RemoteStartId, bool IsOnlyConnector = false) : StationIntent
    {
        /// <summary>A positive int that comes back with the transaction: the command's own random bits.</summary>
        public static int RemoteStartIdOf(CommandId id) => BinaryPrimitives.ReadInt32BigEndian(id.Value.ToByteArray(bigEndian: true).AsSpan(12)) & int.MaxValue;
    }

    public sealed record Stop(string TransactionId) : StationIntent;

    public sealed record Unlock(int Evse, int Connector) : StationIntent;

    /// <param name="Hard">At once; otherwise when the transactions have ended.</param>
    public sealed record Restart(bool Hard) : StationIntent;

    /// <param name="Evse">Null: the whole station.</param>
    public sealed record SetAvailability(int? Evse, bool Operative) : StationIntent;

    /// <param name="Message">In OCPP's words.</param>
    /// <param name="Connector">2.x asks for a status by connector only (F06.FR.13).</param>
    public sealed record Trigger(string Message, int? Evse, int? Connector = null) : StationIntent;

    /// <summary>A reading of what goes on at an EVSE now, with its transaction's name.</summary>
    public sealed record AskReading(int? Evse) : StationIntent;

    /// <summary>Does the transaction go on, and do messages of it wait?</summary>
    public sealed record AskTransaction(string TransactionId) : StationIntent;
}

/// <summary>A CALL to a station: bytes, so that it can travel to the process that holds the socket.</summary>
internal sealed record StationCall(string Action, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Within the action: a DataTransfer's message id.</summary>
    public string? Topic { get; init; }

    /// <summary>The transaction or the price that it tells of.</summary>
    public string? About { get; init; }

    /// <summary>What a station can do or cannot: one action may stand for many messages.</summary>
    public string Kind => Topic is null ? Action : $"{Action}/{Topic}";
}

/// <summary>A CALL, or why there is none.</summary>
internal readonly record struct CallDraft(StationCall? Call, string? Problem)
{
    public static CallDraft Impossible(string problem) => new(null, problem);
}
