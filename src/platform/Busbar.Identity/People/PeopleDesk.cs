using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Identity;

/// <summary>Somebody who may sign in.</summary>
/// <param name="Name">Null: nobody said.</param>
public sealed record Person(OperatorId Id, string Email, string? Name, bool Enabled, IReadOnlyList<Grant> Grants, Instant CreatedAt, Instant? LastSignInAt, long Revision);

/// <summary>What somebody is to be.</summary>
public sealed record PersonWish(string? Name, bool Enabled, IReadOnlyList<GrantInput> Grants);

/// <summary>What came of changing who may do what.</summary>
public abstract record PeopleChange
{
    private PeopleChange()
    {
    }

    /// <param name="Person">As it is now; null: removed.</param>
    public sealed record Done(Person? Person) : PeopleChange;

    /// <summary>A link that is shown once.</summary>
    public sealed record Linked(PersonLink Link) : PeopleChange;

    public sealed record Gone : PeopleChange;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : PeopleChange;

    public sealed record Wrong(Check Check) : PeopleChange;

    /// <summary>Who asks does not hold what they would give, or take.</summary>
    public sealed record Beyond(MissingRight Missing) : PeopleChange;

    /// <summary>Nobody would be left who can do everything.</summary>
    public sealed record LastOwner : PeopleChange;

    /// <param name="Role">As it is now; null: removed.</param>
    public sealed record RoleDone(Role? Role) : PeopleChange;

    /// <summary>Somebody holds the role, or is invited to.</summary>
    public sealed record RoleInUse : PeopleChange;
}

/// <summary>The tenant's operators: read and changed, for the API and the console by one way.</summary>
public sealed class PeopleDesk
{
    private const int LongestName = 200;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly GrantBook _grants;
    private readonly TimeProvider _clock;
    private readonly ILogger<PeopleDesk> _log;

