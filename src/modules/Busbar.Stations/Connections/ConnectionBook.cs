using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Stations.Connections;

/// <summary>
/// The connections of this process's stations as rows, in memory; the writer stores what changed in its own time. A station that flaps makes few rows: a connection that
/// follows a short one goes on in its row, and so does every one of a station that has had <see cref="RowsPerDay"/> of them within a day.
/// </summary>
internal sealed class ConnectionBook(IdSource ids, TimeProvider clock)
{
    /// <summary>The most that one station adds to the table in a day, by one process.</summary>
    public const int RowsPerDay = 48;

    // What lasted less was no connection to speak of; and so long such ones share a row.
    private static readonly Duration ShortLived = Duration.FromMinutes(1);
    private static readonly Duration Episode = Duration.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<StationKey, Latest> _latest = [];
    private readonly Queue<ConnectionRow> _changed = [];
    private readonly HashSet<ConnectionRow> _waiting = [];

    /// <summary>A station's last row, its link while it is open, and how many rows it began since when.</summary>
    private sealed class Latest
    {
        public required ConnectionRow Row { get; set; }
        public IStationLink? Link { get; set; }
        public Instant DayBegan { get; set; }
        public int RowsOfDay { get; set; }
    }

    public void Connected(IStationLink link)
    {
        var (key, at) = (new StationKey(link.Tenant, link.Station), link.ConnectedAt);
        lock (_gate)
        {
            if (!_latest.TryGetValue(key, out var latest))
            {
                _latest[key] = new Latest { Row = Begin(link, at), Link = link, DayBegan = at, RowsOfDay = 1 };
                return;
            }
            // The newest wins at once; that the older one is closed for it comes later and says nothing new.
            if (latest.Row.EndedAt is null) End(latest.Row, at, ConnectionEnding.TakenOver, CallReply.Hangup.Replaced.Status, null);
            latest.Link = link;
            if (at - latest.DayBegan >= Duration.FromDays(1)) (latest.DayBegan, latest.RowsOfDay) = (at, 0);
            if (latest.RowsOfDay >= RowsPerDay || IsFlapping(latest.Row, at)) Continue(latest.Row, link, at);
            else (latest.Row, latest.RowsOfDay) = (Begin(link, at), latest.RowsOfDay + 1);
        }
    }

    public void Ended(IStationLink link, LinkEnd end)
    {
        lock (_gate)
        {
            if (!_latest.TryGetValue(new StationKey(link.Tenant, link.Station), out var latest) || !ReferenceEquals(latest.Link, link)) return;
            latest.Link = null;
            var (ending, detail) = Judge(end);
            End(latest.Row, clock.GetInstant(), ending, end.Status, detail);
        }
    }

    /// <summary>The process ends, and with it what is still open.</summary>
    public void ServerStops()
    {
        lock (_gate)
        {
            foreach (var latest in _latest.Values.Where(latest => latest.Link is not null))
            {
                latest.Link = null;
                End(latest.Row, clock.GetInstant(), ConnectionEnding.ServerStopped, CallReply.Hangup.Restarting.Status, null);
            }
        }
    }

    /// <summary>The rows that changed since the last call, each once, as they are now.</summary>
    public IReadOnlyList<(ConnectionRow Row, RowWrite Write)> TakeChanged(int atMost)
    {
        lock (_gate)
        {
            var taken = new List<(ConnectionRow, RowWrite)>(int.Min(atMost, _changed.Count));
            while (taken.Count < atMost && _changed.TryDequeue(out var row))
            {
                _waiting.Remove(row);
                taken.Add((row, row.ToWrite()));
            }
            return taken;
        }
    }

    /// <summary>Puts back what could not be stored.</summary>
    public void PutBack(IEnumerable<ConnectionRow> rows)
    {
        lock (_gate)
            foreach (var row in rows) Changed(row);
    }

    /// <summary>Of stations that have gone and not come back nothing is kept in memory.</summary>
    public void ForgetGone()
    {
        lock (_gate)
        {
            var before = clock.GetInstant() - Duration.FromDays(1);
            foreach (var (key, latest) in _latest)
                if (latest.Row.EndedAt < before && !_waiting.Contains(latest.Row)) _latest.Remove(key);
        }
    }

    private static (ConnectionEnding Ending, string? Detail) Judge(LinkEnd end) => end.Ending switch
    {
        LinkEnding.NoPong => (ConnectionEnding.NoPong, null),
        LinkEnding.ClosedByStation => (ConnectionEnding.ClosedByStation, null),
        // Taken by another process: here it is told when the station speaks again.
        LinkEnding.ClosedHere when end.Reason == CallReply.Hangup.Replaced.Reason => (ConnectionEnding.TakenOver, null),
        LinkEnding.ClosedHere when end.Reason == CallReply.Hangup.Restarting.Reason => (ConnectionEnding.ServerStopped, null),
        LinkEnding.ClosedHere => (ConnectionEnding.ClosedByServer, end.Reason),
        _ => (ConnectionEnding.Broken, null),
    };

    private static bool IsFlapping(ConnectionRow row, Instant at) => row.EndedAt - row.LastConnectedAt < ShortLived && at - row.ConnectedAt < Episode;

    private ConnectionRow Begin(IStationLink link, Instant at)
    {
        var row = new ConnectionRow
        {
            TenantId = link.Tenant, Id = ids.New<ConnectionId>(), StationId = new StationId(link.Station), ConnectedAt = at, LastConnectedAt = at, Protocol = link.Version.SubProtocol,
            Remote = link.Remote.ToString(), SecurityProfile = link.SecurityProfile, Node = NodeName.Current,
        };
        Changed(row);
        return row;
    }

    private void Continue(ConnectionRow row, IStationLink link, Instant at)
    {
        (row.LastConnectedAt, row.EndedAt, row.Ending, row.CloseCode, row.Detail) = (at, null, null, null, null);
        (row.Protocol, row.Remote, row.SecurityProfile) = (link.Version.SubProtocol, link.Remote.ToString(), link.SecurityProfile);
        row.Times++;
        Changed(row);
    }

    private void End(ConnectionRow row, Instant at, ConnectionEnding ending, int? closeCode, string? detail)
    {
        // A clock that was set back makes no connection of less than nothing.
        (row.EndedAt, row.Ending, row.CloseCode, row.Detail) = (Instant.Max(at, row.LastConnectedAt), ending, closeCode, detail);
        if (row.IsDrop) row.Drops++;
        Changed(row);
    }

    private void Changed(ConnectionRow row)
    {
        if (_waiting.Add(row)) _changed.Enqueue(row);
    }
}
