using System.Net;
using Busbar.Pricing;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Rating;
using Busbar.Tests.Support;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class WhyTests(Servers servers)
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 12, 0);
    private static readonly StationId Station = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));
    private static readonly Guid Site = Guid.Parse("01900000-0000-7000-8000-000000000002");

    private static readonly Place Here = new(Site, Station, 2, "Fleet", Now)
    {
        Driver = ["CARD", "Ann"], Contract = "C1", Subscription = "S1", Partner = "P1", AdHoc = true,
    };

    private static readonly PinnedTariff Free = new(default, 1, "", Build.Tariff(Build.Element(Build.Price(Dimension.Flat, 1))));

    private static readonly Gen<Placement> AnyPlacement =
        from scope in Gen.Enum<AssignmentScope>()
        from priority in Gen.Int[-1, 1]
        from start in Gen.Int[-3, 1]
        from length in Gen.Int[1, 4]
        from ownStart in Gen.Int[-2, 1]
        from tariff in Gen.Int[1, 99]
        select new Placement(
            scope, TextOf(scope), priority, new Validity(start == -3 ? null : Now + Duration.FromHours(start), Now + Duration.FromHours(start + length)), Id(tariff),
            Free with { Id = Id(tariff) }, new Validity(ownStart == -2 ? null : Now + Duration.FromHours(ownStart), null));

    [Fact]
    public void Any_book_has_one_answer_one_winner_and_a_true_reason_for_each_loser() =>
        Gen.Select(AnyPlacement.Array[0, 12], Gen.Int).Sample((all, seed) =>
        {
            // Two assignments of one tariff that say the same are refused before they come here.
            Placement[] book = [.. all.DistinctBy(it => it.TariffId)];
            Placement[] shuffled = [.. book];
            new Random(seed).Shuffle(shuffled);
            var (one, other) = (new Placements(default, default, book), new Placements(default, default, shuffled));
            var told = one.Explain(Here);
            Assert.Equal(told, other.Explain(Here));
            Assert.Equal(book.Length, told.Count);
            var winner = one.Find(Here);
            Assert.Equal(winner, other.Find(Here));
            Assert.Equal(winner, told.SingleOrDefault(candidate => candidate.Rule == PlacementRule.Wins)?.Placement);
            Assert.Equal(winner is null, told.All(candidate => !candidate.Placement.AppliesAt(Now)));
            Assert.All(told, candidate => Assert.True(IsTrue(candidate, winner), candidate.ToString()));
        });

    [Fact]
    public void What_was_agreed_with_one_customer_beats_the_place_and_the_place_beats_a_kind_of_customers()
    {
        AssignmentScope[] order =
        [
            AssignmentScope.Driver, AssignmentScope.Contract, AssignmentScope.Subscription, AssignmentScope.Evse, AssignmentScope.Station, AssignmentScope.Location,
            AssignmentScope.TokenGroup, AssignmentScope.RoamingPartner, AssignmentScope.AdHoc, AssignmentScope.Tenant,
        ];
        Assert.Equal(Enum.GetValues<AssignmentScope>().Length, order.Length);
        var book = new Placements(default, default, order.Reverse().Select((scope, i) => new Placement(scope, TextOf(scope), 0, default, Id(i + 1), Free with { Id = Id(i + 1) }, default)));
        Assert.Equal(order, book.Explain(Here).Select(candidate => candidate.Placement.Scope));
        // Who is nobody's driver, partner or customer has the place's price.
        Assert.Equal(AssignmentScope.Evse, book.Find(new Place(Site, Station, 2, null, Now))!.Scope);
        Assert.Equal(AssignmentScope.Tenant, book.Find(new Place(null, null, 0, "Other", Now) { Driver = ["BOB"], Contract = "S1", Partner = "C1" })!.Scope);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_api_tells_why_this_price(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        var everywhere = await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        var ann = await api.GivenTariffAsync(2, """[{"scope":"driver","id":"ann"},{"scope":"driver","id":"CARD"}]""");
        var spontaneous = await api.GivenTariffAsync(3, """[{"scope":"adHoc","priority":-1},{"scope":"contract","id":"C1","to":"2026-01-01T00:00:00Z"}]""");

        var why = await api.GetAsync("tariffs/why?stationId=CP1&evse=1&tokenUid=card&contract=c1&adHoc=true&at=2026-03-02T12:00:00Z");
        why.Is(HttpStatusCode.OK);
        Assert.Equal(ann.Text("id"), why.Body.GetProperty("tariff").GetProperty("id").GetString());
        Assert.Equal(
            [(ann.Text("id"), "driver", "wins"), (everywhere.Text("id"), "tenant", "scope"), (spontaneous.Text("id"), "adHoc", "priority"), (spontaneous.Text("id"), "contract", "window")],
            why.Body.GetProperty("candidates").EnumerateArray().Select(it => (it.GetProperty("tariffId").GetString()!, it.GetProperty("scope").GetString()!, it.GetProperty("rule").GetString()!)));
        Assert.Equal("Priorities are equal, and driver is stronger than tenant.", why.Body.GetProperty("candidates")[1].GetProperty("reason").GetString());

        var quote = await api.PostAsync("quotes", new { stationId = "CP1", driverId = "Ann", start = "2026-03-02T12:00:00Z", energyWh = 1000, chargingSeconds = 60, idleSeconds = 0, why = true });
        Assert.Equal("2.00", quote.Total());
        Assert.Equal(2, quote.Body.GetProperty("why").GetArrayLength());
        Assert.Equal("1.00", (await api.QuoteAsync("CP1")).Total());

        (await api.GetAsync("tariffs/why?stationId=CP9")).Is(HttpStatusCode.NotFound, "unknownStation");
        var wrong = await api.GetAsync("tariffs/why?evse=0&at=noon");
        wrong.Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/at", "/evse", "/stationId"], wrong.Pointers.Order(StringComparer.Ordinal));
        var refused = await api.AssignAsync(ann.Text("id"), """[{"scope":"adHoc","id":"x"},{"scope":"driver"}]""");
        Assert.Equal(["/0/id", "/1/id"], refused.Pointers.Order(StringComparer.Ordinal));
    }

    private static bool IsTrue(Candidate candidate, Placement? winner)
    {
        var it = candidate.Placement;
        return candidate.Rule switch
        {
            PlacementRule.Wins => it == winner,
            PlacementRule.Window => !it.Window.Contains(Now),
            PlacementRule.Validity => !it.TariffWindow.Contains(Now),
            PlacementRule.Priority => it.Priority < winner!.Priority,
            PlacementRule.Scope => it.Priority == winner!.Priority && it.Scope < winner.Scope,
            PlacementRule.Start => it.Priority == winner!.Priority && it.Scope == winner.Scope && (it.Window.From ?? Instant.MinValue) < (winner.Window.From ?? Instant.MinValue),
            _ => it.Priority == winner!.Priority && it.Scope == winner.Scope && it.Window.From == winner.Window.From && it.TariffId.Value.CompareTo(winner.TariffId.Value) < 0,
        };
    }

    private static TariffId Id(int number) => new(Guid.Parse($"01900000-0000-7000-8000-0000000001{number:00}"));

    private static string TextOf(AssignmentScope scope) => scope switch
    {
        AssignmentScope.Tenant => Places.Tenant,
        AssignmentScope.AdHoc => Places.AdHoc,
        AssignmentScope.TokenGroup => Places.TokenGroup("fleet"),
        AssignmentScope.Location => Places.Location(Site),
        AssignmentScope.Station => Places.Station(Station),
        AssignmentScope.Evse => Places.Evse(Station, 2),
        AssignmentScope.Driver => Places.Named(scope, "ann"),
        AssignmentScope.Contract => Places.Named(scope, "c1"),
        AssignmentScope.Subscription => Places.Named(scope, "s1"),
        _ => Places.Named(scope, "p1"),
    };
}
