using System.Runtime.CompilerServices;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Operations;

/// <summary>Who is told of alerts by mail, and notes that name somebody. Who has taken an alert up is an id, which the room of the people makes nameless.</summary>
internal sealed class OperationsPersonalData(RoomDbFactory<OperationsDb> rooms) : IPersonalData
{
    private const string Erased = "(erased)";

    public string Room => "operations";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        foreach (var row in await ChannelsAsync(db, subject, ct)) yield return new PersonalRecord("channel", new { row.Id, row.Kind, row.Name, row.Target, row.Language, row.Enabled, row.CreatedAt });
        var actor = subject.Operator?.ToString();
        var taken = await db.Alerts.AsNoTracking().Where(row => row.AcknowledgedBy == actor && actor != null).OrderBy(row => row.Id).ToListAsync(ct);
        foreach (var row in taken.UnionBy(await NotesAsync(db, subject, ct), row => row.Id)) yield return new PersonalRecord("alert", new { row.Id, row.Rule, row.Thing, row.RaisedAt, row.AcknowledgedAt, row.AcknowledgedBy, row.Note });
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        var (channels, notes) = (await ChannelsAsync(db, subject, ct), await NotesAsync(db, subject, ct));
        var (theirs, named) = (channels.Where(row => row.Kind == ChannelKind.Mail && subject.IsIn(row.Target)).Select(row => row.Id).ToArray(), channels.Where(row => subject.IsIn(row.Name)).Select(row => row.Id).ToArray());
        var noted = notes.Select(row => row.Id).ToArray();
        await db.CommitAsync(async token =>
        {
            await db.Channels.Where(row => theirs.Contains(row.Id)).ExecuteDeleteAsync(token);
            await db.Channels.Where(row => named.Contains(row.Id)).ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, Erased).SetProperty(row => row.Revision, row => row.Revision + 1), token);
            await db.Alerts.Where(row => noted.Contains(row.Id)).ExecuteUpdateAsync(set => set.SetProperty(row => row.Note, Erased).SetProperty(row => row.Revision, row => row.Revision + 1), token);
        }, ct);
        return RoomErasure.Of(
            new ErasedData("channels", theirs.Length, ErasureManner.Removed), new ErasedData("channelNames", named.Except(theirs).Count(), ErasureManner.Removed), new ErasedData("alertNotes", noted.Length, ErasureManner.Removed));
    }

    // A tenant has a handful of them.
    private static async Task<List<ChannelRow>> ChannelsAsync(OperationsDb db, PersonalSubject subject, CancellationToken ct) =>
        (await db.Channels.AsNoTracking().OrderBy(row => row.Id).ToListAsync(ct)).FindAll(row => subject.IsIn(row.Name) || (row.Kind == ChannelKind.Mail && subject.IsIn(row.Target)));

    private static async Task<List<AlertRow>> NotesAsync(OperationsDb db, PersonalSubject subject, CancellationToken ct) =>
        (await db.Alerts.AsNoTracking().Where(row => row.Note != null).OrderBy(row => row.Id).ToListAsync(ct)).FindAll(row => subject.IsIn(row.Note));
}
