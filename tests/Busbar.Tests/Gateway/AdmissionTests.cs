using System.Net;
using Busbar.Gateway;
using Busbar.Kernel;
using Busbar.Tests.Stations;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Gateway;

public sealed class AdmissionTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:3::", "2001:db8:1:3::")]
    [InlineData("fe80::1%3", "fe80::")]
    [InlineData("::1", "::")]
    public void A_source_is_a_subscriber(string address, string subscriber) => Assert.Equal(IPAddress.Parse(subscriber), Subscriber.Of(IPAddress.Parse(address)));

    [Fact]
    public void Failures_from_many_addresses_of_one_subscriber_are_one_sources()
    {
        var admission = new AdmissionControl(new GatewayOptions { FailuresPerMinute = 5 }, _clock);
        for (var i = 0; i < 6; i++) admission.Failed(IPAddress.Parse($"2001:db8:0:1::{i + 1}"), "/CP-1");
        Assert.True(admission.Wait(IPAddress.Parse("2001:db8:0:1::ffff"), "/CP-2") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, admission.Wait(IPAddress.Parse("2001:db8:0:2::1"), "/CP-2"));

        for (var i = 0; i < 6; i++) admission.Failed(IPAddress.Parse(i % 2 == 0 ? "192.0.2.1" : "::ffff:192.0.2.1"), "/CP-1");
        Assert.True(admission.Wait(IPAddress.Parse("192.0.2.1"), "/CP-2") > TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TimeSpan.Zero, admission.Wait(IPAddress.Parse("192.0.2.1"), "/CP-2"));
    }

    [Fact]
    public void A_station_that_came_in_from_there_waits_only_for_failures_in_its_own_name()
    {
        var admission = new AdmissionControl(new GatewayOptions { FailuresPerMinute = 5 }, _clock);
        var (nat, elsewhere) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        admission.Admitted(nat, "/CP-1");
        for (var i = 0; i < 1_000; i++) admission.Failed(nat, $"/CP-{i + 2}");
        Assert.Equal(TimeSpan.Zero, admission.Wait(nat, "/CP-1"));
        Assert.True(admission.Wait(nat, "/CP-2") > TimeSpan.Zero);
        Assert.True(admission.Wait(nat, "other/CP-1") > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, admission.Wait(elsewhere, "/CP-2"));

        for (var i = 0; i < 6; i++) admission.Failed(nat, "/CP-1");
        Assert.True(admission.Wait(nat, "/CP-1") > TimeSpan.Zero);
        for (var i = 0; i < 6; i++) admission.Failed(elsewhere, "/CP-1");
        Assert.True(admission.Wait(elsewhere, "/CP-1") > TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(TimeSpan.Zero, admission.Wait(nat, "/CP-1"));
    }

    [Fact]
    public void A_flood_of_refusals_does_not_flood_the_log()
    {
        var log = new LinesOf<AdmissionTests>();
        var refusals = new RefusalLog(_clock, log);
        for (var i = 0; i < 1_000; i++) refusals.Refused("CS-1", IPAddress.Loopback, "wrong password");
        Assert.Equal(50, log.Lines.Count);
        Assert.Equal("Information: CS-1: refused from 127.0.0.1: wrong password (0 refusals before it were not told)", log.Lines[0]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 1_000; i++) refusals.Refused("CS-1", IPAddress.Loopback, "wrong password");
        Assert.Equal(60, log.Lines.Count);
        Assert.EndsWith("(950 refusals before it were not told)", log.Lines[50], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NL-CS 1/ü", "NL-CS 1/ü")]
    [InlineData("a\r\nInformation: all is well", "a??Information: all is well")]
    [InlineData("a\u001b[2Jb\u0000\u2028\u202e\u200b\ud83d\ude00", "a?[2Jb??????")]
    public void A_hostile_name_is_logged_as_what_can_be_read(string name, string shown) => Assert.Equal(shown, ReadableText.Of(name, 48));

    [Fact]
    public void A_long_name_is_cut() => Assert.Equal(new string('x', 48), ReadableText.Of(new string('x', 100_000), 48));
}
