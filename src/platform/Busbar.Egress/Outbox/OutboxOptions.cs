namespace Busbar.Egress.Outbox;

/// <summary>How what must leave is sent, configured under <c>Busbar:Outbox</c>; times as <c>hh:mm:ss</c>.</summary>
internal sealed class OutboxOptions
{
    public const string Section = "Busbar:Outbox";

    /// <summary>How often it is looked what is due.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Destinations that are sent to at the same time.</summary>
    public int AtOnce { get; set; } = 64;

    /// <summary>Attempts before a message is dead. With the pauses below they take about six hours.</summary>
    public int Attempts { get; set; } = 14;

    /// <summary>The longest pause after a first failure; it doubles with every further one, and the pause is any time up to it.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What the longest pause does not grow beyond.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How long one attempt may take; a process that died gives its messages up after twice this time.</summary>
    public TimeSpan Attempt { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Hours after which what still waits is given up, counted since it was put or replayed: behind a receiver that is dead for days a lane does not grow without end.</summary>
    public int GiveUpHours { get; set; } = 24;

    /// <summary>Days for which what was sent is kept for looking at, where a tenant says nothing else.</summary>
    public int KeepSentDays { get; set; } = 14;

    /// <summary>Days after which what is dead is forgotten, where a tenant says nothing else.</summary>
    public int KeepDeadDays { get; set; } = 90;

    internal bool Usable => new[] { Pace, FirstPause, LongestPause, Attempt }.All(time => time > TimeSpan.Zero && time <= TimeSpan.FromDays(7))
        && AtOnce is >= 1 and <= 1_000 && Attempts is >= 1 and <= 100 && GiveUpHours is >= 1 and <= 8_760
        && KeepSentDays is >= 1 and <= 3_650 && KeepDeadDays is >= 1 and <= 3_650;
}
