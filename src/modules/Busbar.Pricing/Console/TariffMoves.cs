using Busbar.Identity.Http;
using Busbar.Pricing.Api;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <summary>What is done with a version on its tariff's page.</summary>
internal enum VersionMove
{
    Approve,
    Schedule,
    Publish,

    /// <summary>The active one: the tariff applies nowhere from now on. Any other: it never becomes the active one.</summary>
    Withdraw,
}

/// <summary>Moves versions and assigns tariffs for the console, by the desk that the API uses.</summary>
internal sealed class TariffMoves(TariffDesk desk)
{
    public static IReadOnlyList<VersionMove> Of(VersionState state) => state switch
    {
        VersionState.Draft or VersionState.Linted => [VersionMove.Approve, VersionMove.Schedule, VersionMove.Publish],
        VersionState.Approved => [VersionMove.Schedule, VersionMove.Publish],
        VersionState.Scheduled => [VersionMove.Schedule, VersionMove.Publish, VersionMove.Withdraw],
        VersionState.Active => [VersionMove.Withdraw],
        _ => [],
    };

    /// <param name="revision">Of the tariff as it was read.</param>
    /// <param name="at">When a scheduled one begins.</param>
    /// <returns>Why not, in words; null: it is done.</returns>
    public async Task<string?> MoveAsync(Caller caller, TariffRow tariff, long revision, int version, VersionMove move, Instant? at, CancellationToken ct)
    {
        var state = move switch
        {
            VersionMove.Approve => VersionState.Approved,
            VersionMove.Schedule => VersionState.Scheduled,
            VersionMove.Publish => VersionState.Active,
            _ => VersionState.Retired,
        };
        var outcome = await desk.ChangeVersionAsync(caller, tariff.Id.ToString(), version, RevisionGuard.Of(revision),
            now => new VersionChange { State = state, ActivateAt = move == VersionMove.Schedule ? at : now.ActivateAt }, ct);
        return outcome is TariffOutcome.Done ? null : TariffEditing.Words(outcome);
    }

    /// <returns>What came of it; of a list that is wrong the faults by the line.</returns>
    public Task<TariffOutcome> AssignAsync(Caller caller, TariffRow tariff, IReadOnlyList<AssignmentInput> lines, CancellationToken ct) =>
        desk.AssignAsync(caller, tariff.Id.ToString(), RevisionGuard.Of(tariff.Revision), lines, ct);
}
