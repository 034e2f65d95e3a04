using Busbar.Kernel;

namespace Busbar.Sessions.Contracts;

/// <summary>One physical charge, however it was told.</summary>
public readonly record struct SessionId(Guid Value) : ITypedId<SessionId>
{
    public static string Prefix => "ses";
    public static SessionId From(Guid value) => new(value);
    public static bool operator <(SessionId a, SessionId b) => a.Value < b.Value;
    public static bool operator >(SessionId a, SessionId b) => a.Value > b.Value;
    public override string ToString() => TypedId.Format(this);
}

/// <summary>One immutable charge detail record. A correction is a credit and a new record, each with an id of its own.</summary>
public readonly record struct CdrId(Guid Value) : ITypedId<CdrId>
{
    public static string Prefix => "cdr";
    public static CdrId From(Guid value) => new(value);
    public static bool operator <(CdrId a, CdrId b) => a.Value < b.Value;
    public static bool operator >(CdrId a, CdrId b) => a.Value > b.Value;
    public override string ToString() => TypedId.Format(this);
}
