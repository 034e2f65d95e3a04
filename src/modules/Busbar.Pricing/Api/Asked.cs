using Busbar.Customers;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Api;

/// <summary>Whom a price is asked for, beyond the token.</summary>
internal sealed record AskedFor
{
    /// <summary>What assignments call the driver; a token's uid counts without it.</summary>
    public string? DriverId { get; init; }
    public string? Contract { get; init; }
    public string? Subscription { get; init; }
    public string? RoamingPartner { get; init; }

    /// <summary>Paid on the spot, without a contract.</summary>
    public bool AdHoc { get; init; }

    public void Examine(Check check)
    {
        check.OptionalText(DriverId, "/driverId", 255);
        check.OptionalText(Contract, "/contract", 255);
        check.OptionalText(Subscription, "/subscription", 255);
        check.OptionalText(RoamingPartner, "/roamingPartner", 255);
    }
}

/// <summary>A place as a caller names it, looked up.</summary>
internal static class Asked
{
    public static void Examine(string? stationId, string? locationId, int? evse, string? tokenUid, Check check)
    {
        check.That(stationId is not null || locationId is not null, "/stationId", "required", "Name a station or a location.");
        check.That(stationId is null || locationId is null, "/locationId", "invalidValue", "Name a station or a location, not both.");
        check.That(evse is null || stationId is not null, "/evse", "invalidValue", "Needs a stationId.");
        check.That(evse is null or > 0, "/evse", "invalidValue", "EVSEs count from 1.");
        check.OptionalText(tokenUid, "/tokenUid", 255);
    }

    /// <summary>Null where none was given, or where it is wrong.</summary>
    public static Instant? Time(string? text, string pointer, Check check)
    {
        if (text is null) return null;
        var read = OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } parsed ? WrittenTime.Of(parsed.Value) : null;
        return check.That(read is not null, pointer, "invalidValue", "Must be an RFC 3339 time with a zone, such as 2026-01-31T12:00:00Z.") ? read!.Value.TruncateToMilliseconds() : null;
    }

    /// <returns>The place and its time zone, or the problem that there is none.</returns>
    public static async Task<(Place Place, string Zone, ProblemHttpResult? Problem)> PlaceAsync(
        TenantId tenant, string? stationId, string? locationId, int? evse, string? tokenUid, Instant at, AskedFor whom, IStationCatalog stations, ITokenBook tokens, CancellationToken ct)
    {
        var group = tokenUid is { } uid ? (await tokens.JudgeAsync(tenant, uid, at, ct)).GroupId : null;
        string?[] names = [tokenUid, whom.DriverId];
        var place = new Place(null, null, 0, group, at)
        {
            Driver = [.. names.OfType<string>()], Contract = whom.Contract, Subscription = whom.Subscription, Partner = whom.RoamingPartner, AdHoc = whom.AdHoc,
        };
        if (stationId is not null)
        {
            if (await stations.FindAsync(tenant, stationId, ct) is not { } station) return (default, "", Problems.NotFound("There is no such station.", "unknownStation"));
            return (place with { Location = station.Location?.Value, Station = station.Id, Evse = evse ?? 0 }, station.TimeZone, null);
        }
        if (!TypedId.TryParse<LocationId>(locationId, out var id) || await stations.FindAsync(tenant, id, ct) is not { } location)
            return (default, "", Problems.NotFound("There is no such location.", "unknownLocation"));
        return (place with { Location = location.Id.Value }, location.TimeZone, null);
    }
}
