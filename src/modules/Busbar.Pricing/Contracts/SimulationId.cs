using Busbar.Kernel;

namespace Busbar.Pricing.Contracts;

/// <summary>A simulation of a price over past sessions.</summary>
public readonly record struct SimulationId(Guid Value) : ITypedId<SimulationId>
{
    public static string Prefix => "sim";
    public static SimulationId From(Guid value) => new(value);
    public int CompareTo(SimulationId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
