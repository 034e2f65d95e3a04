using Busbar.Pricing.Storage;
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
    public static async Task<TariffOutcome.Refused?> ActivateAsync(PricingDb db, TariffRow tariff, VersionRow version, Instant now, CancellationToken ct)
    {
        if (tariff.ActiveVersion is { } active && active != version.Version && version.ValidFrom > now)
            return new TariffOutcome.Refused("startsLater", "This version applies from its start_date_time on, and until then nothing would. Publish it then, or make it a tariff of its own whose assignment begins then.");
        if (tariff.ActiveVersion is { } current && current != version.Version && version.ValidUntil <= now)
            return new TariffOutcome.Refused("ended", "This version's end_date_time has passed: nothing would apply in place of the active one.");
        if (tariff.ActiveVersion == version.Version) return null;
        await RetireActiveAsync(db, tariff, now, ct);
        Begin(db, tariff, version, now);
        return null;
    }

    /// <summary>The same for a tariff that has no active version, at the moment it is made too.</summary>
    public static void Begin(PricingDb db, TariffRow tariff, VersionRow version, Instant now)
    {
        Change(tariff, now);
        (version.State, version.ActivateAt) = (VersionState.Active, null);
        (tariff.ActiveVersion, tariff.State) = (version.Version, VersionState.Active);
        db.TellAs("published", tariff);
        db.Add(new PublicationRow { TenantId = tariff.TenantId, TariffId = tariff.Id, Number = ++tariff.LatestPublication, Version = version.Version, ActivatedAt = tariff.ChangedAt });
    }

    /// <summary>Withdraws the tariff: it applies nowhere to sessions that begin from now on.</summary>
    public static async Task RetireAsync(PricingDb db, TariffRow tariff, Instant now, CancellationToken ct)
    {
        await RetireActiveAsync(db, tariff, now, ct);
        foreach (var scheduled in await db.Versions.Where(row => row.TariffId == tariff.Id && row.State == VersionState.Scheduled).ToListAsync(ct))
            (scheduled.State, scheduled.ActivateAt) = (VersionState.Retired, null);
        (tariff.ActiveVersion, tariff.State) = (null, VersionState.Retired);
        db.TellAs("retired", tariff);
    }

    /// <summary>
    /// Makes what the schedule says of the past so, each at its own instant: before anything else of the tariff is changed, and when its time has come. False: there was nothing.
    /// </summary>
    public static async Task<bool> SettleAsync(PricingDb db, TariffRow tariff, Instant now, CancellationToken ct)
    {
        var due = await db.Versions.Where(row => row.TariffId == tariff.Id && row.State == VersionState.Scheduled && row.ActivateAt <= now).OrderBy(row => row.ActivateAt).ToListAsync(ct);
        foreach (var version in due)
        {
            var at = version.ActivateAt!.Value;
            if (tariff.ActiveVersion is not null) await RetireActiveAsync(db, tariff, at, ct);
            Begin(db, tariff, version, at);
        }
        return due.Count > 0;
    }

    /// <summary>A moment of a tariff's history is never before the one before it, whatever the clocks of processes say.</summary>
    public static void Change(TariffRow tariff, Instant now) => tariff.ChangedAt = Instant.Max(tariff.ChangedAt, now);

    /// <summary>Counts as a change of the tariff, though none of its own columns differs.</summary>
    public static void Touch(PricingDb db, TariffRow tariff) => db.Entry(tariff).Property(row => row.LatestVersion).IsModified = true;

    private static async Task RetireActiveAsync(PricingDb db, TariffRow tariff, Instant now, CancellationToken ct)
    {
        if (tariff.ActiveVersion is not { } active) return;
        var before = await db.Versions.SingleAsync(row => row.TariffId == tariff.Id && row.Version == active, ct);
        before.State = VersionState.Retired;
        Change(tariff, now);
        // By its number, as the tariff's row was read: whoever publishes at the same moment is found out by that row.
        var number = tariff.LatestPublication;
        var publication = db.Publications.Local.SingleOrDefault(row => row.TariffId == tariff.Id && row.Number == number)
            ?? await db.Publications.SingleAsync(row => row.TariffId == tariff.Id && row.Number == number, ct);
        publication.RetiredAt = tariff.ChangedAt;
    }
}
