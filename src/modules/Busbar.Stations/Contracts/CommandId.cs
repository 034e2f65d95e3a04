using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>A command that was given to a station.</summary>
public readonly record struct CommandId(Guid Value) : ITypedId<CommandId>
{
    public static string Prefix => "cmd";
    public static CommandId From(Guid value) => new(value);
    public int CompareTo(CommandId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
