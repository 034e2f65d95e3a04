using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A passkey of an operator.</summary>
public readonly record struct PasskeyId(Guid Value) : ITypedId<PasskeyId>
{
    public static string Prefix => "pky";
    public static PasskeyId From(Guid value) => new(value);
    public int CompareTo(PasskeyId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
