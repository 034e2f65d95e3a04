using Busbar.Kernel;
using NodaTime;

namespace Busbar.Storage.Retention;

/// <summary>For how long one kind of a tenant's data is kept.</summary>
/// <param name="Name">What the API and the settings call it; it never changes.</param>
/// <param name="Days">Kept for so many days where the tenant says nothing else: what the installation was configured with, or what is usual.</param>
/// <param name="Least">A tenant cannot say less.</param>
/// <param name="Most">Nor more.</param>
/// <param name="What">What is taken when its time is over, in English.</param>
/// <param name="Why">Why it is kept, and why no shorter, in English.</param>
public sealed record RetentionRule(string Name, int Days, int Least, int Most, string What, string Why);

/// <summary>
/// One kind of data that grows with traffic, and how what is too old of it is taken. A room registers one for each (<see cref="RetentionRegistration.AddRetention"/>); the keeper in Busbar.Identity
/// runs them all, so that nobody cuts by himself.
/// </summary>
public interface IRetention
{
    RetentionRule Rule { get; }

    /// <summary>The tables whose rows it takes.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>
    /// Takes some of a tenant's things whose time was over before that moment, in one short transaction, the oldest first. What is open, held or waits is never taken, however old it is.
    /// </summary>
    /// <param name="most">So many things, or a few more where they belong together.</param>
    /// <returns>How many; 0: nothing is left to take.</returns>
    Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct);

    /// <summary>When the oldest thing was over that may be taken some day; null: there is none.</summary>
    Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct);
}
