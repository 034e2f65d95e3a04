using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>Why a reading was taken (OCPP ReadingContext).</summary>
public enum SampleContext
{
    Periodic,
    Begin,
    End,
    Clock,
    Interruption,
    Other,
}

/// <summary>
/// What a station measured at one moment, in our units, whatever the version, unit, multiplier and phase it was written with. A value that could
/// not be read is null and is named in <see cref="Issues"/>; the raw frame keeps it as evidence.
/// </summary>
public sealed record MeterSample
{
    public required StationTime Time { get; init; }
    public SampleContext Context { get; init; } = SampleContext.Periodic;

    /// <summary>The import register at the outlet, all phases: an absolute reading, never a consumption.</summary>
    public Energy? Register { get; init; }

    /// <summary>Energy imported since the previous sample of the same kind (<c>Energy.Active.Import.Interval</c>).</summary>
    public Energy? Interval { get; init; }

    /// <summary>The register of what the vehicle gave back, all phases (<c>Energy.Active.Export.Register</c>): an absolute reading.</summary>
    public Energy? ExportRegister { get; init; }

    /// <summary>Active power towards the vehicle, all phases.</summary>
    public Power? Power { get; init; }

    /// <summary>Current towards the vehicle, the sum over phases, in amperes.</summary>
    public decimal? CurrentA { get; init; }

    /// <summary>State of charge in percent.</summary>
    public decimal? SocPercent { get; init; }

    /// <summary>A signed reading, as it came (OCMF and the like); null when there is none.</summary>
    public string? Signed { get; init; }

    /// <summary>What was odd about the sample: <c>unitUnknown</c>, <c>valueUnreadable</c>, …</summary>
    public IReadOnlyList<string> Issues { get; init; } = [];
}
