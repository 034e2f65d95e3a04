using Busbar.Identity.Http;
using Busbar.Pricing.Storage;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Which version of a tariff is the active one. Every change here is a new revision of the tariff.</summary>
internal static class Publishing
{
    /// <summary>
    /// Makes it the active version; the one before retires. Sessions keep the version that they began with. A problem where that would leave a time without a
    /// price: one that begins to apply later cannot take the place of one that applies now.
    /// </summary>
    public static async Task<ProblemHttpResult?> ActivateAsync(PricingDb db, TariffRow tariff, VersionRow version, Instant now, CancellationToken ct)
    {
        if (tariff.ActiveVersion is { } active && active != version.Version && version.ValidFrom > now)
            return Problems.Conflict("startsLater", "This version applies from its start_date_time on, and until then nothing would. Publish it then, or make it a tariff of its own whose assignment begins then.");
        if (tariff.ActiveVersion != version.Version) await RetireActiveAsync(db, tariff, ct);
        version.State = VersionState.Active;
        (tariff.ActiveVersion, tariff.State) = (version.Version, VersionState.Active);
        return null;
    }

    /// <summary>Withdraws the tariff: it applies nowhere to sessions that begin from now on.</summary>
    public static async Task RetireAsync(PricingDb db, TariffRow tariff, CancellationToken ct)
    {
        await RetireActiveAsync(db, tariff, ct);
        (tariff.ActiveVersion, tariff.State) = (null, VersionState.Retired);
    }

    /// <summary>Counts as a change of the tariff, though none of its own columns differs.</summary>
    public static void Touch(PricingDb db, TariffRow tariff) => db.Entry(tariff).Property(row => row.LatestVersion).IsModified = true;

    private static async Task RetireActiveAsync(PricingDb db, TariffRow tariff, CancellationToken ct)
    {
        if (tariff.ActiveVersion is not { } number) return;
        var before = await db.Versions.SingleAsync(row => row.TariffId == tariff.Id && row.Version == number, ct);
        before.State = VersionState.Retired;
    }
}
