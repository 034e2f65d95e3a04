using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Pricing.Lint;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Tests.Rating;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class LintTests(Servers servers)
{
    private static readonly Tariff Sound = Build.Tariff(Build.Element(Build.Price(Dimension.Energy, 0.5m), Build.Price(Dimension.Idle, 6, 60))) with { TaxMode = TaxMode.Inclusive };

    private static readonly Dictionary<string, (Tariff Tariff, string Pointer)> Broken = new()
    {
        ["ocpi-step-size"] = (With(Build.Price(Dimension.Energy, 0.5m, 1000)), "/elements/0/components/0/stepSize"),
        ["ocpi-no-default"] = (Build.Tariff(Build.Price(Dimension.Energy, 0.5m).When(new Restrictions { StartTime = new LocalTime(8, 0), EndTime = new LocalTime(9, 0) })), "/elements/0/components/0"),
        ["market-one-lock"] = (With(
            new PriceComponent(Dimension.Energy, 0.5m, 1, [], new CurvePricing("spot", CurveLock.AtStart)), new PriceComponent(Dimension.Time, 1m, 1, [], new CurvePricing("spot", CurveLock.EachInterval))), "/elements/0/components/1/curve/lock"),
        ["ocpi-weekday-night"] = (Night(Weekdays.Friday), "/elements/0/when/weekdays"),
        ["afir-kwh-basis"] = (With(Build.Price(Dimension.Time, 5)), "/elements"),
        ["afir-kwh-and-occupancy"] = (With(Build.Price(Dimension.Energy, 0.5m), Build.Price(Dimension.Flat, 1)), "/elements/0/components/1"),
        ["afir-occupancy-minute"] = (With(Build.Price(Dimension.Energy, 0.5m), Build.Price(Dimension.Idle, 6, 900)), "/elements/0/components/1/stepSize"),
        ["pangv-kwh-basis"] = (With(Build.Price(Dimension.Flat, 5)), "/elements"),
        ["pangv-total-price"] = (Sound with { TaxMode = TaxMode.Exclusive }, "/taxMode"),
        ["uk-pence-per-kwh"] = (With(Build.Price(Dimension.Time, 5)), "/elements"),
        ["uk-vat-included"] = (Sound with { TaxMode = TaxMode.Exclusive }, "/taxMode"),
        ["nevi-dollars-per-kwh"] = (With(Build.Price(Dimension.Time, 5)), "/elements"),
        ["nevi-fixed-price"] = (With(new PriceComponent(Dimension.Energy, 0.5m, 1, [], new CurvePricing("spot", CurveLock.EachInterval))), "/elements/0/components/0/curve/lock"),
        ["ctep-energy"] = (With(Build.Price(Dimension.Time, 5)), "/elements"),
        ["ctep-exact-energy"] = (With(Build.Price(Dimension.Energy, 0.5m, 100)), "/elements/0/components/0/stepSize"),
    };

    private static readonly LintFacts Known = new([], ["afir", "pangv", "uk", "nevi", "ctep"], PublicAccess: true, AdHoc: true, PowerKw: 150);

    [Fact]
    public void Each_rule_of_each_pack_is_broken_by_one_tariff_and_kept_by_another()
    {
        var rules = RulePacks.All.SelectMany(pack => pack.Rules).ToList();
        Assert.Equal(rules.Select(rule => rule.Id).Order(StringComparer.Ordinal), Broken.Keys.Order(StringComparer.Ordinal));
        foreach (var rule in rules)
        {
            var (tariff, pointer) = Broken[rule.Id];
            Assert.Equal((rule.Severity, true, pointer), Assert.Single(
                TariffRules.Run(tariff, Known, RulePacks.All).Where(finding => finding.Rule == rule.Id).Select(finding => (finding.Severity, finding.Applies, finding.Pointer))));
            Assert.True(rule.Message is { En.Length: > 0, De.Length: > 0 } && rule.Clause.Length > 0);
            Assert.Empty(TariffRules.Breaches(rule.Check == LintCheck.StepSizeIsOne ? With(Build.Price(Dimension.Energy, 1)) : Sound, rule));
        }
    }

    [Fact]
    public void A_price_that_changes_by_the_clock_is_not_fixed_while_a_session_runs()
    {
        var rule = RulePacks.All.SelectMany(pack => pack.Rules).Single(rule => rule.Id == "nevi-fixed-price");
        Assert.Equal(["/elements/0/when"], TariffRules.Breaches(Build.Tariff(Build.Price(Dimension.Energy, 1).When(new Restrictions { EndTime = new LocalTime(8, 0) })), rule));
        Assert.Equal(["/elements/0/when"], TariffRules.Breaches(Build.Tariff(Build.Price(Dimension.Energy, 1).When(new Restrictions { Weekdays = Weekdays.Monday })), rule));
        Assert.Empty(TariffRules.Breaches(With(new PriceComponent(Dimension.Energy, 0.5m, 1, [], new CurvePricing("spot", CurveLock.AtStart))), rule));
    }

    [Fact]
    public void A_night_that_a_weekday_cuts_off_at_midnight_is_pointed_out_with_what_would_go_on_with_it()
    {
        var finding = Assert.Single(TariffRules.Run(Night(Weekdays.Friday), LintFacts.None, RulePacks.All), one => one.Rule == "ocpi-weekday-night");
        Assert.Equal(LintSeverity.Warning, finding.Severity);
        Assert.Contains("begins on Friday ends at midnight", finding.Message.En, StringComparison.Ordinal);
        Assert.EndsWith("for Saturday, 00:00–06:00.", finding.Message.En, StringComparison.Ordinal);
        Assert.EndsWith("für Samstag, 00:00–06:00.", finding.Message.De, StringComparison.Ordinal);

        // With what is offered nothing is missing, and a Saturday at three costs what the Friday night does.
        var (tariff, zone, three) = (Night(Weekdays.Friday), DateTimeZoneProviders.Tzdb["Europe/Berlin"], Instant.FromUtc(2026, 6, 6, 1, 0));
        var whole = tariff with { Elements = [tariff.Elements[0], WeekdayNight.In(tariff).Single().Rest(tariff), .. tariff.Elements.Skip(1)] };
        Assert.Empty(WeekdayNight.In(whole));
        Assert.Equal((0.5m, 0.2m), (At(tariff), At(whole)));
        Assert.Equal(Weekdays.Monday, WeekdayNight.In(Night((Weekdays)0b1000000)).Single().Mornings);
        Assert.Equal((Weekdays.Friday, Weekdays.Saturday), WeekdayNight.In(Night((Weekdays)0b0011111)).Select(night => (night.Evenings, night.Mornings)).Single());
        Assert.Empty(WeekdayNight.In(Night((Weekdays)0b1111111)));

        decimal At(Tariff one) => PriceClock.Between(one, zone, three, three + Duration.FromMinutes(1), Dimension.Energy)[0].ExclTax;
    }

    [Fact]
    public void Packs_apply_by_country_or_by_choice_and_where_nobody_knows_a_rule_only_warns()
    {
        var byTime = With(Build.Price(Dimension.Time, 5));
        Assert.Equal(["afir", "pangv"], Packs(new LintFacts(["DEU"], [], true, true, 150)));
        Assert.Equal(["afir"], Packs(new LintFacts(["NLD"], [], true, true, 150)));
        Assert.Empty(Packs(new LintFacts(["NLD"], [], true, true, 22)));
        Assert.Empty(Packs(new LintFacts(["NLD"], [], PublicAccess: false, PowerKw: 150)));
        Assert.Equal(["ctep"], Packs(new LintFacts([], ["ctep"], true)));
        Assert.All(TariffRules.Run(byTime, new LintFacts(["DEU"], []), RulePacks.All), finding => Assert.Equal((LintSeverity.Warning, false), (finding.Severity, finding.Applies)));

        IEnumerable<string> Packs(LintFacts facts) => TariffRules.Run(byTime, facts, RulePacks.All).Select(finding => finding.Pack).Distinct();
    }

    [Fact]
    public void What_the_public_pays_is_judged_and_neither_what_a_group_does_nor_what_a_reservation_costs()
    {
        var staff = new Restrictions { TokenGroup = "staff" };
        Assert.Empty(Rules(With(Build.Price(Dimension.Energy, 0))));
        Assert.Empty(Rules(Build.Tariff(Build.Price(Dimension.Time, 5).When(staff)) with { TaxMode = TaxMode.Inclusive }, "ocpi-no-default"));
        Assert.Equal(["afir-kwh-and-occupancy", "afir-kwh-basis", "pangv-kwh-basis"],
            Rules(Build.Tariff(Build.Price(Dimension.Energy, 0.5m).When(staff), Build.Element(Build.Price(Dimension.Flat, 5))) with { TaxMode = TaxMode.Inclusive }, "ocpi-no-default"));
        Assert.Empty(Rules(Build.Tariff(new TariffElement([Build.Price(Dimension.Time, 5), Build.Price(Dimension.Flat, 1)], new Restrictions { Reservation = ReservationKind.Reserved }),
            Build.Element(Build.Price(Dimension.Energy, 0.5m))) with { TaxMode = TaxMode.Inclusive }));

        static IEnumerable<string> Rules(Tariff tariff, string? but = null) => TariffRules.Run(tariff, new LintFacts(["DEU"], [], PublicAccess: true, AdHoc: true, PowerKw: 150), RulePacks.All)
            .Select(finding => finding.Rule).Where(rule => rule != but).Distinct().Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("""{"id":"x","name":"X","countries":[],"rules":[{"id":"a","severity":"error","basis":"excerpt","clause":"c","check":"moonPhase","message":{"en":"e","de":"d"}}]}""")]
    [InlineData("""{"id":"x","name":"X","countries":[],"rules":[{"id":"a","severity":"error","basis":"excerpt","clause":"c","check":"onlyDimensions","message":{"en":"e","de":"d"}}]}""")]
    [InlineData("""{"id":"x","name":"X","countries":[],"rules":[{"id":"a","severity":"error","basis":"excerpt","clause":"c","check":"taxIncluded","message":{"en":"e"}}]}""")]
    [InlineData("""{"id":"x","name":"X","countries":[],"colour":1,"rules":[]}""")]
    public void A_pack_that_asks_what_nobody_can_answer_is_no_pack(string json) =>
        Assert.ThrowsAny<JsonException>(() => RulePacks.Read(new MemoryStream(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public async Task The_api_lints_a_tariff_by_pointers_into_it()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        const string Tariff = """{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":5,"step_size":300}]}]}""";
        var linted = await api.PostAsync("tariffs/lint", $$"""{"tariff":{{Tariff}},"countries":["DEU"],"publicAccess":true,"adHoc":true,"powerKw":11}""");
        linted.Is(HttpStatusCode.OK);
        Assert.Equal(
            [("ocpi-step-size", "warning", "/tariff/elements/0/price_components/0/step_size"), ("pangv-kwh-basis", "error", "/tariff/elements")],
            linted.Body.GetProperty("findings").EnumerateArray().Select(it => (it.GetProperty("rule").GetString()!, it.GetProperty("severity").GetString()!, it.GetProperty("pointer").GetString()!))
                .Where(it => it.Item1 != "pangv-total-price").Order());
        var wrong = await api.PostAsync("tariffs/lint", """{"tariff":{"currency":"EUR","elements":[]},"countries":["de"],"packs":["mars"],"powerKw":-1}""");
        wrong.Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/countries/0", "/packs/0", "/powerKw", "/tariff/elements"], wrong.Pointers.Order(StringComparer.Ordinal));
    }

    private static Tariff Night(Weekdays days) => Build.Tariff(
        Build.Price(Dimension.Energy, 0.2m).When(new Restrictions { Weekdays = days, StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0) }), Build.Element(Build.Price(Dimension.Energy, 0.5m)));

    private static Tariff With(params PriceComponent[] components) => Sound with { Elements = [Build.Element(components)] };
}
