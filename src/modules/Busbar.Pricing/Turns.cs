using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>When each of a tariff's versions has its turn: the schedule decides, not whoever carries it out.</summary>
internal static class Turns
{
    /// <param name="versions">Active ones and scheduled ones, of any tariffs.</param>
    /// <returns>Each with its own window, within its turn: from its activation until the next one's.</returns>
    public static IEnumerable<(VersionRow Version, Validity Window)> Of(IEnumerable<VersionRow> versions)
    {
        foreach (var tariff in versions.GroupBy(row => row.TariffId))
        {
            var inOrder = tariff.OrderBy(row => row.State == VersionState.Scheduled).ThenBy(row => row.ActivateAt ?? Instant.MinValue).ThenBy(row => row.Version).ToList();
            for (var i = 0; i < inOrder.Count; i++)
            {
                var (row, next) = (inOrder[i], i + 1 < inOrder.Count ? inOrder[i + 1].ActivateAt : null);
                var begin = row.State == VersionState.Scheduled ? row.ActivateAt : null;
                yield return (row, new Validity(Later(begin, row.ValidFrom), Earlier(next, row.ValidUntil)));
            }
        }
    }

    private static Instant? Later(Instant? one, Instant? other) => one is null ? other : other is null ? one : Instant.Max(one.Value, other.Value);

    private static Instant? Earlier(Instant? one, Instant? other) => one is null ? other : other is null ? one : Instant.Min(one.Value, other.Value);
}
