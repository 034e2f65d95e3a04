using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What a version's projections say beside its prices.</summary>
/// <param name="Name">Its own among the tariff's versions, with the time in which it applies.</param>
internal sealed record Projected(OcpiTariffName Name, ProjectionMoment Moment);

/// <summary>
/// Finds what a projection needs beside the tariff. A partner keeps what it was told: each version is a tariff of its own there, with an id that never means another one, and ends
/// where the next one begins.
/// </summary>
internal sealed class ProjectionDesk(IStationCatalog stations, ITenants tenants, ICurveBook curves, TimeProvider clock)
{
    private const int Looked = 100;

    public async Task<Projected> OfAsync(PricingDb db, TariffRow row, VersionRow version, Tariff tariff, CancellationToken ct)
    {
        var publications = await db.Publications.AsNoTracking().Where(it => it.TariffId == row.Id).OrderBy(it => it.Number).ToListAsync(ct);
        var inTurn = await db.Versions.AsNoTracking().Where(it => it.TariffId == row.Id && (it.State == VersionState.Active || it.State == VersionState.Scheduled)).ToListAsync(ct);
        var window = Window(version, publications, inTurn);
        var moment = new ProjectionMoment(clock.GetInstant(), await ZoneAsync(db, row, ct), []);
        moment = moment with { Curves = await curves.FindAsync(row.TenantId, tariff, moment.DayStart, moment.DayEnd, ct) };
        // The id is at most 36 characters (OCPI CiString(36)) up to the millionth version, and what stations are told too. Its window changes when another version is published or scheduled.
        var name = new OcpiTariffName(null, null, DisplayPrice.NameOf(row.Id.ToString(), version.Version), moment.Changed(tariff, Instant.Max(version.CreatedAt, row.ChangedAt)), window.From, window.Until);
        return new Projected(name, moment);
    }

    /// <summary>When the version applies: by its own document, and by its turn among the others. The first that was ever published has applied since always.</summary>
    /// <param name="publications">All of the tariff's, in the order of time.</param>
    /// <param name="inTurn">The tariff's active version and its scheduled ones.</param>
    internal static Validity Window(VersionRow version, IReadOnlyList<PublicationRow> publications, IReadOnlyList<VersionRow> inTurn)
    {
        var window = new Validity(version.ValidFrom, version.ValidUntil);
        // It may have had its turn since it was read: then the publications say so.
        window = Turns.Of(inTurn).Where(turn => turn.Version.Version == version.Version).Select(turn => (Validity?)turn.Window).FirstOrDefault() ?? window;
        if (version.State != VersionState.Scheduled && publications.LastOrDefault(it => it.Version == version.Version) is { } published)
            window = new Validity(published.Number > 1 ? Turns.Later(published.ActivatedAt, window.From) : window.From, Turns.Earlier(published.RetiredAt, window.Until));
        return window;
    }

    // The day of the first place where it is assigned; of the tenant, where none is.
    private async Task<DateTimeZone> ZoneAsync(PricingDb db, TariffRow row, CancellationToken ct)
    {
        var places = await db.Assignments.AsNoTracking()
            .Where(it => it.TariffId == row.Id && (it.Scope == AssignmentScope.Location || it.Scope == AssignmentScope.Station || it.Scope == AssignmentScope.Evse))
            .OrderBy(it => it.Position).Take(Looked).ToListAsync(ct);
        foreach (var place in places)
            if (await ZoneOfAsync(place) is { } name) return Zones.Find(name);
        return Zones.Find(tenants.Find(row.TenantId)?.TimeZone ?? "UTC");

        async ValueTask<string?> ZoneOfAsync(AssignmentRow place) => place.Scope == AssignmentScope.Location
            ? TypedId.TryParse<LocationId>(place.Place, out var location) ? (await stations.FindAsync(row.TenantId, location, ct))?.TimeZone : null
            : TypedId.TryParse<StationId>(place.Place.Split('/')[0], out var station) ? (await stations.FindAsync(row.TenantId, station, ct))?.TimeZone : null;
    }
}
