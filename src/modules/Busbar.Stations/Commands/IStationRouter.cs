using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Stations.Commands;

/// <summary>How a CALL of ours ended, in a form that can travel between processes.</summary>
/// <param name="Payload">The CALLRESULT's, or the CALLERROR's details.</param>
/// <param name="Code">The CALLERROR's code.</param>
/// <param name="Text">Its description, or why there is no answer.</param>
internal sealed record StationAnswer(StationAnswerKind Kind, string Code, string Text, ReadOnlyMemory<byte> Payload)
{
    public static StationAnswer Offline { get; } = new(StationAnswerKind.Offline, "", "the station is not connected", default);
}

internal enum StationAnswerKind
{
    /// <summary>It was sent and nobody knows.</summary>
    Unknown,
    Result,
    Error,

    /// <summary>It never left.</summary>
    NotSent,

    /// <summary>No connection, or it ended before the CALL left.</summary>
    Offline,
}

/// <summary>The way to the process that holds a station's socket.</summary>
internal interface IStationRouter
{
    /// <summary>The protocol of the station's connection (16, 201, 21); null when it has none.</summary>
    ValueTask<int?> ProtocolAsync(StationKey station, CancellationToken ct);

    /// <summary>Sends a CALL over the present connection and waits for its answer, not longer than to the deadline.</summary>
    /// <param name="protocol">What the CALL was written for: a connection that speaks another is not sent it.</param>
    Task<StationAnswer> CallAsync(StationKey station, int protocol, StationCall call, Instant deadline, CancellationToken ct);

    /// <summary>Records a fact of ours where the station's book is: in the process that holds its socket, or in this one, which takes the station for that. False: it is not durable.</summary>
    /// <exception cref="StorageUnavailableException">The database did not take it.</exception>
    Task<bool> ConcludeAsync(StationKey station, ChargingFact fact, CancellationToken ct);
}

/// <summary>One process: the socket is here or nowhere.</summary>
internal sealed class DirectRouter(StationActors actors, TimeProvider clock) : IStationRouter
{
    public ValueTask<int?> ProtocolAsync(StationKey station, CancellationToken ct) =>
        ValueTask.FromResult(actors.TryFind(station, out var actor) ? actor.Dialect.Protocol : (int?)null);

    public async Task<StationAnswer> CallAsync(StationKey station, int protocol, StationCall call, Instant deadline, CancellationToken ct)
    {
        if (!actors.TryFind(station, out var actor) || actor.Dialect.Protocol != protocol) return StationAnswer.Offline;
        try
        {
            await actor.CallsMayLeave.WaitAsync(Left(deadline), clock, ct);
        }
        catch (TimeoutException)
        {
            return new StationAnswer(StationAnswerKind.NotSent, "", "the station has not booted", default);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return StationAnswer.Offline;
        }
        return await actor.CommandAsync(call, Left(deadline), ct) switch
        {
            CallAnswer.Result result => new StationAnswer(StationAnswerKind.Result, "", "", result.Payload),
            CallAnswer.Error error => new StationAnswer(StationAnswerKind.Error, error.Code, error.Description, error.Details),
            CallAnswer.NotSent => actor.Link.IsOpen ? new StationAnswer(StationAnswerKind.NotSent, "", "others were ahead", default) : StationAnswer.Offline,
            CallAnswer.Unknown unknown => new StationAnswer(StationAnswerKind.Unknown, "", unknown.Reason, default),
            var other => throw new InvalidOperationException($"Nobody knows {other.GetType().Name}."),
        };
    }

    public async Task<bool> ConcludeAsync(StationKey station, ChargingFact fact, CancellationToken ct) =>
        await ConcludeIfHeldAsync(station, fact, ct) ?? await actors.TakeForAsync(station, fact, ct);

    /// <summary>Null: this process does not hold the station.</summary>
    public async Task<bool?> ConcludeIfHeldAsync(StationKey station, ChargingFact fact, CancellationToken ct) =>
        actors.TryFind(station, out var actor) ? await actor.ConcludeAsync(fact, ct) : null;

    private TimeSpan Left(Instant deadline)
    {
        var left = (deadline - clock.GetInstant()).ToTimeSpan();
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
