using Busbar.Identity.Http;
using Busbar.Pricing.Storage;

namespace Busbar.Pricing;

/// <summary>What came of making or changing a tariff, its versions or its assignments.</summary>
internal abstract record TariffOutcome
{
    private TariffOutcome()
    {
    }

    /// <param name="Version">The one that was made or changed; of a whole tariff the active one, the newest where none is active.</param>
    public sealed record Done(TariffRow Tariff, VersionRow Version) : TariffOutcome;

    /// <param name="Rows">As they hold now, in order.</param>
    public sealed record Assigned(TariffRow Tariff, IReadOnlyList<AssignmentRow> Rows) : TariffOutcome;

    public sealed record Wrong(Check Check) : TariffOutcome;

    public sealed record Gone : TariffOutcome;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : TariffOutcome;

    /// <summary>It changes what is charged, and nobody said which revision was read.</summary>
    public sealed record Unguarded : TariffOutcome;

    /// <summary>The rules of the book do not let it.</summary>
    /// <param name="Code">The problem's.</param>
    public sealed record Refused(string Code, string Detail) : TariffOutcome;
}

/// <summary>Whether a tariff may be changed as it is now.</summary>
/// <param name="Allows">A revision of it.</param>
/// <param name="Named">Whether the caller said which revision was read.</param>
internal readonly record struct RevisionGuard(Func<long, bool> Allows, bool Named)
{
    public static RevisionGuard Of(IfMatch ifMatch) => new(revision => ifMatch.Allows(revision), ifMatch.Tags is not null);

    /// <summary>Of one that was read.</summary>
    public static RevisionGuard Of(long revision) => new(it => it == revision, true);
}
