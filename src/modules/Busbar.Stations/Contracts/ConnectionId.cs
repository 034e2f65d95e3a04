using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>A connection of a station, or several short ones that followed each other.</summary>
public readonly record struct ConnectionId(Guid Value) : ITypedId<ConnectionId>
{
    public static string Prefix => "con";
    public static ConnectionId From(Guid value) => new(value);
    public int CompareTo(ConnectionId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
