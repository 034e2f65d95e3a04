using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>
/// A charging station as this installation knows it. Not its name on the wire (<c>stationId</c> of the API, the user of Basic authentication), which
/// an operator chooses and may give to another station later.
/// </summary>
public readonly record struct StationId(Guid Value) : ITypedId<StationId>
{
    public static string Prefix => "sta";
    public static StationId From(Guid value) => new(value);
    public int CompareTo(StationId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
