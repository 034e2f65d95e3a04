namespace Busbar.Sessions.Contracts;

/// <summary>What a rebuild found.</summary>
/// <param name="Facts">Journal rows that were replayed.</param>
/// <param name="Differences">One line each: a row that is missing, that should not be there, or whose bytes differ.</param>
public sealed record RebuildReport(long Facts, int Sessions, int Cdrs, IReadOnlyList<string> Differences)
{
    /// <summary>Sessions and CDRs that follow from the journal, are not stored, and are so old that they may have been taken by the rules of retention: no differences.</summary>
    public int Forgotten { get; init; }
}
