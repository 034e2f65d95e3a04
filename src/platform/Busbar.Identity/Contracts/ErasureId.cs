using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>An erasure of one person's data.</summary>
public readonly record struct ErasureId(Guid Value) : ITypedId<ErasureId>
{
    public static string Prefix => "era";
    public static ErasureId From(Guid value) => new(value);
    public int CompareTo(ErasureId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
