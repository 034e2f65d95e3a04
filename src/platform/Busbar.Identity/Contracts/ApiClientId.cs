using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A program that calls the API with a key.</summary>
public readonly record struct ApiClientId(Guid Value) : ITypedId<ApiClientId>
{
    public static string Prefix => "cli";
    public static ApiClientId From(Guid value) => new(value);
    public int CompareTo(ApiClientId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}
