using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>That somebody wants one person to be enough again.</summary>
public readonly record struct FourEyesRequestId(Guid Value) : ITypedId<FourEyesRequestId>
{
    public static string Prefix => "fer";
    public static FourEyesRequestId From(Guid value) => new(value);
    public int CompareTo(FourEyesRequestId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
