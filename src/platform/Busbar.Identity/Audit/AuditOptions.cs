namespace Busbar.Identity.Audit;

/// <summary>How long the audit lives, and where its anchors lie.</summary>
public sealed class AuditOptions
{
    public const string Section = "Busbar:Audit";

    /// <summary>Days that an entry of the audit is kept, where a tenant says nothing else. When the oldest are cut off, the cut is an entry itself.</summary>
    public int KeepDays { get; set; } = 3_650;

    /// <summary>The folder of the audit's anchors, best a mount that takes nothing back; by default <c>audit-anchors</c> in the data directory of the embedded store. On PostgreSQL there is none unless it is named: anchors are then in the log only.</summary>
    public string? AnchorDirectory { get; set; }
}
