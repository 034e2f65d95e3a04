namespace Busbar.Kernel;

/// <summary>The tenant that owns a row. First column of every key; the database's row-level security compares it.</summary>
public readonly record struct TenantId(Guid Value) : ITypedId<TenantId>
{
    public static string Prefix => "ten";
    public static TenantId From(Guid value) => new(value);
    public override string ToString() => TypedId.Format(this);
}
