namespace Busbar.Stations.Reconciliation;

/// <summary>When a station is asked about sessions that it says nothing of, configured under <c>Busbar:Reconciliation</c> as <c>hh:mm:ss</c>.</summary>
internal sealed class ReconcileOptions
{
    public const string Section = "Busbar:Reconciliation";

    public static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>How often it is looked who has to be asked.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>From a connection's first answered message, or its boot, to the first question: a burst of CALLs makes some stations drop the connection again.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a session that goes on may be silent. Longer than a station's usual pause between readings.</summary>
    public TimeSpan Silence { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>From a question that concluded nothing to the next about the same transaction.</summary>
    public TimeSpan AskAgain { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Between two rounds of TriggerMessage to one station, over all its connections.</summary>
    public TimeSpan TriggerEvery { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stop may stay in a station's queue while the connector shows already that the session is over.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a question of ours may keep the line.</summary>
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>After this time without a word about it a session is closed at its last reading, and held.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(72);

    /// <summary>No timer takes longer ones than the longest.</summary>
    public bool Usable => new[] { Pace, Silence, AskAgain, TriggerEvery, AnswerWithin, GiveUpAfter }.All(time => time > TimeSpan.Zero && time <= Longest)
        && new[] { Settle, Grace }.All(time => time >= TimeSpan.Zero && time <= Longest);
}
