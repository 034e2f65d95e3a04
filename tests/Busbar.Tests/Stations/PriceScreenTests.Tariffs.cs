using System.Globalization;
using System.Text.Json;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>Tariffs that 2.1 stations calculate with: which they are given, and when our own cost is told beside.</summary>
public sealed partial class PriceScreenTests
{
    private const string Authorize = """{"idToken":{"idToken":"04A2","type":"ISO14443"}}""";

    [Fact]
    public async Task A_21_station_that_calculates_gets_the_drivers_tariff_and_no_cost()
    {
        var (link, actor) = await ConnectAsync("2.1", Calculates);
        await LookAsync(TimeSpan.FromSeconds(11));
        _desk.Verdict = new TokenVerdictText("Accepted", null, null);
        Assert.Contains("\"tariff\":{\"tariffId\":\"price-1\"", await TellAsync(actor, "Authorize", Authorize), StringComparison.Ordinal);
        await TellAsync(actor, "TransactionEvent", Event("t1", "price-1"));
        _pusher.Tell(Cost(link, "t1", 1.5m) with { Tariff = "price-1" });
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(CostsUpdated(link));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("MaxElements", 0)]
    [InlineData("conditions", 0)]
    [InlineData("lost", 0)]
    public async Task A_21_station_gets_only_a_tariff_that_it_comes_to_our_price_with(string problem, int tariffs)
    {
        var night = new TariffElement([new PriceComponent(Dimension.Energy, 0.3m, 1, [])], new Restrictions { StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0), SpecialDays = problem == "lost" ? "fairs" : null });
        _prices.Price = _prices.Price with { Tariff = _prices.Price.Tariff with { Elements = [night, .. _prices.Price.Tariff.Elements] } };
        var (link, _) = await ConnectAsync("2.1", Variables(("Available", "Tariff", "true"), ("ConditionsSupported", "Tariff", problem == "conditions" ? "false" : "true"),
            ("MaxElements", "Tariff", problem == "MaxElements" ? "1" : "10"), ("TariffFallbackMessage", null, "")));
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(tariffs, link.Calls.Count(call => call.Action == "SetDefaultTariff"));
        Assert.Single(link.Calls, call => call.Action == "SetVariables");
    }

    [Fact]
    public async Task A_21_station_gets_the_tariff_of_each_evse_and_is_told_the_cost_of_what_it_calculates_by_another()
    {
        _options.CostEvery = TimeSpan.Zero;
        _prices.Apart[2] = Kwh("price-2", 0.60m);
        var (link, actor) = await ConnectAsync("2.1", Calculates);
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(["0 price-1 0.45", "2 price-2@2 0.6"], Given(link));

        await TellAsync(actor, "TransactionEvent", Event("t1", "price-1"));
        await TellAsync(actor, "TransactionEvent", Event("t2", "price-2@2"));
        _pusher.Tell(Cost(link, "t1", 4.5m) with { Tariff = "price-1" });
        _pusher.Tell(Cost(link, "t2", 6m) with { Evse = 2, Tariff = "price-2" });
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(CostsUpdated(link));

        // It began by the station's tariff, before that of its EVSE was there: 4.50 on the screen, 6.00 in the CDR.
        await TellAsync(actor, "TransactionEvent", Event("t3", "price-1"));
        _pusher.Tell(Cost(link, "t3", 6m) with { Evse = 2, Tariff = "price-2" });
        await UntilAsync(() => CostsUpdated(link).Count == 1);
        // And of one that it says nothing of.
        _pusher.Tell(Cost(link, "t4", 7m) with { Tariff = "price-1" });
        await UntilAsync(() => CostsUpdated(link).Count == 2);
        Assert.Equal(["""{"totalCost":6,"transactionId":"t3"}""", """{"totalCost":7,"transactionId":"t4"}"""], CostsUpdated(link));
    }

    [Fact]
    public async Task An_evse_comes_back_to_the_stations_tariff_and_loses_what_it_must_not_calculate_by()
    {
        _prices.Apart[2] = Kwh("price-2", 0.60m);
        var (link, _) = await ConnectAsync("2.1", Calculates);
        await LookAsync(TimeSpan.FromSeconds(11));
        _prices.Apart.Clear();
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(["0 price-1 0.45", "2 price-2@2 0.6", "2 price-1@2 0.45"], Given(link));

        // What OCPP cannot say stands nowhere, and the station's own tariff not in its place.
        _prices.Apart[2] = Inexact("price-3");
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal("""{"tariffIds":["price-1","price-1@2"],"evseId":2}""", Assert.Single(link.Calls, call => call.Action == "ClearTariffs").Payload, StringComparer.Ordinal);
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(3, Given(link).Count);

        // A tariff for all takes the place of each: it is taken out of EVSE 2 again.
        _prices.Price = Kwh("price-4", 0.50m);
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal("0 price-4 0.5", Given(link)[^1]);
        Assert.Equal(("ClearTariffs", """{"tariffIds":["price-4","price-4@2"],"evseId":2}"""), link.Calls[^1]);
    }

    [Fact]
    public async Task A_tariff_that_a_21_station_has_already_is_given_anew_since_nobody_knows_at_which_evse_it_has_it()
    {
        var (link, _) = await ConnectAsync("2.1", Calculates);
        var (answer, had) = (link.Answer, true);
        link.Answer = (action, payload) =>
        {
            if (action == "SetDefaultTariff" && had) return Task.FromResult<CallAnswer>(new CallAnswer.Result("""{"status":"DuplicateTariffId"}"""u8.ToArray()));
            if (action == "ClearTariffs") had = false;
            return answer(action, payload);
        };
        await LookAsync(TimeSpan.FromSeconds(11));
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(["SetDefaultTariff", "ClearTariffs", "SetDefaultTariff"], link.Calls.Skip(1).Select(call => call.Action));
        Assert.Equal("""{"tariffIds":["price-1"]}""", link.Calls[2].Payload, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_driver_whose_tariff_a_21_station_cannot_be_told_is_told_what_is_charged(bool leavesCost)
    {
        _options.CostEvery = TimeSpan.Zero;
        var (link, actor) = await ConnectAsync("2.1", Variables(("Available", "Tariff", "true"), ("Available", "Cost", "true"), ("HandleFailedTariff", "Tariff", leavesCost ? "CentralCost" : "Deauthorize")));
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(["0 price-1 0.45"], Given(link));
        _desk.Verdict = new TokenVerdictText("Accepted", null, null);

        // OCPP cannot say it: the station keeps its default tariff (I07.FR.14), 0.45 where 0.30 is charged.
        _prices.Drivers = Inexact("price-9");
        Assert.DoesNotContain("\"tariff\"", await TellAsync(actor, "Authorize", Authorize), StringComparison.Ordinal);
        await TellAsync(actor, "TransactionEvent", Event("t1", "price-1"));
        _pusher.Tell(Cost(link, "t1", 3m) with { Tariff = "price-9" });
        await UntilAsync(() => CostsUpdated(link).Count == 1);
        Assert.Equal("""{"totalCost":3,"transactionId":"t1"}""", CostsUpdated(link)[0], StringComparer.Ordinal);

        // OCPP can say it and this station cannot take it: it gets it only where it then calculates nothing (I08.FR.33).
        _prices.Drivers = Kwh("price-8", 0.30m, new Restrictions { MaxEnergy = Energy.FromKilowattHours(20) });
        Assert.Equal(leavesCost, (await TellAsync(actor, "Authorize", Authorize)).Contains("\"tariffId\":\"price-8\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_that_is_shown_at_no_evse_gets_no_tariff_where_evses_differ()
    {
        _prices.Apart[2] = Kwh("price-2", 0.60m);
        var (_, actor) = await ConnectAsync("2.1", Calculates);
        await LookAsync(TimeSpan.FromSeconds(11));
        _desk.Verdict = new TokenVerdictText("Accepted", null, null);
        Assert.DoesNotContain("\"tariff\"", await TellAsync(actor, "Authorize", Authorize), StringComparison.Ordinal);
        _prices.Drivers = Kwh("price-7", 0.25m);
        Assert.Contains("\"tariffId\":\"price-7\"", await TellAsync(actor, "Authorize", Authorize), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_21_station_gives_its_tariff_back_when_no_price_applies_any_more()
    {
        var (link, _) = await ConnectAsync("2.1", Variables(("Available", "Tariff", "true"), ("Available", "Cost", "true"), ("TariffFallbackMessage", null, "")));
        await LookAsync(TimeSpan.FromSeconds(11));
        _prices.Applies = false;
        await LookAsync(TimeSpan.FromSeconds(11));
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(["""SetVariables {"setVariableData":[{"attributeValue":"","component":{"name":"TariffCostCtrlr"},"variable":{"name":"TariffFallbackMessage"}}]}""", """ClearTariffs {"tariffIds":["price-1"]}"""],
            link.Calls.Skip(3).Select(call => call.Action + " " + call.Payload));
    }

    [Fact]
    public async Task A_price_is_asked_for_in_the_configured_language_and_for_the_token_that_its_session_will_have()
    {
        _options.Language = "de";
        var (_, actor) = await ConnectAsync("2.1", Calculates);
        await LookAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(("de", null), (_prices.Asked!.Language, _prices.Asked.Token?.Uid));
        _desk.Verdict = new TokenVerdictText("Accepted", "staff", null);
        await TellAsync(actor, "Authorize", Authorize);
        Assert.Equal(("de", "04A2"), (_prices.Asked.Language, _prices.Asked.Token?.Uid));
    }

    private static string Calculates => Variables(("Available", "Tariff", "true"), ("Available", "Cost", "true"));

    private static string Event(string transaction, string tariff) =>
        $$$"""{"eventType":"Started","timestamp":"2026-11-23T06:00:00Z","triggerReason":"Authorized","seqNo":0,"transactionInfo":{"transactionId":"{{{transaction}}}","tariffId":"{{{tariff}}}"}}""";

    private static DisplayPrice Kwh(string id, decimal price, Restrictions? when = null) => new(id, new Tariff
    {
        Currency = Currency.Eur, TaxMode = TaxMode.NotApplicable, Elements = [new TariffElement([new PriceComponent(Dimension.Energy, price, 1, [])], when)],
    }, new Dictionary<string, string> { ["en"] = string.Create(CultureInfo.InvariantCulture, $"{price} €/kWh") });

    private static DisplayPrice Inexact(string id) => Kwh(id, 0.30m, new Restrictions { TokenGroup = "staff" });

    /// <summary>The tariffs that the station was given: EVSE, name, price of a kWh.</summary>
    private static List<string> Given(FakeLink link)
    {
        lock (link.Calls)
        {
            return [.. link.Calls.Where(call => call.Action == "SetDefaultTariff").Select(call => JsonDocument.Parse(call.Payload).RootElement).Select(told => string.Create(CultureInfo.InvariantCulture,
                $"{told.GetProperty("evseId").GetInt32()} {told.GetProperty("tariff").GetProperty("tariffId").GetString()} {told.GetProperty("tariff").GetProperty("energy").GetProperty("prices")[0].GetProperty("priceKwh").GetDecimal():0.####}"))];
        }
    }

    private static List<string> CostsUpdated(FakeLink link)
    {
        lock (link.Calls) return [.. link.Calls.Where(call => call.Action == "CostUpdated").Select(call => call.Payload)];
    }
}