    internal PeopleDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, GrantBook grants, TimeProvider clock, ILogger<PeopleDesk> log) =>
        (_rooms, _directory, _grants, _clock, _log) = (rooms, directory, grants, clock, log);

    /// <summary>By id, those after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<Person>> ListAsync(Caller caller, OperatorId? after, int count, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Operators.AsNoTracking();
        if (after is { } last) rows = rows.Where(row => row.Id.CompareTo(last) > 0);
        var some = await rows.OrderBy(row => row.Id).Take(count).ToListAsync(ct);
        var ids = some.ConvertAll(row => row.Id);
        var grants = (await db.Grants.AsNoTracking().Where(row => ids.Contains(row.Holder)).ToListAsync(ct)).ToLookup(row => row.Holder, row => row.Grant);
        return some.ConvertAll(row => Of(row, grants[row.Id]));
    }

    /// <summary>Null: the tenant has no such operator.</summary>
    public async Task<Person?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<OperatorId>(id, out var known)) return null;
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        if (await db.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.Id == known, ct) is not { } row) return null;
        return Of(row, (await db.Grants.AsNoTracking().Where(grant => grant.Holder == known).ToListAsync(ct)).Select(grant => grant.Grant));
    }

    /// <summary>The right that the caller would need to change this person or to shut them out; null: none is missing.</summary>
    public Task<MissingRight?> LacksAsync(Caller caller, Person person, CancellationToken ct) => _grants.LacksAsync(caller.Rights, caller.Tenant, person.Grants, ct);

    /// <param name="allows">Whether a revision may be changed.</param>
    /// <param name="wish">What they become of what they are.</param>
    public async Task<PeopleChange> ChangeAsync(Caller caller, string id, Func<long, bool> allows, Func<Person, PersonWish> wish, CancellationToken ct)
    {
        if (await FindAsync(caller, id, ct) is not { } person) return new PeopleChange.Gone();
        if (!allows(person.Revision)) return new PeopleChange.Stale();
        var wanted = wish(person);
        var check = new Check();
        check.OptionalText(wanted.Name, "/name", LongestName);
        var grants = await _grants.ReadAsync(caller.Tenant, wanted.Grants, check, ct);
        if (!check.Ok) return new PeopleChange.Wrong(check);
        if (await _grants.LacksAsync(caller.Rights, caller.Tenant, person.Grants.Concat(grants), ct) is { } missing) return new PeopleChange.Beyond(missing);
        return await WriteAsync(caller, person, GrantRules.IsOwner(grants) && wanted.Enabled, async (db, row, token) =>
        {
            db.RemoveRange(await db.Grants.Where(grant => grant.Holder == row.Id).ToListAsync(token));
            var kept = db.ChangeTracker.Entries<GrantRow>().ToDictionary(entry => entry.Entity.Grant);
            foreach (var grant in grants)
            {
                if (kept.TryGetValue(grant, out var entry)) entry.State = EntityState.Unchanged;
                else db.Add(GrantRow.Of(caller.Tenant, row.Id, grant));
            }
            row.Name = wanted.Name?.Trim();
            if (wanted.Enabled != row.DisabledAt is null) (row.DisabledAt, row.SecurityStamp) = (wanted.Enabled ? null : _clock.GetInstant(), OperatorDesk.NewStamp());
            // Written even where only grants change: of two changes at one moment, one is refused.
            db.Entry(row).State = EntityState.Modified;
            return row.DisabledAt is not null;
        }, wanted.Enabled ? "rights" : "disabled", ct);
    }

    public async Task<PeopleChange> RemoveAsync(Caller caller, string id, Func<long, bool> allows, CancellationToken ct)
    {
        if (await FindAsync(caller, id, ct) is not { } person) return new PeopleChange.Gone();
        if (!allows(person.Revision)) return new PeopleChange.Stale();
        if (await LacksAsync(caller, person, ct) is { } missing) return new PeopleChange.Beyond(missing);
        return await WriteAsync(caller, person, false, async (db, row, token) =>
        {
            db.RemoveRange(await db.Grants.Where(grant => grant.Holder == row.Id).ToListAsync(token));
            db.RemoveRange(await db.Invitations.Where(link => link.Holder == row.Id).ToListAsync(token));
            db.RemoveRange(await db.PersonLinks.Where(link => link.Holder == row.Id).ToListAsync(token));
            await SecondFactors.RemoveAllAsync(db, row.Id, token);
            db.Remove(row);
            return true;
        }, "removed", ct);
    }

    /// <summary>What somebody is called, which is theirs to say.</summary>
    public async Task<PeopleChange> RenameAsync(Caller caller, OperatorId id, string? name, CancellationToken ct)
    {
        var check = new Check();
        check.OptionalText(name, "/name", LongestName);
        if (!check.Ok) return new PeopleChange.Wrong(check);
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (await db.Operators.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return new PeopleChange.Gone();
            row.Name = name?.Trim();
            await db.CommitAsync(ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new PeopleChange.Done(await FindAsync(caller, id.ToString(), ct));
    }

    /// <param name="staysOwner">After the change they are an owner who can sign in.</param>
    /// <param name="change">Changes the rows; true: their sessions end.</param>
    private async Task<PeopleChange> WriteAsync(Caller caller, Person person, bool staysOwner, Func<IdentityDb, OperatorRow, CancellationToken, Task<bool>> change, string what, CancellationToken ct)
    {
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (GrantRules.IsOwner(person.Grants) && person.Enabled && !staysOwner)
            {
                // The tenant's row is read first and written with its revision: of two owners who go at one moment, the second sees that nobody would be left, or fails.
                db.Entry(await db.Tenants.SingleAsync(ct)).State = EntityState.Modified;
                if (!await OwnersBut(db, [person.Id]).AnyAsync(ct)) return new PeopleChange.LastOwner();
            }
            if (await db.Operators.SingleOrDefaultAsync(row => row.Id == person.Id, ct) is not { } row) return new PeopleChange.Gone();
            // Its rights were judged as they were a moment ago.
            if (row.Revision != person.Revision) return new PeopleChange.Stale();
            var ends = await change(db, row, ct);
            db.LeaveUntold("the sessions of who is shut out end with it");
            try { await db.CommitAsync(token => ends ? db.SignIns.Where(signIn => signIn.Holder == person.Id).ExecuteDeleteAsync(token) : Task.CompletedTask, ct); }
            catch (DbUpdateConcurrencyException) { return new PeopleChange.Stale(); }
        }
        Log.PersonChanged(_log, caller.Actor, person.Id, what);
        await _directory.ReloadAsync(CancellationToken.None);
        return new PeopleChange.Done(await FindAsync(caller, person.Id.ToString(), ct));
    }

    /// <summary>Owners who can sign in.</summary>
    internal static IQueryable<OperatorId> OwnersBut(IdentityDb db, IReadOnlyCollection<OperatorId> but) =>
        from grant in db.Grants
        join other in db.Operators on grant.Holder equals other.Id
        where grant.Role == Role.Owner && grant.PlaceKind == PlaceKind.Tenant && !but.Contains(grant.Holder) && other.DisabledAt == null
        select other.Id;

    private static Person Of(OperatorRow row, IEnumerable<Grant> grants) => new(row.Id, row.Email, row.Name, row.DisabledAt is null, [.. grants], row.CreatedAt, row.LastSignInAt, row.Revision);
}
