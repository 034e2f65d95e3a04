using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A link that was given to somebody.</summary>
public readonly record struct InvitationId(Guid Value) : ITypedId<InvitationId>
{
    public static string Prefix => "inv";
    public static InvitationId From(Guid value) => new(value);
    public int CompareTo(InvitationId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
