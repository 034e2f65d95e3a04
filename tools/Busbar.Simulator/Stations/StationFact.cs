using System.Text.Json.Serialization;

namespace Busbar.Simulator.Stations;

internal enum FactKind
{
    Status,
    Started,

    /// <summary>2.x only.</summary>
    Updated,

    /// <summary>1.6 only.</summary>
    Metered,
    Ended,
}

/// <summary>What an outlet is doing, in the words of 1.6; 2.x has fewer.</summary>
public enum OutletState
{
    Available,
    Preparing,
    Charging,
    SuspendedByVehicle,
    SuspendedByStation,
    Finishing,
    Unavailable,
    Faulted,
}

/// <summary>
/// Something that the server must learn, in the station's memory until it is acknowledged. It is rendered when it is sent, since 1.6 knows a transaction's
/// number only from the answer to its start; what must not change between two sendings, the timestamp above all, is fixed in here.
/// </summary>
internal sealed record StationFact
{
    public required long Number { get; init; }
    public required FactKind Kind { get; init; }
    public required int Connector { get; init; }

    /// <summary>The station's own id of the transaction.</summary>
    public string? Transaction { get; init; }
    public int SeqNo { get; init; }

    /// <summary>The moment as the station's clock showed and wrote it.</summary>
    public required string Stamp { get; init; }
    public required decimal RegisterWh { get; init; }
    public decimal PowerW { get; init; }
    public decimal? SocPercent { get; init; }
    public string Context { get; init; } = "Sample.Periodic";
    public string? Token { get; init; }
    public OutletState State { get; init; }

    /// <summary>2.x triggerReason.</summary>
    public string Trigger { get; init; } = "";
    public string? Reason { get; init; }
    public bool Offline { get; init; }
    public int? RemoteStartId { get; init; }

    /// <summary>The register cannot be read this time.</summary>
    public bool IsNaN { get; init; }

    /// <summary>It was acknowledged before and is sent once more.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Of the first sending, for a station that keeps ids.</summary>
    public string? MessageId { get; init; }

    public bool IsTransactional => Kind != FactKind.Status;
}

/// <summary>A transaction as the station remembers it.</summary>
public sealed class StationTransaction
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal StationTransaction(string id, int connector) => (Id, Connector) = (id, connector);

    /// <summary>The station's own id, which 2.x sends and 1.6 keeps to itself.</summary>
    public string Id { get; }

    public int Connector { get; }

    public string? Token { get; internal set; }

    /// <summary>As the server knows it: in 1.6 the number that the answer to the start brought; null until then.</summary>
    public string? ServerId { get; internal set; }

    /// <summary>What the server said of the token in the answer to the start; null until then.</summary>
    public string? TokenStatus { get; internal set; }

    /// <summary>2.x: the last that the server told.</summary>
    public decimal? TotalCost { get; internal set; }

    public decimal StartRegisterWh { get; internal set; }

    public decimal LastRegisterWh { get; internal set; }

    public bool IsRunning { get; internal set; }

    public bool IsEnded => _ended.Task.IsCompleted;

    public bool IsStartAcknowledged { get; internal set; }

    public bool IsEndAcknowledged { get; internal set; }

    public int? RemoteStartId { get; internal set; }

    /// <summary>Told from data: nothing that the server says changes what happened.</summary>
    internal bool IsTold { get; set; }

    internal int NextSeqNo { get; set; }

    internal Task Ended => _ended.Task;

    internal int Readings { get; set; }

    internal void End()
    {
        IsRunning = false;
        _ended.TrySetResult();
    }
}

/// <summary>A line of the memory file: one of the members is there.</summary>
internal sealed record MemoryLine
{
    public StationFact? Add { get; init; }

    /// <summary>The number of a fact that is done with.</summary>
    public long? Done { get; init; }

    public string? Transaction { get; init; }

    /// <summary>What the server calls <see cref="Transaction"/>.</summary>
    public string? ServerId { get; init; }

    public int? Connector { get; init; }

    /// <summary>What the meter of <see cref="Connector"/> showed last.</summary>
    public decimal? RegisterWh { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(MemoryLine))]
internal sealed partial class MemoryJson : JsonSerializerContext;
