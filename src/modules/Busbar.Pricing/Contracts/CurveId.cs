using Busbar.Kernel;

namespace Busbar.Pricing.Contracts;

public readonly record struct CurveId(Guid Value) : ITypedId<CurveId>
{
    public static string Prefix => "crv";
    public static CurveId From(Guid value) => new(value);
    public int CompareTo(CurveId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
