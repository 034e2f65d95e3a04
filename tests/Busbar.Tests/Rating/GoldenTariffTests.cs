using System.Globalization;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>Golden folders: <c>tests/data/tariffs/&lt;case&gt;/{tariff,session,expected}.json</c>, expected by hand: the total, and where given the quantities by kind, the
/// lines in their order, and the rows of a VAT breakdown.</summary>
public sealed class GoldenTariffTests
{
    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Data).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private static string Data => Path.Combine(Repository.Root, "tests", "data", "tariffs");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_golden_session_costs_what_was_computed_by_hand(string name)
    {
        var (tariff, zone, timeline, context, expected) = Load(name);
        Assert.Empty(TariffLint.Check(tariff));

        var priced = Rater.Rate(tariff, zone, timeline, context: context);

        Assert.Equal((Text(expected, "exclTax"), Text(expected, "inclTax")), (Invariant(priced.Total.ExclTax), Invariant(priced.Total.InclTax)));
        if (expected.TryGetProperty("lines", out var lines))
            Assert.Equal(
                lines.EnumerateArray().Select(line => (Text(line, "kind"), Number(line, "quantity"), Number(line, "exclTax"), Number(line, "inclTax"))),
                priced.Lines.Select(line => (JsonNamingPolicy.CamelCase.ConvertName(line.Kind.ToString()), line.Quantity, line.ExclTax, line.InclTax)));
        if (expected.TryGetProperty("taxes", out var taxes))
            Assert.Equal(
                taxes.EnumerateArray().Select(row => (Number(row, "percent"), Number(row, "exclTax"), Number(row, "tax"))),
                TaxShare.Of(priced.Lines).Select(share => (share.Taxes.Sum(tax => tax.Percent), share.ExclTax, share.Taxes.Sum(tax => tax.Amount))));
        if (!expected.TryGetProperty("quantities", out var quantities)) return;
        foreach (var quantity in quantities.EnumerateObject())
            Assert.Equal(
                decimal.Parse(quantity.Value.GetString()!, CultureInfo.InvariantCulture),
                priced.Lines.Where(line => line.Kind.ToString().Equals(quantity.Name, StringComparison.OrdinalIgnoreCase)).Sum(line => line.Quantity));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_golden_session_is_whole(string name)
    {
        var (tariff, zone, timeline, context, _) = Load(name);

        var priced = Rater.Rate(tariff, zone, timeline, context: context);

        Invariants.Hold(priced);
        Assert.NotEmpty(priced.Trace);
        Assert.All(priced.Trace, entry => Assert.False(string.IsNullOrEmpty(entry.Why)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_golden_tariff_and_timeline_round_trip_to_the_same_bytes(string name)
    {
        var (tariff, _, timeline, context, _) = Load(name);
        var bytes = TariffJson.Write(tariff);

        Assert.Equal(bytes, TariffJson.Write(TariffJson.Read(bytes)));
        Assert.Equal(TimelineJson.Write(timeline), TimelineJson.Write(TimelineJson.Read(TimelineJson.Write(timeline))));
        Assert.Equal(SessionContextJson.Write(context), SessionContextJson.Write(SessionContextJson.Read(SessionContextJson.Write(context))));
    }

    private static (Tariff Tariff, DateTimeZone Zone, Timeline Timeline, SessionContext Context, JsonElement Expected) Load(string name)
    {
        var session = Read(name, "session");
        return (
            TariffJson.Read(File.ReadAllBytes(Path.Combine(Data, name, "tariff.json"))),
            Zones.Find(Text(session, "timeZone")),
            TimelineJson.Read(JsonSerializer.SerializeToUtf8Bytes(session.GetProperty("timeline"))),
            session.TryGetProperty("context", out var context) ? SessionContextJson.Read(JsonSerializer.SerializeToUtf8Bytes(context)) : SessionContext.Unknown,
            Read(name, "expected"));
    }

    private static JsonElement Read(string name, string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Data, name, file + ".json"))).RootElement;

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;

    private static decimal Number(JsonElement element, string member) => decimal.Parse(Text(element, member), CultureInfo.InvariantCulture);

    private static string Invariant(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
