using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>Whom a tenant lets say who its people are (OpenID Connect).</summary>
public readonly record struct IdentityProviderId(Guid Value) : ITypedId<IdentityProviderId>
{
    public static string Prefix => "idp";
    public static IdentityProviderId From(Guid value) => new(value);
    public int CompareTo(IdentityProviderId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
