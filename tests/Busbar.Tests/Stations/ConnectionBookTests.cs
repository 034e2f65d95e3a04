using Busbar.Gateway.Contracts;
using Busbar.Stations.Connections;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>What becomes of connections in the history: which end is whose, and how little a station that flaps may write.</summary>
public sealed class ConnectionBookTests
{
    private readonly StationRig _rig = new();
    private readonly Dictionary<ConnectionRow, long> _told = [];

    [Theory]
    [InlineData(LinkEnding.Broken, null, "the connection broke", "Broken", null, 1)]
    [InlineData(LinkEnding.NoPong, null, "no pong", "NoPong", null, 1)]
    [InlineData(LinkEnding.ClosedByStation, 1001, "closed by the station", "ClosedByStation", null, 1)]
    [InlineData(LinkEnding.ClosedHere, 1008, "replaced by a newer connection", "TakenOver", null, 1)]
    [InlineData(LinkEnding.ClosedHere, 1012, "the server restarts", "ServerStopped", null, 0)]
    [InlineData(LinkEnding.ClosedHere, 1008, "its access has changed", "ClosedByServer", "its access has changed", 0)]
    public void An_end_is_told_as_whose_it_was(LinkEnding ending, int? status, string reason, string told, string? detail, int drops)
    {
        var (link, actor) = _rig.Connect();
        _rig.Clock.Advance(TimeSpan.FromHours(3));
        actor.OnClosed(new LinkEnd(ending, status, reason));
        var row = Assert.Single(Rows());
        Assert.Equal((StationRig.Start, StationRig.Start + Duration.FromHours(3), told, status, detail), (row.ConnectedAt, row.EndedAt, $"{row.Ending}", row.CloseCode, row.Detail));
        Assert.Equal((link.Remote.ToString(), "ocpp1.6", 1, 1, drops), (row.Remote, row.Protocol, row.SecurityProfile, row.Times, row.Drops));
    }

    [Fact]
    public void A_connection_that_is_taken_over_ends_when_the_newer_one_comes_and_its_late_end_changes_nothing()
    {
        var (_, old) = _rig.Connect();
        _rig.Clock.Advance(TimeSpan.FromHours(1));
        var (_, current) = _rig.Connect();
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        old.OnClosed(new LinkEnd(LinkEnding.NoPong, null, "no pong"));
        _rig.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(["TakenOver", ""], Rows().Select(row => $"{row.Ending}"));
        Assert.Equal([StationRig.Start + Duration.FromHours(1), null], Rows().Select(row => row.EndedAt));
        current.OnClosed(StationRig.Broken);
        old.OnClosed(StationRig.Broken);
        Assert.Equal(["TakenOver 1", "Broken 1"], Rows().Select(row => $"{row.Ending} {row.Drops}"));
    }

    [Fact]
    public void Short_connections_of_an_hour_share_a_row_that_counts_them_and_a_long_one_after_them_is_told_as_it_was()
    {
        for (var i = 0; i < 20; i++)
        {
            var (_, flapping) = _rig.Connect();
            _rig.Clock.Advance(TimeSpan.FromSeconds(20));
            flapping.OnClosed(StationRig.Broken);
            _rig.Clock.Advance(TimeSpan.FromSeconds(40));
        }
        var (_, steady) = _rig.Connect();
        var began = _rig.Clock.GetUtcNow();
        _rig.Clock.Advance(TimeSpan.FromHours(5));
        steady.OnClosed(new LinkEnd(LinkEnding.ClosedByStation, 1000, "closed by the station"));
        _rig.Connect();

        var rows = Rows();
        Assert.Equal([(21, 21), (1, 0)], rows.Select(row => (row.Times, row.Drops)));
        Assert.Equal((Instant.FromDateTimeOffset(began), "ClosedByStation", Duration.FromHours(5)), (rows[0].LastConnectedAt, $"{rows[0].Ending}", rows[0].EndedAt - rows[0].LastConnectedAt));
    }

    [Theory]
    [InlineData(5, 10)]
    [InlineData(61, 1)]      // too long to be merged for being short
    public void A_station_that_flaps_for_days_adds_a_bounded_number_of_rows_and_every_connection_is_counted(int connectedSeconds, int goneSeconds)
    {
        var (times, until) = (0, _rig.Clock.GetUtcNow().AddDays(3));
        for (; _rig.Clock.GetUtcNow() < until; times++)
        {
            var (_, actor) = _rig.Connect();
            _rig.Clock.Advance(TimeSpan.FromSeconds(connectedSeconds));
            actor.OnClosed(StationRig.Broken);
            _rig.Clock.Advance(TimeSpan.FromSeconds(goneSeconds));
        }
        Assert.True(times > 4_000);
        var rows = Rows();
        Assert.InRange(rows.Count, 3, 3 * ConnectionBook.RowsPerDay);
        Assert.Equal((times, times), (rows.Sum(row => row.Times), rows.Sum(row => row.Drops)));
        Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.True(pair.First.EndedAt <= pair.Second.ConnectedAt));
    }

    [Fact]
    public void What_a_process_holds_when_it_ends_has_ended_and_is_told_once()
    {
        var (_, actor) = _rig.Connect();
        _rig.Clock.Advance(TimeSpan.FromHours(1));
        _rig.Connections.ServerStops();
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        actor.OnClosed(StationRig.Broken);
        var row = Assert.Single(Rows());
        Assert.Equal(("ServerStopped", 0, StationRig.Start + Duration.FromHours(1)), ($"{row.Ending}", row.Drops, row.EndedAt));
    }

    [Fact]
    public void A_change_is_taken_once_and_one_that_could_not_be_stored_again()
    {
        _rig.Connect();
        var taken = Assert.Single(_rig.Connections.TakeChanged(10));
        Assert.Empty(_rig.Connections.TakeChanged(10));
        _rig.Connections.PutBack([taken.Row]);
        _rig.Connections.PutBack([taken.Row]);
        Assert.Single(_rig.Connections.TakeChanged(10));
    }

    /// <summary>All that were ever told, as they are now, in the order of their beginning.</summary>
    private List<ConnectionRow> Rows()
    {
        foreach (var (row, _) in _rig.Connections.TakeChanged(int.MaxValue)) _told.TryAdd(row, _told.Count);
        return [.. _told.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
    }
}
