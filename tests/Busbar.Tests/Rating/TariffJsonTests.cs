using System.Text;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

public sealed class TariffJsonTests
{
    [Fact]
    public void The_canonical_form_of_a_tariff_never_changes()
    {
        var tariff = Tariff(Price(Dimension.Energy, 0.2500m, 1, Vat(19.0m)).When(new Restrictions
        {
            StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0), Weekdays = Weekdays.Sunday | Weekdays.Monday, MaxEnergy = Energy.FromWattHours(1_000.5m),
            MinDuration = Duration.FromMinutes(30),
        })) with { Max = new PriceBound(AfterTax: 10.00m), WaiveBelow = new Waiver { Duration = Duration.FromSeconds(90) } };

        const string Canonical =
            """{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[{"dimension":"energy","price":0.25,"stepSize":1,"taxes":[{"name":"VAT","percent":19,"stack":0}]}]""" +
            ""","when":{"startTime":"22:00","endTime":"06:00","weekdays":["monday","sunday"],"maxEnergyWh":1000.5,"minDurationSeconds":1800}}],"max":{"afterTax":10},"waiveBelow":{"durationSeconds":90}}""";
        Assert.Equal(Canonical, Encoding.UTF8.GetString(TariffJson.Write(tariff)));
        Assert.Equal(Canonical, Encoding.UTF8.GetString(TariffJson.Write(TariffJson.Read(Encoding.UTF8.GetBytes(Canonical)))));
        Assert.Equal("2907c23ec85bf385d0ca1a27f9f5b198883c67e478d61aa01910e7ada6fd26cb", TariffJson.Hash(tariff));
        Assert.NotEqual(TariffJson.Hash(tariff), TariffJson.Hash(tariff with { Max = null }));
    }

    [Theory]
    [InlineData("""{"currency":"XXX","taxMode":"exclusive","elements":[]}""", "/currency")]
    [InlineData("""{"currency":"EUR","taxMode":"some","elements":[]}""", "/taxMode")]
    [InlineData("""{"currency":"EUR","taxMode":0,"elements":[]}""", "/taxMode")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[],"more":1}""", "/more")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[{"dimension":"energy","price":"1","stepSize":1,"taxes":[]}]}]}""", "/elements/0/components/0/price")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[],"when":{"startTime":"25:00"}}]}""", "/elements/0/when/startTime")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive"}""", "")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[null]}""", "/elements/0")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[null]}]}""", "/elements/0/components/0")]
    [InlineData("""[]""", "")]
    [InlineData("", "")]
    public void What_is_not_a_tariff_is_refused_where_it_is_wrong(string json, string pointer)
    {
        Assert.False(TariffJson.TryRead(Encoding.UTF8.GetBytes(json), out _, out var fault));
        Assert.Equal(pointer, fault.Pointer);
        Assert.Throws<FormatException>(() => TariffJson.Read(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Broken_tariffs_are_refused_fault_by_fault()
    {
        var broken = Tariff(
            new TariffElement([], null),
            new TariffElement([Price(Dimension.Energy, 1, -1), Price(Dimension.Energy, 1)]),
            Price(Dimension.Energy, 1, 1, new TaxRate("", -1, 9)).When(new Restrictions
            {
                StartTime = new LocalTime(9, 0), EndTime = new LocalTime(9, 0), Weekdays = Weekdays.None, MinEnergy = Energy.FromWattHours(10), MaxEnergy = Energy.FromWattHours(10),
                StartDate = new LocalDate(2026, 2, 1), EndDate = new LocalDate(2026, 1, 1), Reservation = ReservationKind.Reserved,
            })) with { Min = new PriceBound(5, 4), Max = new PriceBound(4) };

        Assert.Equal(
            [
                "/elements/0/components", "/elements/1/components/0/stepSize", "/elements/1/components/1/dimension", "/elements/2/components/0/dimension",
                "/elements/2/components/0/taxes/0/name", "/elements/2/components/0/taxes/0/percent", "/elements/2/components/0/taxes/0/stack", "/elements/2/when/endTime",
                "/elements/2/when/endDate", "/elements/2/when/weekdays", "/elements/2/when/maxEnergyWh", "/min/afterTax", "/max/beforeTax",
            ],
            TariffLint.Check(broken).Select(fault => fault.Pointer));
    }

    [Fact]
    public void Ten_thousand_elements_are_too_many()
    {
        var element = Element(Price(Dimension.Energy, 1));
        var fault = Assert.Single(TariffLint.Check(Tariff([.. Enumerable.Repeat(element, 10_000)])));

        Assert.Equal(("/elements", "tooManyElements"), (fault.Pointer, fault.Code));
    }
}
