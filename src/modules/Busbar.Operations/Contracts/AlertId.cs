using Busbar.Kernel;

namespace Busbar.Operations.Contracts;

/// <summary>Something that is wrong, from when it was noticed until it was well again.</summary>
public readonly record struct AlertId(Guid Value) : ITypedId<AlertId>
{
    public static string Prefix => "alt";
    public static AlertId From(Guid value) => new(value);
    public static bool operator <(AlertId a, AlertId b) => a.Value < b.Value;
    public static bool operator >(AlertId a, AlertId b) => a.Value > b.Value;
    public override string ToString() => TypedId.Format(this);
}

/// <summary>Where a tenant is told: a mail address or a webhook.</summary>
public readonly record struct ChannelId(Guid Value) : ITypedId<ChannelId>
{
    public static string Prefix => "nch";
    public static ChannelId From(Guid value) => new(value);
    public int CompareTo(ChannelId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One telling, the same for all who are told it and at every attempt.</summary>
public readonly record struct EventId(Guid Value) : ITypedId<EventId>
{
    public static string Prefix => "evt";
    public static EventId From(Guid value) => new(value);
    public override string ToString() => TypedId.Format(this);
}
