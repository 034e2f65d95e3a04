using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>A new tariff and its first version.</summary>
internal sealed record TariffInput
{
    /// <summary>What a tariff object may have, for the API's description.</summary>
    public const string Form =
        "`tariff` is an OCPI tariff object. What OCPI cannot say stands in its member `extensions`, where all is optional and durations are seconds; with it every tariff can be said. For example: "
        + """`{"idle": {"grace_seconds": 600, "restart_above_wh": 500, "cap": {"after_taxes": 12}}, "waive_below": {"energy_wh": 100, "duration_seconds": 60}, "tax_point": "EACH_DAY", """
        + """ "tax_included": "YES", "min_price": {"after_taxes": 1}, "max_price": {"after_taxes": 60}, "calendars": [{"name": "holidays", "dates": ["2026-12-25"]}], """
        + """ "elements": [{"element": 0, "restrictions": {"min_duration": 1.5, "min_charging_time": 60, "max_idle_time": 900, "special_days": "holidays", "except_special_days": "fairs", "evse_kind": "DC", """
        + """ "payment_brand": "Visa", "payment_recognition": "CC", "token_group": "staff"}, "price_components": [{"price_component": 0, "taxes": [{"name": "VAT", "percent": 19, "stack": 0, """
        + """ "from": "2026-01-01", "until": "2027-01-01"}], "curve": {"name": "day-ahead", "lock": "EACH_INTERVAL", "percent": 110, "add": 0.02, "least": 0, "most": 0.8}}, """
        + """{"price_component": 1, "type": "EXPORT", "price": -0.1, "step_size": 1}]}]}`. `tax_included` is for 2.2.1, `min_price` and `max_price` for a bound after taxes alone.""";

    public required string Name { get; init; }
    public required Currency Currency { get; init; }

    /// <summary>An OCPI tariff object with OCPI's own member names.</summary>
    public required JsonElement Tariff { get; init; }

    /// <summary><c>2.1.1</c>, <c>2.2.1</c> or <c>2.3.0</c>; absent: one of the latter two, inferred.</summary>
    public string? OcpiVersion { get; init; }

    public bool Draft { get; init; }
}

/// <summary>A successor. The currency is the tariff's.</summary>
internal sealed record VersionInput
{
    public required JsonElement Tariff { get; init; }
    public string? OcpiVersion { get; init; }
    public bool Draft { get; init; }
}

/// <summary>What of a tariff can be changed. What it costs cannot: that is a new version.</summary>
internal sealed record TariffChange
{
    public required string Name { get; init; }
    public required VersionState State { get; init; }
}

internal sealed record VersionChange
{
    /// <summary><c>linted</c>, <c>approved</c>, <c>scheduled</c> (with <see cref="ActivateAt"/>), <c>active</c> or <c>retired</c>; one may be skipped, none comes back.</summary>
    public required VersionState State { get; init; }

    /// <summary>When a scheduled version becomes the active one.</summary>
    public Instant? ActivateAt { get; init; }
}

/// <param name="Version">The active version; the newest where none is active.</param>
internal sealed record TariffItem(TariffId Id, string Name, Currency Currency, VersionState State, int Version, int? ActiveVersion, int LatestVersion, Instant CreatedAt)
{
    public static TariffItem Of(TariffRow row) => new(
        row.Id, row.Name, Currency.Parse(row.Currency), row.State, row.ActiveVersion ?? row.LatestVersion, row.ActiveVersion, row.LatestVersion, row.CreatedAt);
}

/// <summary>A tariff with the OCPI object of <paramref name="Version"/>.</summary>
internal sealed record TariffView(
    TariffId Id, string Name, Currency Currency, VersionState State, int Version, int? ActiveVersion, int LatestVersion, Instant CreatedAt,
    string Hash, string OcpiVersion, IReadOnlyList<string> Ignored, JsonElement Tariff)
{
    public static TariffView Of(TariffRow row, VersionRow version) => new(
        row.Id, row.Name, Currency.Parse(row.Currency), row.State, version.Version, row.ActiveVersion, row.LatestVersion, row.CreatedAt,
        version.Hash, version.OcpiVersion, OcpiDocument.IgnoredIn(version), VersionView.ObjectOf(version));
}

internal sealed record VersionItem(TariffId TariffId, int Version, VersionState State, string Hash, string OcpiVersion, Instant? ValidFrom, Instant? ValidUntil, Instant CreatedAt)
{
    public static VersionItem Of(VersionRow row) => new(row.TariffId, row.Version, row.State, row.Hash, row.OcpiVersion, row.ValidFrom, row.ValidUntil, row.CreatedAt);
}

/// <param name="Ignored">JSON pointers into <paramref name="Tariff"/>: members that bear neither on the price nor on when it applies.</param>
/// <param name="Author">Who wrote it, as the API knows clients and operators.</param>
/// <param name="Findings">What the rule packs found when they looked last.</param>
internal sealed record VersionView(
    TariffId TariffId, int Version, VersionState State, string Hash, string OcpiVersion, Instant? ValidFrom, Instant? ValidUntil, Instant CreatedAt,
    IReadOnlyList<string> Ignored, JsonElement Tariff, string? Author, string? ApprovedBy, Instant? ApprovedAt, Instant? ActivateAt, Instant? LintedAt, IReadOnlyList<FindingView>? Findings)
{
    public static VersionView Of(VersionRow row) => new(
        row.TariffId, row.Version, row.State, row.Hash, row.OcpiVersion, row.ValidFrom, row.ValidUntil, row.CreatedAt, OcpiDocument.IgnoredIn(row), ObjectOf(row),
        row.Author, row.ApprovedBy, row.ApprovedAt, row.ActivateAt, row.LintedAt, LintEndpoints.Read(row));

    public static JsonElement ObjectOf(VersionRow row) => JsonElement.Parse(row.Document);
}

/// <summary>What a change of a published price must bring with it: two operators must not overwrite each other.</summary>
internal static class Required
{
    public const string ForState = "`If-Match` is required (428) where the state changes.";

    /// <summary>Of an outcome that is not the wanted one.</summary>
    public static ProblemHttpResult Problem(TariffOutcome outcome) => outcome switch
    {
        TariffOutcome.Wrong wrong => wrong.Check.Problem!,
        TariffOutcome.Stale => Problems.PreconditionFailed(),
        TariffOutcome.Unguarded => Problems.PreconditionRequired("This changes what is charged: send If-Match with the ETag that you read."),
        TariffOutcome.Refused refused => Problems.Conflict(refused.Code, refused.Detail),
        _ => Problems.NotFound(),
    };
}
