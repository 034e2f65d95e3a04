namespace Busbar.Storage.Commits;

/// <summary>
/// Writes batches to one database. Each call is one transaction: when it returns, every unit has its <see cref="CommitUnit.Outcome"/> and the
/// log is flushed; when it throws, nothing of the batch is there.
/// </summary>
public interface ICommitWriter : IAsyncDisposable
{
    Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct);

    Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct);

    /// <summary>Called when nobody waits for a commit: what would hold one up later may be done now.</summary>
    Task TidyAsync(CancellationToken ct);

    /// <summary>Drops the connection after an error; the next call opens a new one. An fsync that failed is never tried again on it.</summary>
    Task ResetAsync();

    /// <summary>Whether the database itself is out of reach, as against one bad unit: then no unit of the batch is worth a try of its own.</summary>
    bool IsOutage(Exception error);

    /// <summary>A serialisation failure or a deadlock: the same batch may be written again as it is.</summary>
    bool IsTransient(Exception error);
}
