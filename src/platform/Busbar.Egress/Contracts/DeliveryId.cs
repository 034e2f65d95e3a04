using Busbar.Kernel;

namespace Busbar.Egress.Contracts;

/// <summary>One message on its way to one destination.</summary>
public readonly record struct DeliveryId(Guid Value) : ITypedId<DeliveryId>
{
    public static string Prefix => "dlv";
    public static DeliveryId From(Guid value) => new(value);
    public static bool operator <(DeliveryId a, DeliveryId b) => a.Value < b.Value;
    public static bool operator >(DeliveryId a, DeliveryId b) => a.Value > b.Value;
    public override string ToString() => TypedId.Format(this);
}
