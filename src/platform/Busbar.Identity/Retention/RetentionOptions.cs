namespace Busbar.Identity.Retention;

/// <summary>How what is too old is taken.</summary>
public sealed class RetentionOptions
{
    public const string Section = "Busbar:Retention";

    /// <summary>How often it is looked which rules are due.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often each rule runs for each tenant.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Between two batches, for whoever else writes.</summary>
    internal TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(100);
}
