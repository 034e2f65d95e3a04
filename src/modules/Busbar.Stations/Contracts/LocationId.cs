using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>A site: where stations stand, with a time zone and a currency of its own.</summary>
public readonly record struct LocationId(Guid Value) : ITypedId<LocationId>
{
    public static string Prefix => "loc";
    public static LocationId From(Guid value) => new(value);
    public int CompareTo(LocationId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
