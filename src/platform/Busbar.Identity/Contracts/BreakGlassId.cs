using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>One time that somebody from above came into a tenant that shares too little for it.</summary>
public readonly record struct BreakGlassId(Guid Value) : ITypedId<BreakGlassId>
{
    public static string Prefix => "brk";
    public static BreakGlassId From(Guid value) => new(value);
    public int CompareTo(BreakGlassId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
