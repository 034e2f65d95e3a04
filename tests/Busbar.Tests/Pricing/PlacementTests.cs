using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Tests.Rating;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class PlacementTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 12, 0);
    private static readonly StationId Station = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));
    private static readonly Guid Site = Guid.Parse("01900000-0000-7000-8000-000000000002");
    private static readonly Place Here = new(Site, Station, 2, "Fleet", Now);

    public static TheoryData<string, string, string> Duels => new()
    {
        // winner, loser, why
        { "evse", "station", "the narrower scope wins" },
        { "station", "location", "the narrower scope wins" },
        { "location", "tokenGroup", "the narrower scope wins" },
        { "tokenGroup", "tenant", "the narrower scope wins" },
        { "tenant 1", "evse", "a priority beats every scope" },
        { "tenant", "evse -1", "and a negative one yields to every scope" },
        { "tokenGroup 5", "station 4", "the higher priority wins" },
        { "evse 5", "station 5", "the scope decides between equal priorities" },
        { "tenant -1h", "tenant -2h", "the newer start wins" },
        { "tenant -2h", "tenant", "no start is the oldest" },
        { "evse", "tenant -1h", "the scope comes before the start" },
        { "tenant", "station +1h", "a window that has not begun does not count" },
        { "tenant", "station ..-1h", "one that has ended does not count either" },
        { "tenant", "station ..+0h", "the end does not belong to the window" },
        { "station +0h", "tenant", "the start does" },
        { "station ..+1h", "tenant", "the window is open until its end" },
    };

    [Theory]
    [MemberData(nameof(Duels))]
    public void One_state_of_the_book_has_one_winner(string winner, string loser, string why)
    {
        // Whichever was made first, and in whatever order they are read.
        foreach (var (first, second) in new[] { (1, 2), (2, 1) })
        {
            var (won, lost) = (Placed(winner, first), Placed(loser, second));
            Assert.True(new Placements(default, default, [won, lost]).Find(Here) == won, why);
            Assert.True(new Placements(default, default, [lost, won]).Find(Here) == won, why);
        }
    }

    [Fact]
    public void Of_equals_the_tariff_that_was_made_later_wins()
    {
        var (older, newer) = (Placed("station", 1), Placed("station", 2));
        Assert.Equal(newer, new Placements(default, default, [older, newer]).Find(Here));
        Assert.Equal(newer, new Placements(default, default, [newer, older]).Find(Here));
    }

    [Fact]
    public void Nothing_applies_elsewhere()
    {
        var everywhere = new Placements(default, default, [Placed("evse", 1), Placed("station", 2), Placed("location", 3), Placed("tokenGroup", 4)]);
        var elsewhere = new Place(Guid.Parse("01900000-0000-7000-8000-00000000000a"), new StationId(Guid.Parse("01900000-0000-7000-8000-00000000000b")), 2, "Other", Now);
        Assert.Null(everywhere.Find(elsewhere));
        Assert.Null(everywhere.Find(elsewhere with { Location = null, TokenGroup = null }));
        Assert.Equal(AssignmentScope.Station, everywhere.Find(Here with { Evse = 1 })!.Scope);
        Assert.Equal(AssignmentScope.Station, everywhere.Find(Here with { Evse = 0 })!.Scope);
        Assert.Equal(AssignmentScope.Location, everywhere.Find(Here with { Station = null })!.Scope);
        Assert.Equal(AssignmentScope.TokenGroup, everywhere.Find(elsewhere with { TokenGroup = "fLEET" })!.Scope);
    }

    [Fact]
    public void The_tariffs_own_window_counts_as_well()
    {
        var ended = Placed("station", 1) with { TariffWindow = new Validity(null, Now) };
        var fallback = Placed("tenant", 2);
        Assert.Equal(fallback, new Placements(default, default, [ended, fallback]).Find(Here));
        Assert.Equal(ended, new Placements(default, default, [ended, fallback]).Find(Here with { At = Now - Duration.FromMilliseconds(1) }));
    }

    [Theory]
    [InlineData("CP1/2", "CP1", 2)]
    [InlineData("a b/10", "a b", 10)]
    [InlineData("CP1/0", null, 0)]
    [InlineData("CP1/-1", null, 0)]
    [InlineData("CP1/", null, 0)]
    [InlineData("/1", null, 0)]
    [InlineData("7", null, 0)]
    public void An_evse_is_its_station_a_slash_and_a_number(string text, string? station, int number)
    {
        Assert.Equal(station is not null, Places.TryEvse(text, out var identity, out var evse));
        if (station is not null) Assert.Equal((station, number), (identity, evse));
    }

    /// <summary>Scope, then in any order a priority, a start (<c>-1h</c>) and an end (<c>..+1h</c>).</summary>
    private static Placement Placed(string text, int tariff)
    {
        var words = text.Split(' ');
        var scope = Enum.Parse<AssignmentScope>(words[0], ignoreCase: true);
        var place = scope switch
        {
            AssignmentScope.Evse => Places.Evse(Station, 2),
            AssignmentScope.Station => Places.Station(Station),
            AssignmentScope.Location => Places.Location(Site),
            AssignmentScope.TokenGroup => Places.TokenGroup("fleet"),
            _ => Places.Tenant,
        };
        var priority = words.Skip(1).Where(word => !word.EndsWith('h')).Select(int.Parse).SingleOrDefault();
        var window = new Validity(
            words.Where(word => word.EndsWith('h') && !word.StartsWith("..", StringComparison.Ordinal)).Select(Time).SingleOrDefault(),
            words.Where(word => word.StartsWith("..", StringComparison.Ordinal)).Select(Time).SingleOrDefault());
        var id = new TariffId(Guid.Parse($"01900000-0000-7000-8000-0000000001{tariff:00}"));
        var content = Build.Tariff(Build.Element(Build.Price(Dimension.Flat, tariff)));
        return new Placement(scope, place, priority, window, id, new PinnedTariff(id, 1, TariffJson.Hash(content), content), default);

        static Instant? Time(string word) => Now + Duration.FromHours(int.Parse(word.Trim('.', 'h'), System.Globalization.CultureInfo.InvariantCulture));
    }
}
