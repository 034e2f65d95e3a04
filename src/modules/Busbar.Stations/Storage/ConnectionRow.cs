using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Storage;

/// <summary>Why a connection ended.</summary>
internal enum ConnectionEnding
{
    /// <summary>The line broke, or nobody knows better.</summary>
    Broken,

    /// <summary>Our pings were not answered.</summary>
    NoPong,
    ClosedByStation,

    /// <summary>A newer connection of the station came.</summary>
    TakenOver,

    /// <summary>We ended it, for what <see cref="ConnectionRow.Detail"/> says.</summary>
    ClosedByServer,

    /// <summary>Our process was stopped.</summary>
    ServerStopped,

    /// <summary>Our process was killed or failed; another found its row open.</summary>
    ServerLost,
}

/// <summary>A station's connection, or several short ones that followed each other: then it tells how many, and the rest is the last one's.</summary>
[NotAudited("what a station's line did")]
internal sealed class ConnectionRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required ConnectionId Id { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>The first one's; <see cref="LastConnectedAt"/> is the last one's.</summary>
    public required Instant ConnectedAt { get; init; }
    public required Instant LastConnectedAt { get; set; }

    /// <summary>Null: it is open, or its process has ended and nobody has found it yet.</summary>
    public Instant? EndedAt { get; set; }
    public ConnectionEnding? Ending { get; set; }

    /// <summary>The WebSocket status of who ended it.</summary>
    public int? CloseCode { get; set; }

    /// <summary>One of a few constants of ours.</summary>
    public string? Detail { get; set; }

    /// <summary>The sub-protocol, such as <c>ocpp1.6</c>.</summary>
    public required string Protocol { get; set; }
    public required string Remote { get; set; }
    public required int SecurityProfile { get; set; }

    /// <summary>The process that held its socket.</summary>
    public required string Node { get; init; }

    /// <summary>How many connections it stands for.</summary>
    public int Times { get; set; } = 1;

    /// <summary>How many of them ended without our doing.</summary>
    public int Drops { get; set; }

    public bool IsDrop => Ending is ConnectionEnding.Broken or ConnectionEnding.NoPong or ConnectionEnding.ClosedByStation or ConnectionEnding.TakenOver;

    /// <summary>As it is written: many at once (<see cref="RowWriter"/>), when it begins and when it ends.</summary>
    private static readonly TableShape Shape = new("stations_connections", 2,
        new("tenant_id", ColumnKind.Uuid), new("id", ColumnKind.Uuid), new("station_id", ColumnKind.Uuid), new("connected_at", ColumnKind.Integer), new("last_connected_at", ColumnKind.Integer),
        new("ended_at", ColumnKind.Integer), new("ending", ColumnKind.Integer), new("close_code", ColumnKind.Integer), new("detail", ColumnKind.Text), new("protocol", ColumnKind.Text),
        new("remote", ColumnKind.Text), new("security_profile", ColumnKind.Integer), new("node", ColumnKind.Text), new("times", ColumnKind.Integer), new("drops", ColumnKind.Integer));

    public RowWrite ToWrite() => Shape.Row(
        TenantId.Value, Id.Value, StationId.Value, ConnectedAt.ToUnixTimeMilliseconds(), LastConnectedAt.ToUnixTimeMilliseconds(), EndedAt?.ToUnixTimeMilliseconds(), (long?)Ending,
        (long?)CloseCode, Detail, Protocol, Remote, (long)SecurityProfile, Node, (long)Times, (long)Drops);

    internal static void Table(ModelBuilder model) => model.Entity<ConnectionRow>(table =>
    {
        table.ToTable(Shape.Table);
        table.HasKey(row => new { row.TenantId, row.Id });
        table.HasIndex(row => new { row.TenantId, row.StationId, row.ConnectedAt, row.Id }).IsDescending(false, false, true, true);
        // What a process left open.
        table.HasIndex(row => row.EndedAt);
        table.Ignore(row => row.IsDrop);
    });
}
