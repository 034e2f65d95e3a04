using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations.Commands;

/// <summary>
/// Finds what became of a start or a stop whose answer nobody heard, by what its station told of charging since. A start of 2.x is named by its transaction; all others
/// are known by token, EVSE and time, or by the transaction that was to end. What more than one command could have done proves none.
/// </summary>
internal sealed class CommandTruth(RoomDbFactory<StationsDb> rooms, IChargingEvidence evidence, KeyedHash hash, TimeProvider clock, ILogger<CommandTruth> log)
{
    public const string TransactionCame = "its transaction came";
    public const string TransactionEnded = "its transaction ended by it";

    private const string Purpose = "command-token";
    private const string Remote = "Remote";
    private const int MaximumAtOnce = 200;

    // A station asks for a cable for minutes before it begins; its clock may be a minute behind (as far as a session's start is believed to be ours).
    private static readonly Duration Window = Duration.FromMinutes(10);
    private static readonly Duration Skew = Duration.FromMinutes(1);

    // What it did while its connection was down is told when it is back.
    private static readonly Duration Waiting = Duration.FromHours(24);

    /// <summary>A token is only compared, so no copy of it is kept with the command.</summary>
    public byte[]? Hashed(string? tokenUid) => tokenUid is null ? null : hash.Hash(Purpose, Encoding.UTF8.GetBytes(new PresentedToken(tokenUid, "").Folded));

    /// <summary>Looks for the truth about the newest commands that are unknown, in all tenants. The number found.</summary>
    public async Task<int> ResolveAsync(CancellationToken ct)
    {
        List<CommandRow> open;
        var since = clock.GetInstant() - Waiting;
        await using (var db = await rooms.OpenAsync(TenantScope.System, ct))
            open = await db.Commands.AsNoTracking()
                .Where(row => row.State == CommandState.Unknown && row.DeadlineAt > since && (row.AwaitedToken != null || row.AwaitedTransaction != null))
                .OrderByDescending(row => row.DeadlineAt).Take(MaximumAtOnce).ToListAsync(ct);
        var found = 0;
        foreach (var row in open)
        {
            if (await FindAsync(row, ct) is not { } detail) continue;
            await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
            await db.CommitAsync(async ct => found += await db.Commands.Where(it => it.Id == row.Id && it.State == CommandState.Unknown)
                .ExecuteUpdateAsync(set => set.SetProperty(it => it.State, CommandState.Accepted).SetProperty(it => it.Detail, detail), ct), ct);
        }
        return found;
    }

    /// <summary>The same for one that became unknown just now; null too where it cannot be read, for it is asked again.</summary>
    public async Task<string?> TryFindAsync(CommandRow row)
    {
        try
        {
            return await FindAsync(row, CancellationToken.None);
        }
        catch (Exception error)
        {
            Log.OutcomeNotRead(log, error, row.Id.ToString());
            return null;
        }
    }

    /// <summary>How it is known that the station did as it was told; null: it is not.</summary>
    private async Task<string?> FindAsync(CommandRow row, CancellationToken ct)
    {
        var (from, until) = (row.CreatedAt - Skew, row.DeadlineAt + Window);
        if (row.AwaitedTransaction is { } transaction)
        {
            // 1.6 7.36, 2.0.1 part 2 ReasonEnumType: a transaction that ended for another reason says nothing of the command.
            var end = await evidence.EndAsync(row.TenantId, row.StationId, transaction, ct);
            return end is { Reason: Remote } && end.At >= from && end.At < until ? TransactionEnded : null;
        }
        if (row.AwaitedToken is not { } token) return null;
        var begun = await evidence.BegunAsync(row.TenantId, row.StationId, from, until, ct);
        var fitting = begun.Count(charge => charge.TokenKey is { } key && hash.Verify(Purpose, Encoding.UTF8.GetBytes(key), token)
            && (row.AwaitedEvse is not { } evse || charge.Evse == evse));
        return fitting > 0 && !await HasRivalAsync(row, token, ct) ? TransactionCame : null;
    }

    // Given at about the same time for the same token: the charge may be the other's.
    private async Task<bool> HasRivalAsync(CommandRow row, byte[] token, CancellationToken ct)
    {
        var (from, until) = (row.CreatedAt - Window, row.CreatedAt + Window);
        await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
        return await db.Commands.AnyAsync(it => it.StationId == row.StationId && it.Id != row.Id && it.AwaitedToken == token && it.CreatedAt > from && it.CreatedAt < until
            && (it.State == CommandState.Accepted || it.State == CommandState.Unknown || it.State == CommandState.Sent), ct);
    }
}
