using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A role that a tenant made for itself.</summary>
public readonly record struct RoleId(Guid Value) : ITypedId<RoleId>
{
    public static string Prefix => "rol";
    public static RoleId From(Guid value) => new(value);
    public int CompareTo(RoleId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
