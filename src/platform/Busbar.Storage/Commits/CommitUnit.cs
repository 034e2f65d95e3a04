namespace Busbar.Storage.Commits;

/// <summary>What became durable of a unit. Only <see cref="Committed"/> and <see cref="Duplicate"/> may be acknowledged.</summary>
public abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>The entry and its rows are on disk.</summary>
    public sealed record Committed : CommitOutcome
    {
        public static Committed Instance { get; } = new();
    }

    /// <summary>The fact was there already; nothing of this unit was written. Repeat its stored answer.</summary>
    public sealed record Duplicate(ReadOnlyMemory<byte> Answer) : CommitOutcome;

    /// <summary>A newer connection owns the station; nothing was written. This connection must end.</summary>
    public sealed record Fenced : CommitOutcome
    {
        public static Fenced Instance { get; } = new();
    }

    /// <summary>Nothing was written: no acknowledgement, close 1013, and the station's cached state goes.</summary>
    public sealed record Failed(Exception Error) : CommitOutcome;
}

/// <summary>
/// What is committed together for one station: at most one journal entry and the rows that follow from it. The unit is written only while
/// <see cref="Epoch"/> is the station's current one.
/// </summary>
public sealed class CommitUnit(StationKey key, long epoch, JournalEntry? entry, IReadOnlyList<RowWrite> rows)
{
    private readonly TaskCompletionSource<CommitOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StationKey Key { get; } = key;
    public long Epoch { get; } = epoch;
    public JournalEntry? Entry { get; } = entry;
    public IReadOnlyList<RowWrite> Rows { get; } = rows;

    /// <summary>What the writer found out; null while it has not, or where the stored answer must be looked up first.</summary>
    public CommitOutcome? Outcome { get; internal set; }
    internal Task<CommitOutcome> Completion => _completion.Task;

    /// <summary>A writer's verdict. The loop completes the unit with it after the commit.</summary>
    public void Decide(CommitOutcome outcome) => Outcome = outcome;

    internal void Complete(CommitOutcome outcome) => _completion.TrySetResult(outcome);
}

/// <summary>A connection's claim of its station: the lease's epoch grows by one and the former owner is fenced.</summary>
public sealed class LeaseClaim(StationKey key)
{
    private readonly TaskCompletionSource<long> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StationKey Key { get; } = key;
    internal long Epoch { get; set; }
    internal Task<long> Completion => _completion.Task;

    internal void Complete() => _completion.TrySetResult(Epoch);
    internal void Fail(Exception error) => _completion.TrySetException(error);
}
