using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Rating;
using Busbar.Tests.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Tests.Pricing;

/// <summary>Tariffs and charge detail records that others wrote: in <c>../shared/data</c>, which not every checkout has.</summary>
public sealed class OcpiVectorTests
{
    private static string Shared => Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data"));

    [Theory]
    [InlineData("ocpi-tariff-vectors", "tariff.json", 10)]
    [InlineData("ocpi-examples/2.2.1", "tariff*.json", 20)]
    [InlineData("ocpi-examples/2.3.0", "tariff*.json", 22)]
    [InlineData("ocpi-examples/2.3.0-payments", "tariff*.json", 22)]
    [InlineData("ocpi-examples/2.3.0-bookings", "tariff*.json", 22)]
    public void Every_tariff_is_read_and_survives_being_written(string folder, string pattern, int atLeast)
    {
        var files = Files(folder, pattern);
        Assert.True(files.Length >= atLeast, $"{files.Length} tariffs in {folder}");
        foreach (var file in files)
        {
            var read = OcpiTariffs.Read(File.ReadAllBytes(file));
            Assert.True(read.Tariff is not null, $"{file}: {string.Join("; ", read.Faults)}");
            var written = OcpiTariffs.Write(read.Tariff, read.Version);
            Assert.Empty(written.Lost);
            Assert.Equal(TariffJson.Hash(read.Tariff), TariffJson.Hash(OcpiTariffs.Read(written.Json!, read.Version).Tariff!));
        }
    }

    [Fact]
    public void Every_charge_detail_record_has_the_totals_that_it_says()
    {
        var records = Files("ocpi-tariff-vectors", "cdr*.json");
        Assert.NotEmpty(records);
        foreach (var file in records)
        {
            var tariff = OcpiTariffs.Read(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(file)!, "tariff.json"))).Tariff!;
            var record = JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;
            var periods = Periods(record).ToArray();

            var priced = Rater.Finish(periods.Aggregate(Rater.Begin(tariff, Zones.Find("Europe/Amsterdam"), periods[0].From), Rater.Extend));

            Assert.Equal(Cost(record, "total_cost"), priced.Total);
            foreach (var (member, kind) in new[] { ("total_energy_cost", LineKind.Energy), ("total_time_cost", LineKind.Time), ("total_parking_cost", LineKind.Idle), ("total_fixed_cost", LineKind.Flat) })
            {
                var lines = priced.Lines.Where(line => line.Kind == kind).ToArray();
                Assert.Equal(Cost(record, member), new Cost(lines.Sum(line => line.ExclTax), lines.Sum(line => line.InclTax)));
            }
        }
    }

    private static IEnumerable<MeasuredPeriod> Periods(JsonElement record)
    {
        var periods = record.GetProperty("charging_periods").EnumerateArray().ToArray();
        for (var i = 0; i < periods.Length; i++)
        {
            var to = i + 1 < periods.Length ? periods[i + 1].GetProperty("start_date_time") : record.GetProperty("end_date_time");
            var volumes = periods[i].GetProperty("dimensions").EnumerateArray().ToDictionary(d => d.GetProperty("type").GetString()!, d => d.GetProperty("volume").GetDecimal());
            yield return new MeasuredPeriod(
                Time(periods[i].GetProperty("start_date_time")), Time(to), Energy.FromKilowattHours(volumes.GetValueOrDefault("ENERGY")),
                volumes.ContainsKey("PARKING_TIME") ? VehicleState.EvIdle : VehicleState.Charging);
        }
    }

    private static Cost Cost(JsonElement record, string member) =>
        record.TryGetProperty(member, out var cost) ? new Cost(cost.GetProperty("excl_vat").GetDecimal(), cost.GetProperty("incl_vat").GetDecimal()) : default;

    private static Instant Time(JsonElement text) => InstantPattern.ExtendedIso.Parse(text.GetString()!).Value;

    private static string[] Files(string folder, string pattern)
    {
        var path = Path.Combine(Shared, folder);
        if (!Directory.Exists(path)) Assert.Skip($"{path} is not there: the vectors were not checked.");
        return [.. Directory.GetFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }
}
