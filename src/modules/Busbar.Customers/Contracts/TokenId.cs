using Busbar.Kernel;

namespace Busbar.Customers;

/// <summary>What a driver shows to a station: a card, an app, a contract, a vehicle.</summary>
public readonly record struct TokenId(Guid Value) : ITypedId<TokenId>
{
    public static string Prefix => "tok";
    public static TokenId From(Guid value) => new(value);

    public static bool operator <(TokenId a, TokenId b) => a.Value < b.Value;
    public static bool operator >(TokenId a, TokenId b) => a.Value > b.Value;

    public override string ToString() => TypedId.Format(this);
}
