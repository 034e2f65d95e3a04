using System.Globalization;
using Busbar.Kernel;
using Busbar.Stations.Console;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>A connection in plain words, in the history of its station.</summary>
public sealed class ConnectionWordsTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 6, 0);

    [Theory]
    [InlineData("en", "NoPong", null, null, "Connection lost after 3 h 12 min: no answer to pings", null)]
    [InlineData("de", "NoPong", null, null, "Verbindung nach 3 h 12 min verloren: keine Antwort auf Pings", null)]
    [InlineData("en", "Broken", null, null, "Connection lost after 3 h 12 min: the line broke", null)]
    [InlineData("en", "ClosedByStation", 1001, null, "The station closed the connection after 3 h 12 min", "WebSocket status 1001")]
    [InlineData("en", "TakenOver", 1008, null, "Replaced by a newer connection of the station after 3 h 12 min", null)]
    [InlineData("en", "ServerStopped", 1012, null, "Connection ended after 3 h 12 min: the server was stopped", null)]
    [InlineData("de", "ServerLost", null, null, "Verbindung nach etwa 3 h 12 min beendet: Der Server fiel aus oder wurde abgebrochen", null)]
    [InlineData("en", "ClosedByServer", 1008, "its access has changed", "This server ended the connection after 3 h 12 min", "Its password, its security profile or the station itself was changed.")]
    [InlineData("de", "ClosedByServer", 1011, "internal error", "Dieser Server beendete die Verbindung nach 3 h 12 min", "Durch einen Fehler dieses Servers; mehr steht in seinem Protokoll.")]
    [InlineData("de", "ClosedByServer", 1008, "slow reader", "Dieser Server beendete die Verbindung nach 3 h 12 min", "Sie nahm nicht an, was ihr gesendet wurde.")]
    [InlineData("en", "ClosedByServer", 1009, "message too long", "This server ended the connection after 3 h 12 min", "It sent a message that is too long.")]
    [InlineData("en", "ClosedByServer", 1003, "binary messages are not OCPP-J", "This server ended the connection after 3 h 12 min", "It sent a binary message; OCPP has only text.")]
    [InlineData("en", "ClosedByServer", 1013, "try again later", "This server ended the connection after 3 h 12 min", "What it told could not be stored; it is to tell it again.")]
    public void Why_a_connection_ended_is_said_in_plain_words(string language, string ending, int? code, string? detail, string text, string? under)
    {
        CultureInfo.CurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(language);
        var row = Row();
        (row.EndedAt, row.Ending, row.CloseCode, row.Detail) = (Start + Duration.FromMinutes(192), Enum.Parse<ConnectionEnding>(ending), code, detail);
        var lines = StationHistory.LinesOf(row).ToList();
        Assert.Equal([(Start, language == "en" ? "Connected over OCPP 2.0.1 from 192.0.2.7" : "Verbunden über OCPP 2.0.1 von 192.0.2.7"), (row.EndedAt, text)], lines.Select(line => ((Instant?)line.At, line.Text)));
        Assert.Equal(under, lines[1].Detail);
    }

    [Fact]
    public void An_open_one_has_no_end_and_many_short_ones_are_one_line()
    {
        CultureInfo.CurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("en");
        Assert.Single(StationHistory.LinesOf(Row()));
        var row = Row();
        (row.Times, row.LastConnectedAt) = (1_017, Start + Duration.FromMinutes(50));
        var line = Assert.Single(StationHistory.LinesOf(row));
        Assert.Equal((row.LastConnectedAt, "Connected again and again: 1,017 times within 50 min, the last time over OCPP 2.0.1 from 192.0.2.7"), (line.At, line.Text));
    }

    private static ConnectionRow Row() => new()
    {
        TenantId = new TenantId(Guid.Empty), Id = new ConnectionId(Guid.Empty), StationId = new StationId(Guid.Empty), ConnectedAt = Start, LastConnectedAt = Start, Protocol = "ocpp2.0.1",
        Remote = "192.0.2.7", SecurityProfile = 1, Node = "n",
    };
}
