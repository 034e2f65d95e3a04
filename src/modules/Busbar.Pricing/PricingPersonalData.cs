using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Prices that were agreed with one driver, or for one contract: they end, and stay in a tariff's history without saying whose they were. What was charged is pinned in the sessions.</summary>
internal sealed class PricingPersonalData(RoomDbFactory<PricingDb> rooms, TariffBook book, TimeProvider clock) : IPersonalData
{
    private const string Erased = "ERASED-";

    public string Room => "pricing";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        var places = PlacesOf(subject);
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        foreach (var row in await db.AssignmentHistory.AsNoTracking().Where(row => places.Contains(row.Place)).OrderBy(row => row.TariffId).ThenBy(row => row.Number).ToListAsync(ct))
            yield return new PersonalRecord("assignment", new { row.TariffId, row.Scope, Id = row.ScopeId, row.Priority, row.AssignedAt, row.RemovedAt, From = row.ValidFrom, To = row.ValidUntil });
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var (places, now, count) = (PlacesOf(subject), clock.GetInstant(), 0L);
        await using (var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct))
        {
            var rows = await db.AssignmentHistory.AsNoTracking().Where(row => places.Contains(row.Place)).ToListAsync(ct);
            var tariffs = rows.Select(row => row.TariffId).Distinct().ToArray();
            await db.CommitAsync(async token =>
            {
                foreach (var row in rows)
                {
                    var name = Erased + RandomNumberGenerator.GetHexString(13);
                    var (place, end) = (Places.Named(row.Scope, name), row.RemovedAt ?? now);
                    count += await db.AssignmentHistory.Where(one => one.TariffId == row.TariffId && one.Number == row.Number)
                        .ExecuteUpdateAsync(set => set.SetProperty(one => one.Place, place).SetProperty(one => one.ScopeId, name).SetProperty(one => one.RemovedAt, end), token);
                }
                // By its revisions a book is known to have changed.
                await db.Tariffs.Where(tariff => tariffs.Contains(tariff.Id)).ExecuteUpdateAsync(set => set.SetProperty(tariff => tariff.Revision, tariff => tariff.Revision + 1).SetProperty(tariff => tariff.ChangedAt, now), token);
            }, ct);
        }
        book.Forget(subject.Tenant);
        return RoomErasure.Of(new ErasedData("assignments", count, ErasureManner.Pseudonymised));
    }

    private static string[] PlacesOf(PersonalSubject subject) =>
    [
        .. from scope in new[] { AssignmentScope.Driver, AssignmentScope.Contract }
           from name in subject.Uids.Concat(subject.DriverId is { } driver ? [driver] : [])
           select Places.Named(scope, name),
    ];
}
