namespace Busbar.Identity.Keys;

/// <summary>Of the keys that the database's secrets are sealed with.</summary>
public sealed class KeyOptions
{
    public const string Section = "Busbar:Keys";

    internal static readonly TimeSpan LeastKept = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked for boxes of a key that was replaced.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a key that was replaced is kept after the last box of it was sealed anew, at least 10 seconds: a process that did not hear of the new one yet may seal with it.</summary>
    public TimeSpan KeepRetired { get; set; } = TimeSpan.FromMinutes(15);
}
