using Busbar.Kernel;
using Busbar.Storage;

namespace Busbar.Tests.Storage;

public sealed class HintsTests
{
    private readonly Hints _hints = new();
    private readonly TenantId _mine = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));
    private readonly TenantId _theirs = new(Guid.Parse("01900000-0000-7000-8000-000000000002"));
    private readonly Guid _station = Guid.Parse("01900000-0000-7000-8000-000000000003");
    private readonly Guid _other = Guid.Parse("01900000-0000-7000-8000-000000000004");

    [Fact]
    public void Who_looks_at_a_station_is_told_of_that_one_and_who_looks_at_a_tenant_of_all()
    {
        var (one, all, neighbour) = (0, 0, 0);
        using var a = _hints.Follow(_mine, _station, () => one++);
        using var b = _hints.Follow(_mine, null, () => all++);
        using var c = _hints.Follow(_theirs, null, () => neighbour++);
        _hints.Tell(_mine, _station);
        _hints.Tell(_mine, _other);
        Assert.Equal((1, 2, 0), (one, all, neighbour));
        // It may be anything.
        _hints.Tell(_mine);
        Assert.Equal((2, 3, 0), (one, all, neighbour));
    }

    [Fact]
    public void Who_has_left_is_not_told_and_the_others_still_are()
    {
        var (first, second) = (0, 0);
        var leaving = _hints.Follow(_mine, null, () => first++);
        using var staying = _hints.Follow(_mine, null, () => second++);
        leaving.Dispose();
        leaving.Dispose();
        _hints.Tell(_mine, _station);
        Assert.Equal((0, 1), (first, second));
    }
}
