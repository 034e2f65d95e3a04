using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Stations.Commands;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>
/// Commands: whom one was to let charge is known by a hash, and what was written into one by hand may name anybody. Sites and stations are no person's data; who gave a command is an id, which the
/// room of who gives them makes nameless.
/// </summary>
internal sealed class StationsPersonalData(RoomDbFactory<StationsDb> rooms, CommandTruth truth) : IPersonalData
{
    public string Room => "stations";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        var actor = subject.Operator?.ToString();
        foreach (var row in await db.Commands.AsNoTracking().Where(row => row.Actor == actor).OrderBy(row => row.Id).ToListAsync(ct)) yield return Record(row);
        foreach (var uid in subject.Uids)
        {
            var hash = truth.Hashed(uid);
            foreach (var row in await db.Commands.AsNoTracking().Where(row => row.AwaitedToken == hash).OrderBy(row => row.Id).ToListAsync(ct)) yield return Record(row);
        }
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var (hashes, texts) = (0L, 0L);
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        await db.CommitAsync(async token =>
        {
            foreach (var uid in subject.Uids)
            {
                var hash = truth.Hashed(uid);
                hashes += await db.Commands.Where(row => row.AwaitedToken == hash).ExecuteUpdateAsync(set => set.SetProperty(row => row.AwaitedToken, (byte[]?)null), token);
            }
            foreach (var word in subject.Words)
            {
                var lower = word.ToLowerInvariant();
#pragma warning disable CA1304, CA1311, CA1862 // Translated into SQL.
                texts += await db.Commands.Where(row => row.Request.ToLower().Contains(lower) || row.Response!.ToLower().Contains(lower))
#pragma warning restore CA1304, CA1311, CA1862
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.Request, "{}").SetProperty(row => row.Response, row => row.Response == null ? null : "{}"), token);
                // A station may make a transaction's id of the uid.
#pragma warning disable CA1304, CA1311, CA1862 // As above.
                await db.Commands.Where(row => row.AwaitedTransaction!.ToLower().Contains(lower)).ExecuteUpdateAsync(set => set.SetProperty(row => row.AwaitedTransaction, (string?)null), token);
#pragma warning restore CA1304, CA1311, CA1862
            }
        }, ct);
        return RoomErasure.Of(new ErasedData("commands", hashes, ErasureManner.Pseudonymised), new ErasedData("commandTexts", texts, ErasureManner.Removed));
    }

    private static PersonalRecord Record(CommandRow row) => new("command", new
    {
        row.Id, row.Name, row.Action, Request = JsonElement.Parse(row.Request), row.State, row.CreatedAt, row.FinishedAt,
    });
}
