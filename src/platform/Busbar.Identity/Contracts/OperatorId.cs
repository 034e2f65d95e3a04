using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A person who signs in.</summary>
public readonly record struct OperatorId(Guid Value) : ITypedId<OperatorId>
{
    public static string Prefix => "opr";
    public static OperatorId From(Guid value) => new(value);
    public int CompareTo(OperatorId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
