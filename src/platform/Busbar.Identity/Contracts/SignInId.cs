using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>One session of an operator: one browser, from its sign-in to its end.</summary>
public readonly record struct SignInId(Guid Value) : ITypedId<SignInId>
{
    public static string Prefix => "sgn";
    public static SignInId From(Guid value) => new(value);
    public int CompareTo(SignInId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
