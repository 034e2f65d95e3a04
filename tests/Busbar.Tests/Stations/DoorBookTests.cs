using System.Globalization;
using System.Net;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Stations;

/// <summary>Who was refused at the stations' door, as far as an operator may know.</summary>
public sealed class DoorBookTests
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_last_refusal_of_a_name_stands_with_how_often_it_came()
    {
        var book = new DoorBook(_clock);
        book.Refused(Knock("CP-1", Gatekeeper.WrongPassword));
        book.Refused(Knock("CP-1", Gatekeeper.OtherUser));
        var last = book.Of("default", "CP-1")!;
        Assert.Equal((Gatekeeper.OtherUser, 2), (last.Reason, last.Times));
        _clock.Advance(TimeSpan.FromSeconds(1));
        book.Refused(Knock("CP-1", StationRefusal.NoProtocol));
        Assert.Equal(StationRefusal.NoProtocol, book.Of("default", "CP-1")!.Reason);
        Assert.Null(book.Of("default", "cp-1"));
        Assert.Null(book.Of("other", "CP-1"));
    }

    [Fact]
    public void A_flood_of_invented_names_pushes_out_no_station()
    {
        var book = new DoorBook(_clock);
        book.Refused(Knock("CP-1", Gatekeeper.WrongPassword));
        book.Refused(Knock("FIRST", Gatekeeper.UnknownStation));
        for (var i = 0; i < 3_000; i++) book.Refused(Knock("X" + i.ToString(CultureInfo.InvariantCulture), Gatekeeper.UnknownStation));
        Assert.NotNull(book.Of("default", "CP-1"));
        Assert.Null(book.Of("default", "FIRST"));
        Assert.Equal(500, book.Strangers("default", _clock.GetInstant()).Count);
        Assert.Equal("X2999", book.Strangers("default", _clock.GetInstant())[0].Identity);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void A_name_that_no_station_can_have_is_not_noted(string name)
    {
        var book = new DoorBook(_clock);
        book.Refused(Knock(name, Gatekeeper.UnknownStation));
        Assert.Empty(book.Strangers("default", _clock.GetInstant()));
    }

    private static StationRefusal Knock(string name, string reason) => new(null, name, IPAddress.Loopback, false, reason, []);
}
