using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Api;

/// <summary>Whom a price is asked for, beyond the token.</summary>
internal sealed record AskedFor
{
    /// <summary>What assignments call the driver; the names that the token has count without it.</summary>
    public string? DriverId { get; init; }

    /// <summary>Counts where no token is named.</summary>
    public string? TokenGroup { get; init; }

    /// <summary>An eMAID is one without being named.</summary>
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

/// <summary>What callers say of where and when a price is asked.</summary>
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
}
