using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Pricing.Simulation;

/// <summary>Sessions that were left out, by why and by the currency that was charged.</summary>
internal readonly record struct SkipKey(SkipReason Reason, string? Currency);

/// <summary>
/// Adds up a simulation. Nothing of it depends on the order in which sessions come: parts that are added up apart and then together are the whole. Its size is bounded by stations and
/// tariffs, not by sessions.
/// </summary>
internal sealed class Tally(Currency currency)
{
    /// <summary>The largest winners, and losers, that are kept by name.</summary>
    public const int Named = 100;

    private static readonly IComparer<Repriced> Least = Comparer<Repriced>.Create((a, b) => a.Difference != b.Difference ? a.Difference.CompareTo(b.Difference) : string.CompareOrdinal(a.Session, b.Session));
    private static readonly IComparer<Repriced> Greatest = Comparer<Repriced>.Create((a, b) => a.Difference != b.Difference ? b.Difference.CompareTo(a.Difference) : string.CompareOrdinal(a.Session, b.Session));

    private readonly decimal _microsPerCoin = PowerOfTen(6 - currency.Decimals);

    public Currency Currency { get; } = currency;
    public Sums Total { get; } = new();
    public Spread Spread { get; } = new();
    public SortedSet<Repriced> Winners { get; } = new(Least);
    public SortedSet<Repriced> Losers { get; } = new(Greatest);
    public Dictionary<StationId, Sums> Stations { get; } = [];
    public Dictionary<(string? Tariff, int Version), Sums> Tariffs { get; } = [];
    public Dictionary<SkipKey, Sums> Skipped { get; } = [];

    public void Add(Repriced session)
    {
        if (session.Skip != SkipReason.None)
        {
            In(Skipped, new SkipKey(session.Skip, session.Currency)).Add(session, 0);
            return;
        }
        // What is paid is each price rounded by itself, not the rounded difference.
        var payable = Coins(session.AfterIncl) - Coins(session.BeforeIncl);
        Total.Add(session, payable);
        Spread.Add(payable);
        In(Stations, session.Station).Add(session, payable);
        In(Tariffs, (session.Tariff, session.Version)).Add(session, payable);
        if (payable < 0) Keep(Winners, session);
        if (payable > 0) Keep(Losers, session);
    }

    public void Add(Tally other)
    {
        if (other.Currency != Currency) throw new CurrencyMismatchException(new Money(0, Currency), new Money(0, other.Currency));
        Total.Add(other.Total);
        Spread.Add(other.Spread);
        foreach (var (station, sums) in other.Stations) In(Stations, station).Add(sums);
        foreach (var (tariff, sums) in other.Tariffs) In(Tariffs, tariff).Add(sums);
        foreach (var (skip, sums) in other.Skipped) In(Skipped, skip).Add(sums);
        foreach (var session in other.Winners) Keep(Winners, session);
        foreach (var session in other.Losers) Keep(Losers, session);
    }

    // Halves away from zero, as Money.ToPayable.
    private long Coins(long micros) => (long)decimal.Round(micros / _microsPerCoin, MidpointRounding.AwayFromZero);

    private static decimal PowerOfTen(int exponent) => exponent <= 0 ? 1 : 10 * PowerOfTen(exponent - 1);

    private static void Keep(SortedSet<Repriced> largest, Repriced session)
    {
        if (largest.Count == Named && largest.Comparer.Compare(session, largest.Max) >= 0) return;
        largest.Add(session);
        if (largest.Count > Named) largest.Remove(largest.Max!);
    }

    private static Sums In<TKey>(Dictionary<TKey, Sums> by, TKey key) where TKey : notnull => by.TryGetValue(key, out var sums) ? sums : by[key] = new Sums();
}
