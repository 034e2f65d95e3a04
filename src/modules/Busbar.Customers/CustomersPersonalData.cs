using System.Runtime.CompilerServices;
using Busbar.Customers.Api;
using Busbar.Customers.Storage;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Customers;

/// <summary>Drivers: all tokens of one are theirs, and go with them.</summary>
internal sealed class CustomersPersonalData(RoomDbFactory<CustomersDb> rooms, TokenBook book) : IPersonalData
{
    public string Room => "customers";
    public bool NamesSubjects => true;

    public async ValueTask<PersonalSubject> IdentifyAsync(PersonalSubject subject, CancellationToken ct)
    {
        if (subject.Operator is not null) return subject;
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        var tokens = await TokensOf(db.Tokens.AsNoTracking(), subject).OrderBy(row => row.Id).ToListAsync(ct);
        return subject with
        {
            DriverId = subject.DriverId ?? tokens.Select(row => row.DriverId).FirstOrDefault(id => id is not null),
            Uids = [.. tokens.Select(row => row.Uid).Concat(subject.Uids).DistinctBy(TokenRow.Fold)],
            Things = [.. subject.Things.Union(tokens.Select(row => ("token", row.Id.ToString())))],
        };
    }

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        foreach (var row in await TokensOf(db.Tokens.AsNoTracking(), subject).OrderBy(row => row.Id).ToListAsync(ct)) yield return new PersonalRecord("token", TokenView.Of(row));
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant).By(caller.Author), ct);
        var tokens = await TokensOf(db.Tokens, subject).ToListAsync(ct);
        // Without them nobody would know any more whose the open charges were. They begin no others.
        if (subject.HasOpenCharges) tokens.ForEach(row => row.Status = TokenState.Blocked);
        else db.RemoveRange(tokens);
        await db.CommitAsync(ct);
        book.ForgetAll();
        if (subject.HasOpenCharges && tokens.Count > 0) return new RoomErasure([], [new HeldData("tokens", tokens.Count, HoldReason.ChargeNotOver, null)]);
        return RoomErasure.Of(new ErasedData("tokens", tokens.Count, ErasureManner.Removed));
    }

    private static IQueryable<TokenRow> TokensOf(IQueryable<TokenRow> tokens, PersonalSubject subject)
    {
        var (driver, keys) = (subject.DriverId, subject.Uids.Select(TokenRow.Fold).Where(key => !key.Contains('\0', StringComparison.Ordinal)).ToArray());
        return tokens.Where(row => keys.Contains(row.UidFolded) || (driver != null && row.DriverId == driver));
    }
}
