using System.Collections.Frozen;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Where and when a price is asked; a site without a station when only the site is known.</summary>
internal readonly record struct Place(Guid? Location, StationId? Station, int Evse, string? TokenGroup, Instant At)
{
    /// <summary>All names of the driver; null: nobody's.</summary>
    public IReadOnlyList<string>? Driver { get; init; }
    public string? Contract { get; init; }
    public string? Subscription { get; init; }
    public string? Partner { get; init; }
    public bool AdHoc { get; init; }

    public static Place Of(TariffQuestion question) => new(question.Location, question.Station, question.Evse, question.TokenGroup, question.At)
    {
        Driver = question.Driver, Contract = question.Contract, Subscription = question.Subscription, Partner = question.Partner, AdHoc = question.AdHoc,
    };
}

/// <summary>A stretch of time with ends that may be open: the start belongs to it, the end does not.</summary>
internal readonly record struct Validity(Instant? From, Instant? Until)
{
    public bool Contains(Instant at) => !(at < From) && !(at >= Until);
}

/// <summary>One active version at one place.</summary>
/// <param name="Window">The assignment's.</param>
/// <param name="Tariff">Null: the version's bytes are damaged; it wins where it would have won, and prices nothing.</param>
/// <param name="TariffWindow">The version's own.</param>
internal sealed record Placement(
    AssignmentScope Scope, string Place, int Priority, Validity Window, TariffId TariffId, PinnedTariff? Tariff, Validity TariffWindow)
{
    public bool AppliesAt(Instant at) => Window.Contains(at) && TariffWindow.Contains(at);

    /// <summary>
    /// The winner first: the higher priority (0 where none is given), then the stronger scope, then the newer start (none is the oldest), then the
    /// tariff that was made later. No two placements of different tariffs are equal, so that one state of the book has one answer.
    /// </summary>
    public static int Compare(Placement one, Placement other) => Compare(one, other, out _);

    /// <param name="by">The rule that decided.</param>
    public static int Compare(Placement one, Placement other, out PlacementRule by)
    {
        by = PlacementRule.Priority;
        var order = other.Priority.CompareTo(one.Priority);
        if (order == 0) (order, by) = (other.Scope.CompareTo(one.Scope), PlacementRule.Scope);
        if (order == 0) (order, by) = (Start(other).CompareTo(Start(one)), PlacementRule.Start);
        if (order == 0) (order, by) = (other.TariffId.Value.CompareTo(one.TariffId.Value), PlacementRule.Later);
        return order;

        static Instant Start(Placement placement) => placement.Window.From ?? Instant.MinValue;
    }
}

/// <summary>What decides that a placement is not the one.</summary>
internal enum PlacementRule
{
    /// <summary>Nothing: it is the one.</summary>
    Wins,

    /// <summary>The assignment does not hold at that time.</summary>
    Window,

    /// <summary>The version does not hold at that time: OCPI's <c>start_date_time</c> and <c>end_date_time</c>, and its turn among the versions.</summary>
    Validity,
    Priority,
    Scope,
    Start,

    /// <summary>Of equals the tariff that was made later.</summary>
    Later,
}

/// <param name="Rule">Why it is not the one, against the winner.</param>
internal sealed record Candidate(Placement Placement, PlacementRule Rule);

/// <summary>What a tenant's book looks like from outside: all three are the same only where nothing was made, changed or deleted.</summary>
/// <param name="Tariffs">How many there are.</param>
/// <param name="Revisions">The sum of theirs.</param>
/// <param name="ChangedAt">The latest change of a price or a place; null: there is no tariff.</param>
internal readonly record struct BookStamp(long Tariffs, long Revisions, Instant? ChangedAt);

/// <summary>All placements of a tenant, found by place. Immutable.</summary>
internal sealed class Placements
{
    // Versions of one tariff that follow each other are equals: the earlier first, so that the order is one.
    private static readonly Comparer<Placement> Order = Comparer<Placement>.Create((one, other) =>
        Placement.Compare(one, other) is not 0 and var order ? order : (one.TariffWindow.From ?? Instant.MinValue).CompareTo(other.TariffWindow.From ?? Instant.MinValue));

    private readonly FrozenDictionary<(AssignmentScope, string), Placement[]> _byPlace;
    private readonly Lazy<FrozenDictionary<string, TariffId[]>> _followers;

    /// <param name="since">Since when the tenant's book has been so.</param>
    public Placements(BookStamp stamp, Instant since, IEnumerable<Placement> all)
    {
        (Stamp, Since) = (stamp, since);
        _byPlace = all.GroupBy(placement => (placement.Scope, placement.Place))
            .ToFrozenDictionary(here => here.Key, here => here.Order(Order).ToArray());
        _followers = new(() => _byPlace.Values.SelectMany(here => here).Where(placement => placement.Tariff is not null)
            .SelectMany(placement => CurveBook.NamesIn(placement.Tariff!.Tariff).Select(name => (Name: name, placement.TariffId))).Distinct().GroupBy(it => it.Name, it => it.TariffId, StringComparer.Ordinal)
            .ToFrozenDictionary(of => of.Key, of => of.OrderBy(id => id.Value).ToArray(), StringComparer.Ordinal));
    }

    /// <summary>What the book's change stamp was, at the latest, when this was read.</summary>
    public BookStamp Stamp { get; }

    /// <summary>The tariffs that follow each curve.</summary>
    public IReadOnlyDictionary<string, TariffId[]> Followers => _followers.Value;

    /// <summary>Before it the book was another one.</summary>
    public Instant Since { get; }

    /// <summary>The placement that wins; null where none applies.</summary>
    public Placement? Find(in Place place)
    {
        Placement? best = null;
        foreach (var (scope, text) in Places.Of(place))
        {
            if (!_byPlace.TryGetValue((scope, text), out var here)) continue;
            foreach (var placement in here)
            {
                if (!placement.AppliesAt(place.At)) continue;
                if (best is null || Placement.Compare(placement, best) < 0) best = placement;
                break;
            }
        }
        return best;
    }

    /// <summary>All that were asked, the winner first, then those it beat in their order, then those that do not hold at that time.</summary>
    public IReadOnlyList<Candidate> Explain(Place place)
    {
        var all = Places.Of(place).SelectMany(at => _byPlace.GetValueOrDefault(at, []))
            .OrderBy(placement => !placement.AppliesAt(place.At)).ThenBy(placement => placement, Order).ToList();
        var winner = all is [var first, ..] && first.AppliesAt(place.At) ? first : null;
        return [.. all.Select(placement => new Candidate(placement, Why(placement)))];

        PlacementRule Why(Placement placement)
        {
            if (!placement.Window.Contains(place.At)) return PlacementRule.Window;
            if (!placement.TariffWindow.Contains(place.At)) return PlacementRule.Validity;
            if (placement == winner) return PlacementRule.Wins;
            Placement.Compare(winner!, placement, out var by);
            return by;
        }
    }
}
