using Busbar.Kernel;
using Busbar.Sessions;
using Busbar.Stations.Contracts;

namespace Busbar.Tests.Sessions;

public sealed class StartsUnderWayTests
{
    private readonly StartsUnderWay _starts = new();

    [Fact]
    public void Those_that_are_under_way_count_for_those_that_come_after_them_and_not_the_other_way_round()
    {
        Enter(1);
        Enter(2);
        Enter(3);
        Assert.Equal([0, 1, 2], new[] { 1, 2, 3 }.Select(i => Before(i)));
        // A start whose row is there already is one and not two; one that came later does not count, however fast it was.
        Assert.Equal((0, 1, 2), (Before(1, 2, 3), Before(2, 1, 3), Before(3, 1, 2)));
        Assert.Equal(2, Before(2, 9));
        _starts.Leave(Seat(1));
        Enter(4);
        Assert.Equal(2, Before(4));
        Assert.Equal(3, Before(4, 1));
    }

    [Fact]
    public void Tokens_and_tenants_do_not_see_each_other()
    {
        Enter(1);
        _starts.Enter(Seat(2), "OTHER", "T");
        var elsewhere = Seat(3) with { Tenant = new TenantId(Guid.Parse("01900000-0000-7000-8000-000000000001")) };
        _starts.Enter(elsewhere, "TAG", "T");
        Assert.Equal((0, 0), (_starts.CountBefore(Seat(2), []), _starts.CountBefore(elsewhere, [])));
        // Twice, or of a start that never was: nothing.
        _starts.Leave(Seat(2));
        _starts.Leave(Seat(2));
    }

    private void Enter(int station) => _starts.Enter(Seat(station), "TAG", "T");

    private int Before(int station, params int[] rows) => _starts.CountBefore(Seat(station), [.. rows.Select(row => new StartUnderWay(Seat(row).Station, "T"))]);

    private static StationSeat Seat(int station) => new(default, new StationId(new Guid(station, 0, 0, new byte[8])), 1);
}
