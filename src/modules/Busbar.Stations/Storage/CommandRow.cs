using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Storage;

/// <summary>What is known of a command. An unknown one was sent, and nobody heard what became of it.</summary>
internal enum CommandState
{
    Unknown,
    Queued,
    Sent,
    Accepted,
    Refused,
    Failed,
}

/// <summary>An intent for a station: durable before anything leaves.</summary>
[NotAudited("that it was given is an entry of its station; what the station answered is told here")]
internal sealed class CommandRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required CommandId Id { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>Who gave it: an API client's id, or a part of this program.</summary>
    public required string Actor { get; init; }

    /// <summary>As the caller named it.</summary>
    public required string Name { get; init; }
    public required string Action { get; init; }

    /// <summary>The CALL's payload, as JSON, without its secrets.</summary>
    [Personal]
    public required string Request { get; init; }

    /// <summary>2.x: comes back with the transaction that this starts.</summary>
    public long? RemoteStartId { get; init; }

    /// <summary>What shows that the station did it, where its answer is not heard: a charge that begins with this token (a keyed hash, see <see cref="CommandTruth"/>), at this EVSE if one is named.</summary>
    [Personal]
    public byte[]? AwaitedToken { get; init; }
    public int? AwaitedEvse { get; init; }

    /// <summary>Or the end of this transaction.</summary>
    [Personal]
    public string? AwaitedTransaction { get; init; }

    public CommandState State { get; set; }

    /// <summary>The answer's payload, as JSON, without its secrets.</summary>
    [Personal]
    public string? Response { get; set; }

    /// <summary>Why it failed or is unknown.</summary>
    public string? Detail { get; set; }

    public required Instant CreatedAt { get; init; }
    public required Instant DeadlineAt { get; init; }
    public Instant? FinishedAt { get; set; }

    /// <summary>As it is written: many at once, and each three times (<see cref="RowWriter"/>).</summary>
    private static readonly TableShape Shape = new("stations_commands", 2,
        new("tenant_id", ColumnKind.Uuid), new("id", ColumnKind.Uuid), new("station_id", ColumnKind.Uuid), new("actor", ColumnKind.Text), new("name", ColumnKind.Text),
        new("action", ColumnKind.Text), new("request", ColumnKind.Text), new("remote_start_id", ColumnKind.Integer), new("awaited_token", ColumnKind.Bytes),
        new("awaited_evse", ColumnKind.Integer), new("awaited_transaction", ColumnKind.Text), new("state", ColumnKind.Integer), new("response", ColumnKind.Text),
        new("detail", ColumnKind.Text), new("created_at", ColumnKind.Integer), new("deadline_at", ColumnKind.Integer), new("finished_at", ColumnKind.Integer));

    /// <summary>Of what nothing is awaited any more; that of one nobody will ever hear is so at its deadline.</summary>
    internal static RetainedRows Finished { get; } = new(
        Shape.Table, "deadline_at", new RowMatch("state", new[] { (long)CommandState.Unknown, (long)CommandState.Accepted, (long)CommandState.Refused, (long)CommandState.Failed }));

    public RowWrite ToWrite() => Shape.Row(
        TenantId.Value, Id.Value, StationId.Value, Actor, Name, Action, Request, RemoteStartId, AwaitedToken, (long?)AwaitedEvse, AwaitedTransaction, (long)State, Response,
        Detail, CreatedAt.ToUnixTimeMilliseconds(), DeadlineAt.ToUnixTimeMilliseconds(), FinishedAt?.ToUnixTimeMilliseconds());

    internal static void Table(ModelBuilder model) => model.Entity<CommandRow>(table =>
    {
        table.ToTable(Shape.Table);
        table.HasKey(row => new { row.TenantId, row.Id });
        table.HasIndex(row => new { row.TenantId, row.StationId, row.Id });
        table.HasIndex(row => new { row.State, row.DeadlineAt });
    });
}
