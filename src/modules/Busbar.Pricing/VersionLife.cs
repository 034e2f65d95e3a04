using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Pricing.Api;
using Busbar.Pricing.Lint;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What a version may become: a draft, linted, approved, scheduled, active, retired. It never becomes a draft again.</summary>
internal sealed class VersionLife(LintDesk lint, IFourEyes fourEyes)
{
    /// <summary>Runs the packs over it, as they apply where the tariff is assigned now; what they found stays with it.</summary>
    public async Task<IReadOnlyList<FindingView>> LintAsync(PricingDb db, VersionRow row, Instant now, CancellationToken ct)
    {
        var assignments = await db.Assignments.AsNoTracking().Where(it => it.TariffId == row.TariffId).ToListAsync(ct);
        var read = OcpiTariffs.Read(row.Document, OcpiTariffs.VersionNamed(row.OcpiVersion));
        IReadOnlyList<FindingView> found = TariffJson.TryRead(row.Canonical, out var tariff, out _)
            ? [.. (await lint.RunAsync(tariff, row.TenantId, assignments, ct)).Select(finding => FindingView.Of(finding, read))]
            : [];
        (row.Findings, row.LintedAt) = (LintEndpoints.Write(found), now);
        return found;
    }

    /// <summary>The rules that it breaks by error where these assignments hold; nothing is kept.</summary>
    public async Task<IReadOnlyList<string>> ErrorsAsync(VersionRow row, IReadOnlyList<AssignmentRow> assignments, CancellationToken ct) =>
        TariffJson.TryRead(row.Canonical, out var tariff, out _)
            ? [.. (await lint.RunAsync(tariff, row.TenantId, assignments, ct)).Where(finding => finding.Severity == LintSeverity.Error).Select(finding => finding.Rule).Distinct()]
            : [];

    /// <summary>Null: it may be published, by what the packs say and by who answers for it.</summary>
    public async Task<TariffOutcome.Refused?> AdmitAsync(PricingDb db, VersionRow row, Instant now, CancellationToken ct)
    {
        var errors = (await LintAsync(db, row, now, ct)).Where(finding => finding.Severity == LintSeverity.Error).Select(finding => finding.Rule).Distinct().ToList();
        if (errors.Count > 0) return new TariffOutcome.Refused("lintErrors", $"Rules where it applies forbid it: {string.Join(", ", errors)}. POST it to /tariffs/lint to see why.");
        return fourEyes.Wants(row.TenantId, FourEyes.Tariffs) && row.ApprovedAt is null
            ? new TariffOutcome.Refused("notApproved", "Somebody else than its author must approve this version first: PATCH its state to approved.")
            : null;
    }

    /// <summary>Null: it is what it was to become. The caller commits.</summary>
    public async Task<TariffOutcome?> MoveAsync(PricingDb db, TariffRow tariff, VersionRow row, VersionChange wanted, Caller caller, Instant now, CancellationToken ct)
    {
        switch (wanted.State)
        {
            case VersionState.Linted or VersionState.Approved when row.State is VersionState.Active or VersionState.Scheduled or VersionState.Retired || wanted.State < row.State:
                return new TariffOutcome.Refused("versionInUse", "This version is further than that. Succeed it: POST a new version.");
            case VersionState.Linted or VersionState.Approved:
                if (wanted.State == VersionState.Approved && fourEyes.Wants(row.TenantId, FourEyes.Tariffs))
                {
                    switch (await fourEyes.LacksAsync(caller, row.Author, ct))
                    {
                        case SecondLack.IsFirst:
                            return new TariffOutcome.Refused("approvedByAuthor", "Somebody else than its author approves a version.");
                        case SecondLack.IsProgram:
                            return new TariffOutcome.Refused("approvedByProgram", "A person approves a version.");
                    }
                }
                if ((await LintAsync(db, row, now, ct)).Any(finding => finding.Severity == LintSeverity.Error))
                    return new TariffOutcome.Refused("lintErrors", "Rules where it applies forbid it: POST it to /tariffs/lint to see why.");
                if (wanted.State == VersionState.Approved) (row.ApprovedBy, row.ApprovedAt) = (caller.Actor, now);
                db.TellAs(wanted.State == VersionState.Approved ? "approved" : "linted", tariff);
                row.State = wanted.State;
                return null;
            case VersionState.Scheduled:
                return await ScheduleAsync(db, tariff, row, wanted.ActivateAt, now, ct);
            case VersionState.Active:
                if (await AdmitAsync(db, row, now, ct) is { } refused) return refused;
                return await Publishing.ActivateAsync(db, tariff, row, now, ct);
            default:
                if (row.State == VersionState.Active) await Publishing.RetireAsync(db, tariff, now, ct);
                else (row.State, row.ActivateAt) = (VersionState.Retired, null);
                return null;
        }
    }

    private async Task<TariffOutcome?> ScheduleAsync(PricingDb db, TariffRow tariff, VersionRow row, Instant? activateAt, Instant now, CancellationToken ct)
    {
        var check = new Check();
        check.That(activateAt is not null, "/activateAt", "required", "Say when it becomes the active one.");
        check.That(activateAt is null || activateAt > now, "/activateAt", "invalidValue", "Must lie in the future.");
        if (!check.Ok) return new TariffOutcome.Wrong(check);
        if (row.State == VersionState.Active) return new TariffOutcome.Refused("versionInUse", "It is the active one already.");
        if (row.ValidFrom > activateAt) return new TariffOutcome.Refused("startsLater", "This version applies from its start_date_time on, and from its activation until then nothing would.");
        if (row.ValidUntil <= activateAt) return new TariffOutcome.Refused("ended", "This version's end_date_time lies at or before its activation, and from then on nothing would apply.");
        // Two that begin at one instant would have no order: what succeeds what is decided by time alone, so that no circle can be.
        if (await db.Versions.AnyAsync(it => it.TariffId == row.TariffId && it.Version != row.Version && it.ActivateAt == activateAt, ct))
            return new TariffOutcome.Refused("scheduleTaken", "Another version of this tariff becomes the active one at that instant.");
        if (await AdmitAsync(db, row, now, ct) is { } refused) return refused;
        (row.State, row.ActivateAt) = (VersionState.Scheduled, activateAt);
        Publishing.Touch(db, tariff);
        return null;
    }
}
