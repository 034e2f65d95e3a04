namespace Busbar.Storage.Audit;

/// <summary>By what way somebody acts.</summary>
public enum AuditWay
{
    /// <summary>A part of this program, by itself.</summary>
    System,
    Console,
    Api,
}

/// <summary>Who writes. A unit of work whose <see cref="TenantScope"/> has an author tells the audit what it changes; one without is a machine's.</summary>
/// <param name="Actor">The operator's or the client's id (<c>opr…</c>, <c>cli…</c>), or <c>system:</c> and the part of the program.</param>
/// <param name="Source">The address it came from, where there is one.</param>
public sealed record Author(string Actor, AuditWay Way, string? Source = null)
{
    /// <summary>Nobody who is known: a sign-in that failed, a key that is none.</summary>
    public static Author Unknown(AuditWay way, string? source) => new("unknown", way, source);

    /// <param name="part">Such as <c>start</c> or <c>tariff-schedule</c>.</param>
    public static Author System(string part) => new("system:" + part, AuditWay.System);
}
