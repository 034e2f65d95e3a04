using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>When each of a tariff's versions has its turn: the schedule decides, not whoever carries it out.</summary>
internal static class Turns
{
    /// <param name="versions">Active ones and scheduled ones, of any tariffs.</param>
    /// <param name="then">The moment of the past whose book this is: a version that is scheduled for later today was found by its publication, and had begun; null: the book of now.</param>
    /// <returns>Each with its own window, within its turn: from its activation until the next one's.</returns>
    public static IEnumerable<(VersionRow Version, Validity Window)> Of(IEnumerable<VersionRow> versions, Instant? then = null)
    {
        foreach (var tariff in versions.GroupBy(row => row.TariffId))
        {
            var inOrder = tariff.OrderBy(IsScheduled).ThenBy(row => Begin(row) ?? Instant.MinValue).ThenBy(row => row.Version).ToList();
            for (var i = 0; i < inOrder.Count; i++)
            {
                var (row, next) = (inOrder[i], i + 1 < inOrder.Count ? Begin(inOrder[i + 1]) : null);
                yield return (row, new Validity(Later(Begin(row), row.ValidFrom), Earlier(next, row.ValidUntil)));
            }
        }

        bool IsScheduled(VersionRow row) => row.State == VersionState.Scheduled && !(row.ActivateAt > then);

        Instant? Begin(VersionRow row) => IsScheduled(row) ? row.ActivateAt : null;
    }

    public static Instant? Later(Instant? one, Instant? other) => one is null ? other : other is null ? one : Instant.Max(one.Value, other.Value);

    public static Instant? Earlier(Instant? one, Instant? other) => one is null ? other : other is null ? one : Instant.Min(one.Value, other.Value);
}
