using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity.Personal;

/// <summary>People who work here: their account goes with all that lets them in, and where others were told of them by name no name is left. What they did is known by their id, which leads nowhere then.</summary>
internal sealed class IdentityPersonalData(RoomDbFactory<IdentityDb> rooms, PeopleDesk people, IdentityDirectory directory, SealedBox box) : IPersonalData
{
    private const string Erased = "(erased)";

    public string Room => "identity";
    public bool NamesSubjects => true;

    public async ValueTask<PersonalSubject> IdentifyAsync(PersonalSubject subject, CancellationToken ct)
    {
        if (subject.Operator is not { } id || subject.Email is not null) return subject;
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        return await db.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct) is { } row
            ? subject with { Email = row.Email, Name = row.Name, Things = [.. subject.Things, ("operator", id.ToString())] }
            : subject;
    }

    public async ValueTask<string?> RefusalAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        if (subject.Operator is not { } id || await people.FindAsync(caller, id.ToString(), ct) is not { } person) return null;
        if (await people.LacksAsync(caller, person, ct) is not null) return "insufficientRights";
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return GrantRules.IsOwner(person.Grants) && person.Enabled && !await PeopleDesk.OwnersBut(db, [id]).AnyAsync(ct) ? "lastOwner" : null;
    }

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        if (subject.Operator is not { } id) yield break;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct))
        {
            var folded = FoldedOf(subject);
            foreach (var row in await db.Operators.AsNoTracking().Where(row => row.Id == id).ToListAsync(ct))
                yield return new PersonalRecord("operator", new { row.Id, row.Email, row.Name, row.CreatedAt, row.LastSignInAt, row.DisabledAt });
            foreach (var row in await db.Grants.AsNoTracking().Where(row => row.Holder == id).ToListAsync(ct)) yield return new PersonalRecord("grant", new { row.Role, row.PlaceKind, row.PlaceId });
            foreach (var row in await db.SignIns.AsNoTracking().Where(row => row.Holder == id).OrderBy(row => row.BeganAt).ToListAsync(ct))
                yield return new PersonalRecord("signIn", new { row.Id, row.BeganAt, row.SeenAt, row.Until, row.Source, row.Agent });
            foreach (var row in await db.Passkeys.AsNoTracking().Where(row => row.Holder == id).ToListAsync(ct)) yield return new PersonalRecord("passkey", new { row.Id, row.Name, row.Domain, row.CreatedAt, row.UsedAt });
            foreach (var row in await db.Authenticators.AsNoTracking().Where(row => row.Holder == id).ToListAsync(ct)) yield return new PersonalRecord("authenticator", new { row.CreatedAt });
            foreach (var row in await db.PersonLinks.AsNoTracking().Where(row => row.Holder == id).ToListAsync(ct)) yield return new PersonalRecord("providerLink", new { row.Provider, row.Subject, row.LinkedAt });
            foreach (var row in await db.Invitations.AsNoTracking().Where(row => row.Holder == id || row.EmailFolded == folded).ToListAsync(ct))
                yield return new PersonalRecord("invitation", new { row.Id, row.Email, row.CreatedAt, row.ExpiresAt });
            foreach (var row in await ClientsAsync(db, subject, ct)) yield return new PersonalRecord("apiClient", new { row.Id, row.Name, row.Description, row.Contact });
        }
        await using var all = await rooms.OpenAsync(TenantScope.System, ct);
        foreach (var row in await all.BreakGlass.AsNoTracking().Where(row => row.Operator == id).ToListAsync(ct)) yield return new PersonalRecord("breakGlass", new { row.Id, row.Name, row.Reason, row.BegunAt, row.Until });
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var (answers, clients, invitations, glass, operators) = (await ForgetAnswersAsync(subject, ct), 0L, 0L, 0L, 0L);
        if (subject.Operator is { } id)
        {
            await using (var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct))
            {
                var (folded, named) = (FoldedOf(subject), (await ClientsAsync(db, subject, ct)).ConvertAll(row => row.Id));
                await db.CommitAsync(async token =>
                {
                    invitations = await db.Invitations.Where(row => row.Holder == id || row.EmailFolded == folded).ExecuteDeleteAsync(token);
                    foreach (var row in await db.ApiClients.Where(row => named.Contains(row.Id)).ToListAsync(token))
                    {
                        (row.Contact, row.Description) = (subject.IsIn(row.Contact) ? null : row.Contact, subject.IsIn(row.Description) ? null : row.Description);
                        if (subject.IsIn(row.Name)) row.Name = Erased;
                        clients++;
                    }
                }, ct);
            }
            // In tenants below, whose people were told who came in.
            await using (var all = await rooms.OpenAsync(TenantScope.System, ct))
            {
                await all.CommitAsync(async token => glass = await all.BreakGlass.Where(row => row.Operator == id && row.Name != Erased).ExecuteUpdateAsync(set => set.SetProperty(row => row.Name, Erased), token), ct);
            }
            if (await people.RemoveAsync(caller, id.ToString(), _ => true, ct) is PeopleChange.Done) operators = 1;
            await directory.ReloadAsync(CancellationToken.None);
        }
        return RoomErasure.Of(
            new ErasedData("operators", operators, ErasureManner.Removed), new ErasedData("invitations", invitations, ErasureManner.Removed), new ErasedData("apiClients", clients, ErasureManner.Removed),
            new ErasedData("breakGlass", glass, ErasureManner.Pseudonymised), new ErasedData("storedAnswers", answers, ErasureManner.Removed));
    }

    /// <summary>Answers that are kept for a day, sealed: theirs, and those that name them.</summary>
    private async Task<long> ForgetAnswersAsync(PersonalSubject subject, CancellationToken ct)
    {
        var actor = subject.Operator?.ToString();
        await using var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct);
        var gone = new List<(string Actor, string Key)>();
        await foreach (var row in db.Idempotency.AsNoTracking().Where(row => row.Answer != null).AsAsyncEnumerable().WithCancellation(ct))
            if (row.Actor == actor || subject.IsIn(Opened(row.Answer!))) gone.Add((row.Actor, row.Key));
        await db.CommitAsync(async token =>
        {
            foreach (var (who, key) in gone) await db.Idempotency.Where(row => row.Actor == who && row.Key == key).ExecuteDeleteAsync(token);
        }, ct);
        return gone.Count;
    }

    /// <summary>Headers and body as text; null: its key is gone, so it says nothing to anybody.</summary>
    private string? Opened(byte[] answer)
    {
        try { return Idempotency.TextOf(box.Open(Idempotency.Purpose, answer)); }
        catch (CryptographicException) { return null; }
    }

    private static async Task<List<ApiClientRow>> ClientsAsync(IdentityDb db, PersonalSubject subject, CancellationToken ct) =>
        (await db.ApiClients.AsNoTracking().ToListAsync(ct)).FindAll(row => subject.IsIn(row.Contact) || subject.IsIn(row.Description) || subject.IsIn(row.Name));

    private static string FoldedOf(PersonalSubject subject) => OperatorDesk.Fold(subject.Email ?? "");
}
