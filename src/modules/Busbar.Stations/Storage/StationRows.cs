using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Stations.Storage;

[Audited("location", nameof(LocationRow.Id), Name = nameof(LocationRow.Name))]
internal sealed class LocationRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required LocationId Id { get; init; }
    public required string Name { get; set; }
    public required string TimeZone { get; set; }
    public required string Country { get; set; }
    public required string Address { get; set; }
    public required string City { get; set; }
    public string? PostalCode { get; set; }

    /// <summary>Degrees in whole ten-millionths, about a centimetre.</summary>
    public long? LatitudeE7 { get; set; }
    public long? LongitudeE7 { get; set; }

    public string? Currency { get; set; }

    /// <summary>As JSON, in the API's own form.</summary>
    public string? OpeningHours { get; set; }

    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

/// <summary>A station as it was provisioned, and as it last told about itself.</summary>
[Audited("station", nameof(StationRow.Id), Name = nameof(StationRow.Identity))]
internal sealed class StationRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required StationId Id { get; init; }

    /// <summary>Its name on the wire: 1 to 48 characters without <c>:</c> and <c>/</c>, unique in the tenant; case matters.</summary>
    public required string Identity { get; init; }

    public LocationId? LocationId { get; set; }
    public string? Name { get; set; }
    public int SecurityProfile { get; set; } = 1;

    /// <summary>Until when profile 0, no authentication at all, is let in.</summary>
    public Instant? InsecureUntil { get; set; }

    /// <summary>Of the canonical bytes of its password; see <see cref="StationKeys"/>.</summary>
    public byte[]? KeyHash { get; set; }

    public string? Vendor { get; set; }
    public string? Model { get; set; }
    public string? Firmware { get; set; }
    public string? Serial { get; set; }
    public Instant? BootedAt { get; set; }
    public Instant? FirstSeenAt { get; set; }
    public Instant? LastSeenAt { get; set; }

    /// <summary>The sub-protocol of its last connection, such as <c>ocpp1.6</c>.</summary>
    public string? Protocol { get; set; }

    /// <summary>Its clock minus ours.</summary>
    public long? ClockOffsetMs { get; set; }

    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

[Audited("station", nameof(EvseRow.StationId), Part = "evses/{Number}")]
internal sealed class EvseRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }

    /// <summary>As OCPP counts: from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The public name, such as <c>NL*ABC*E1</c>.</summary>
    public string? EvseId { get; set; }

    /// <summary>Heard of from the station, not provisioned.</summary>
    public bool Learnt { get; set; }
}

[Audited("station", nameof(ConnectorRow.StationId), Part = "evses/{Evse}/connectors/{Number}")]
internal sealed class ConnectorRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required StationId StationId { get; init; }
    public required int Evse { get; init; }
    public required int Number { get; init; }

    /// <summary>Such as <c>IEC_62196_T2</c>; open: new ones come.</summary>
    public string? Standard { get; set; }

    public long? MaxPowerMw { get; set; }

    /// <summary>As the station last said it.</summary>
    public string? Status { get; set; }

    public Instant? StatusAt { get; set; }
    public string? ErrorCode { get; set; }
    public bool Learnt { get; set; }
}
