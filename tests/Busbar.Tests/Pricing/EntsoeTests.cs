using System.Text;
using Busbar.Pricing.Market;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class EntsoeTests
{
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 28, 23, 0);

    [Fact]
    public void A_document_of_hours_fills_the_quarters_and_is_told_per_kilowatt_hour()
    {
        var told = Told(Document("PT60M", "A01", 2, (1, "91.55"), (2, "-12.3")), 900);
        Assert.Equal("EUR", told.Currency);
        Assert.Equal(8, told.Prices.Count);
        Assert.Equal((91_550_000L, 91_550_000L, -12_300_000L), (told.Prices[Day], told.Prices[Day + Duration.FromMinutes(45)], told.Prices[Day + Duration.FromMinutes(60)]));
    }

    [Fact]
    public void In_a_curve_of_type_A03_a_position_that_is_left_out_repeats_the_last_and_in_A01_it_is_a_gap()
    {
        var told = Told(Document("PT15M", "A03", 1, (1, "10"), (3, "20")), 900).Prices;
        Assert.Equal([10_000_000, 10_000_000, 20_000_000, 20_000_000], told.OrderBy(it => it.Key).Select(it => it.Value!.Value));
        Assert.Equal(2, Told(Document("PT15M", "A01", 1, (1, "10"), (3, "20")), 900).Prices.Count);
    }

    [Theory]
    [InlineData(23, 92)]    // 2026-03-29 in Brussels: clocks go forward
    [InlineData(25, 100)]   // 2026-10-25: and back
    public void Days_on_which_the_clocks_change_have_92_and_100_quarter_hours(int hours, int quarters) =>
        Assert.Equal(quarters, Told(Document("PT15M", "A03", hours, (1, "10")), 900).Prices.Count);

    [Fact]
    public void A_second_auction_of_the_day_does_not_replace_the_first()
    {
        var second = Document("PT60M", "A01", 1, (1, "99")).Replace("<curveType>", "<classificationSequence_AttributeInstanceComponent.position>2</classificationSequence_AttributeInstanceComponent.position><curveType>", StringComparison.Ordinal);
        Assert.IsType<CurveRead.Nothing>(Read(second, 900));
    }

    [Fact]
    public void An_acknowledgement_says_that_there_is_nothing_yet() =>
        Assert.IsType<CurveRead.Nothing>(Read("""<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"><Reason><code>999</code></Reason></Acknowledgement_MarketDocument>""", 900));

    [Theory]
    [InlineData("A44", "A01", "an auction's other document")]
    [InlineData("<price_Measure_Unit.name>MWH", "<price_Measure_Unit.name>GBP", "another unit")]
    [InlineData("PT15M", "P1D", "another resolution")]
    [InlineData("<position>1", "<position>9", "a position outside")]
    [InlineData("<position>1", "<position>-1", "a position below")]
    [InlineData(">10<", ">ten<", "no number")]
    [InlineData(">10<", ">99999999999<", "no price")]
    [InlineData("2026-03-28T23:00Z", "yesterday", "no time")]
    [InlineData("<currency_Unit.name>EUR</currency_Unit.name>", "", "no currency")]
    [InlineData("</Publication_MarketDocument>", "", "no end")]
    public void What_is_no_such_document_is_told_and_not_guessed(string part, string instead, string why)
    {
        var document = Document("PT15M", "A03", 1, (1, "10")).Replace(part, instead, StringComparison.Ordinal);
        Assert.True(Read(document, 900) is CurveRead.Wrong, why);
    }

    [Fact]
    public void A_hostile_document_reaches_nothing_and_is_not_blown_up()
    {
        const string Bomb = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">]>""";
        Assert.IsType<CurveRead.Wrong>(Read(Bomb + Document("PT15M", "A03", 1, (1, "&f;")), 900));
        Assert.IsType<CurveRead.Wrong>(Read(Document("PT15M", "A03", 1, (1, "10")).Replace("<curveType>", $"<mRID>{new string('x', 2_000_000)}</mRID><curveType>", StringComparison.Ordinal), 900));
        Assert.IsType<CurveRead.Wrong>(Read(Document("PT15M", "A03", 8_000_000, (1, "10")), 900));
    }

    [Fact]
    public void A_document_has_as_many_intervals_as_a_curve_takes_at_once_however_they_are_cut_into_periods()
    {
        Assert.Equal(2_501, Told(Document("PT60M", "A03", 2_501, (1, "10")), 3_600).Prices.Count);
        Assert.IsType<CurveRead.Wrong>(Read(Document("PT60M", "A03", 2_501, (1, "10")), 900));
        var one = Document("PT15M", "A03", 1_500, (1, "10"));
        Assert.Equal(6_000, Told(one, 900).Prices.Count);
        var (from, until) = (one.IndexOf("<Period>", StringComparison.Ordinal), one.IndexOf("</TimeSeries>", StringComparison.Ordinal));
        Assert.IsType<CurveRead.Wrong>(Read(one.Insert(until, one[from..until]), 900));
    }

    [Fact]
    public void A_period_that_begins_within_an_interval_of_the_curve_is_refused()
    {
        var shifted = Document("PT15M", "A03", 1, (1, "10")).Replace("T23:00Z", "T23:05Z", StringComparison.Ordinal).Replace("T00:00Z", "T00:05Z", StringComparison.Ordinal);
        Assert.IsType<CurveRead.Wrong>(Read(shifted, 900));
    }

    private static CurveRead Read(string xml, int step) => EntsoeDocument.Read(new MemoryStream(Encoding.UTF8.GetBytes(xml)), step);

    private static CurveRead.Told Told(string xml, int step) => Assert.IsType<CurveRead.Told>(Read(xml, step));

    internal static string Document(string resolution, string curveType, int hours, params (int Position, string Price)[] points) => $"""
        <Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
          <mRID>1</mRID><type>A44</type>
          <TimeSeries>
            <mRID>1</mRID><currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name><curveType>{curveType}</curveType>
            <Period>
              <timeInterval><start>2026-03-28T23:00Z</start><end>{(Day + Duration.FromHours(hours)).ToString("uuuu-MM-dd'T'HH:mm'Z'", System.Globalization.CultureInfo.InvariantCulture)}</end></timeInterval>
              <resolution>{resolution}</resolution>
              {string.Concat(points.Select(point => $"<Point><position>{point.Position}</position><price.amount>{point.Price}</price.amount></Point>"))}
            </Period>
          </TimeSeries>
        </Publication_MarketDocument>
        """;
}
