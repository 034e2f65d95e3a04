using Busbar.Egress.Outbox;

namespace Busbar.Tests.Egress;

public sealed class BackOffTests
{
    [Theory]
    [InlineData(1, 1.0, 10)]
    [InlineData(1, 0.5, 5)]
    [InlineData(2, 1.0, 20)]
    [InlineData(5, 1.0, 160)]
    [InlineData(5, 0.0, 0)]
    [InlineData(20, 1.0, 7_200)]
    [InlineData(20, 0.25, 1_800)]
    [InlineData(10_000, 1.0, 7_200)]
    public void A_pause_is_any_time_up_to_one_that_doubles_until_the_longest(int failures, double chance, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), BackOff.After(failures, chance, TimeSpan.FromSeconds(10), TimeSpan.FromHours(2)));
}
