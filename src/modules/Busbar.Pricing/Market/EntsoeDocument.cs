using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Market;

/// <summary>
/// Reads the day-ahead prices (document type A44) of a <c>Publication_MarketDocument</c>, IEC 62325-451-3, in any of its namespaces. Times are UTC in it, so that days
/// of 92 and of 100 quarter-hours are nothing special.
/// </summary>
internal static class EntsoeDocument
{
    private const int MostCharacters = 1 << 20;

    /// <summary>Of the whole document, in the curve's own step: as many as are taken by hand.</summary>
    public const int MostIntervals = 10_000;

    private static readonly InstantPattern Time = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm'Z'");

    public static CurveRead Read(Stream xml, int stepSeconds)
    {
        try
        {
            // Neither entities nor anything else that points out of the document.
            using var reader = XmlReader.Create(xml, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostCharacters });
            var root = XDocument.Load(reader).Root!;
            return root.Name.LocalName switch
            {
                "Publication_MarketDocument" when Text(root, "type") == "A44" => Read(root, stepSeconds),
                "Acknowledgement_MarketDocument" => new CurveRead.Nothing(),
                _ => new CurveRead.Wrong("This is no document of day-ahead prices."),
            };
        }
        catch (Exception error) when (error is XmlException or FormatException or OverflowException)
        {
            return new CurveRead.Wrong(error.Message);
        }
    }

    private static CurveRead Read(XElement root, int stepSeconds)
    {
        string? currency = null;
        var intervals = 0;
        var prices = new Dictionary<Instant, long?>();
        foreach (var series in All(root, "TimeSeries"))
        {
            // Where a zone has several auctions for a day, the first is the one that couples the markets.
            if (Text(series, "classificationSequence_AttributeInstanceComponent.position") is { } auction && auction != "1") continue;
            var said = Text(series, "currency_Unit.name");
            if (said is null || (currency ??= said) != said) return new CurveRead.Wrong("Its currency is missing, or there are two.");
            if (Text(series, "price_Measure_Unit.name") != "MWH") return new CurveRead.Wrong("Its prices are not per MWh.");
            foreach (var period in All(series, "Period"))
                if (Add(period, Text(series, "curveType"), stepSeconds, ref intervals, prices) is { } wrong) return wrong;
        }
        return prices.Count == 0 ? new CurveRead.Nothing() : new CurveRead.Told(currency!, prices);
    }

    private static CurveRead.Wrong? Add(XElement period, string? curveType, int stepSeconds, ref int intervals, Dictionary<Instant, long?> prices)
    {
        var interval = All(period, "timeInterval").Single(new FormatException("A period has one interval."));
        var (start, end) = (Moment(interval, "start"), Moment(interval, "end"));
        var resolution = Text(period, "resolution") switch { "PT15M" => 900, "PT30M" => 1_800, "PT60M" or "PT1H" => 3_600, var other => throw new FormatException($"No such resolution: {other}.") };
        if (resolution % stepSeconds != 0) return new CurveRead.Wrong("Its intervals are shorter than the curve's.");
        var seconds = (end - start).TotalSeconds;
        var count = (int)Math.Min(seconds / resolution, MostIntervals + 1);
        if (count < 1 || seconds % resolution != 0) return new CurveRead.Wrong("Its period is empty, or not a number of intervals.");
        if (CurveShape.Floor(start, stepSeconds) != start) return new CurveRead.Wrong("Its period does not begin with an interval of the curve.");
        // Before any room is made for them: a small document may tell of many long periods.
        intervals += count * (resolution / stepSeconds);
        if (intervals > MostIntervals) return new CurveRead.Wrong($"It tells more than {MostIntervals} intervals.");
        var told = new long?[count];
        foreach (var point in All(period, "Point"))
        {
            var position = int.Parse(Text(point, "position") ?? "", NumberStyles.None, CultureInfo.InvariantCulture);
            var perMegawattHour = decimal.Parse(Text(point, "price.amount") ?? "", NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            if (position < 1 || position > count) return new CurveRead.Wrong("A position lies outside its period.");
            if (CurveShape.Nano(perMegawattHour / 1_000) is not { } nano) return new CurveRead.Wrong("A price is too large or too fine.");
            told[position - 1] = nano;
        }
        // Curve type A03, a variable sized block: a position that is left out has the price of the one before it.
        for (var i = 1; i < count && curveType == "A03"; i++) told[i] ??= told[i - 1];
        for (var i = 0; i < count; i++)
        {
            if (told[i] is not { } price) continue;
            for (var offset = 0; offset < resolution; offset += stepSeconds)
                prices[start + Duration.FromSeconds((long)i * resolution + offset)] = price;
        }
        return null;
    }

    private static Instant Moment(XElement interval, string name) => Time.Parse(Text(interval, name) ?? "") is { Success: true } read ? read.Value : throw new FormatException($"The interval's {name} is no time.");

    // The namespace tells the edition, and the members are the same in all of them.
    private static IEnumerable<XElement> All(XElement parent, string name) => parent.Elements().Where(child => child.Name.LocalName == name);

    private static XElement Single(this IEnumerable<XElement> elements, Exception otherwise) => elements.ToList() is [var only] ? only : throw otherwise;

    private static string? Text(XElement parent, string name) => All(parent, name).FirstOrDefault()?.Value.Trim();
}
