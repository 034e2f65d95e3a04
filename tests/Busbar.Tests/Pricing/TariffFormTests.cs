using System.Text;
using Busbar.Kernel;
using Busbar.Pricing.Console;
using Busbar.Rating;
using Busbar.Tests.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class TariffFormTests
{
    [Theory]
    [InlineData("2026-06-01T22:00")]
    [InlineData("2026-06-01T22:00:00")]     // as the page hears of a change
    public void A_moment_is_read_as_its_field_tells_it(string text)
    {
        Assert.Equal(Instant.FromUtc(2026, 6, 1, 20, 0), TariffEditing.Moment(text, Build.Berlin));
        Assert.Equal(new LocalDateTime(2026, 6, 1, 22, 0), new ExampleForm { Start = text, Energy = "1" }.Read()!.Start);
    }

    [Fact]
    public void A_form_says_the_tariff_that_it_was_made_of() =>
        RandomCases.Tariffs.Sample(
            tariff =>
            {
                // An empty list of conditions is none.
                var plain = tariff with { Elements = [.. tariff.Elements.Select(element => element.When == new Restrictions() ? element with { When = null } : element)] };
                var read = TariffForm.Of(plain).Read();
                Assert.Equal(Encoding.UTF8.GetString(TariffJson.Write(plain)), Encoding.UTF8.GetString(TariffJson.Write(read.Tariff)));
                Assert.True(TariffJson.TryRead(Encoding.UTF8.GetBytes(TariffForm.Json(plain)), out var again, out _));
                Assert.Equal(TariffJson.Hash(plain), TariffJson.Hash(again!));
            },
            iter: 2_000);

    [Fact]
    public void Every_member_of_the_restrictions_has_its_row()
    {
        var when = new Restrictions
        {
            StartTime = new LocalTime(6, 0), EndTime = new LocalTime(7, 30), StartDate = new LocalDate(2026, 1, 1), EndDate = new LocalDate(2026, 2, 1), Weekdays = Weekdays.Monday,
            MinEnergy = new(1), MaxEnergy = new(2_000_000), MinCurrentA = 1.5m, MaxCurrentA = 32, MinPower = new(1_000), MaxPower = new(22_000_000), MinDuration = Duration.FromSeconds(100),
            MaxDuration = Duration.FromMinutes(90), Reservation = ReservationKind.Expired, MinChargingTime = Duration.FromSeconds(1), MaxChargingTime = Duration.FromMinutes(5),
            MinIdleTime = Duration.FromMinutes(1), MaxIdleTime = Duration.FromMinutes(7), SpecialDays = "a", ExceptSpecialDays = "b", EvseKind = EvseKind.Dc, PaymentBrand = "Visa", PaymentRecognition = "CC", TokenGroup = "staff",
        };
        Assert.DoesNotContain(typeof(Restrictions).GetProperties(), property => property.GetValue(when) is null);
        var numbers = new FormNumbers();
        Assert.Equal(when, RestrictionForm.Of(when).Aggregate(new Restrictions(), (all, row) => row.AddTo(all, numbers, "")));
        Assert.Empty(numbers.Faults);
        Assert.Equal(Enum.GetValues<RestrictionKind>().Order(), RestrictionForm.Of(when).Select(row => row.Kind).Order());
    }

    [Theory]
    [InlineData("0,49", "0.49")]
    [InlineData("0.49", "0.49")]
    [InlineData(" -1 ", "-1")]
    public void A_comma_and_a_point_part_decimals(string typed, string number) => Assert.Equal(number, FormNumbers.Of(new FormNumbers().Decimal(typed, "")));

    [Theory]
    [InlineData("1.000,50", "notANumber")]
    [InlineData("abc", "notANumber")]
    [InlineData("1e3", "notANumber")]
    [InlineData("", "required")]
    public void What_is_no_price_is_a_fault_at_its_field(string typed, string code)
    {
        var form = TariffForm.New(Currency.Eur);
        form.Elements[0].Components[0].Price = typed;
        var fault = Assert.Single(form.Read().Faults);
        Assert.Equal(("/elements/0/components/0/price", code), (fault.Pointer, fault.Code));
    }

    [Fact]
    public void What_the_lint_finds_stands_at_its_field_too()
    {
        var form = TariffForm.New(Currency.Eur);
        form.Elements[0].Components[0].Step = "-5";
        form.Elements.Add(ElementForm.Of(new TariffElement([new PriceComponent(Dimension.Energy, 1, 1, [])])));
        Assert.Equal([("/elements/0/components/0/stepSize", "negativeStep"), ("/elements/1/components/0", "neverApplies")], form.Read().Faults.Select(fault => (fault.Pointer, fault.Code)));
    }

    [Fact]
    public void A_price_per_minute_is_kept_per_hour_and_told_so_only_where_it_stays_the_same()
    {
        var form = ComponentForm.Of(new PriceComponent(Dimension.Time, 6m, 60, []));
        Assert.True(form.Tell(perMinute: true));
        Assert.Equal("0.1", form.Price);
        Assert.Equal(6m, form.ToComponent(new FormNumbers(), "").Price);
        var odd = ComponentForm.Of(new PriceComponent(Dimension.Time, 1m, 60, []));
        Assert.False(odd.Tell(perMinute: true));
        Assert.Equal(("1", false), (odd.Price, odd.PerMinute));
    }
}
