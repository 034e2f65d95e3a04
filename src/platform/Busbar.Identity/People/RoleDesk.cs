using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

/// <summary>A role of a tenant's own, as somebody asks for it.</summary>
public sealed record RoleInput
{
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
}

/// <summary>A tenant's own roles. Changing one changes everybody who holds it, so it asks for what changing each of them would.</summary>
public sealed class RoleDesk
{
    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly GrantBook _grants;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;

    internal RoleDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, GrantBook grants, IdSource ids, TimeProvider clock) =>
        (_rooms, _directory, _grants, _ids, _clock) = (rooms, directory, grants, ids, clock);

    /// <summary>The built-in ones first.</summary>
    public IReadOnlyList<Role> List(Caller caller) => _directory.RolesOf(caller.Tenant);

    public Role? Find(Caller caller, string key) => _directory.FindRole(caller.Tenant, key);

    public async Task<PeopleChange> CreateAsync(Caller caller, RoleInput input, CancellationToken ct)
    {
        var check = Examine(input);
        if (!check.Ok) return new PeopleChange.Wrong(check);
        if (Lacks(caller, input.Scopes) is { } missing) return new PeopleChange.Beyond(missing);
        var row = new RoleRow { TenantId = caller.Tenant, Id = _ids.New<RoleId>(), Name = input.Name.Trim(), Scopes = string.Join(' ', input.Scopes.Distinct()), CreatedAt = _clock.GetInstant() };
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            db.Add(row);
            try { await db.CommitAsync(ct); }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { return NameTaken(check); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new PeopleChange.RoleDone(row.Role);
    }

    public async Task<PeopleChange> ChangeAsync(Caller caller, string key, Func<long, bool> allows, Func<RoleInput, RoleInput> input, CancellationToken ct)
    {
        if (!TypedId.TryParse<RoleId>(key, out var id)) return new PeopleChange.Gone();
        if (await HoldersLackAsync(caller, key, ct) is { } higher) return new PeopleChange.Beyond(higher);
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (await db.Roles.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return new PeopleChange.Gone();
            if (!allows(row.Revision)) return new PeopleChange.Stale();
            var before = row.Scopes.Split(' ');
            var wanted = input(new RoleInput { Name = row.Name, Scopes = before });
            var check = Examine(wanted);
            if (!check.Ok) return new PeopleChange.Wrong(check);
            if (Lacks(caller, before.Concat(wanted.Scopes)) is { } missing) return new PeopleChange.Beyond(missing);
            (row.Name, row.Scopes) = (wanted.Name.Trim(), string.Join(' ', wanted.Scopes.Distinct()));
            try { await db.CommitAsync(ct); }
            catch (DbUpdateConcurrencyException) { return new PeopleChange.Stale(); }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { return NameTaken(check); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new PeopleChange.RoleDone(_directory.FindRole(caller.Tenant, key));
    }

    public async Task<PeopleChange> RemoveAsync(Caller caller, string key, Func<long, bool> allows, CancellationToken ct)
    {
        if (!TypedId.TryParse<RoleId>(key, out var id)) return new PeopleChange.Gone();
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (await db.Roles.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return new PeopleChange.Gone();
            if (!allows(row.Revision)) return new PeopleChange.Stale();
            if (Lacks(caller, row.Scopes.Split(' ')) is { } missing) return new PeopleChange.Beyond(missing);
            if (await db.Grants.AnyAsync(grant => grant.Role == key, ct) || await db.Invitations.AnyAsync(link => link.Grants.Contains(key), ct)
                || await db.Providers.AnyAsync(provider => provider.Mappings.Contains(key), ct)) return new PeopleChange.RoleInUse();
            db.Remove(row);
            await db.CommitAsync(ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new PeopleChange.RoleDone(null);
    }

    // A role may be given anywhere, so its scopes must be held everywhere.
    private static MissingRight? Lacks(Caller caller, IEnumerable<string> scopes) =>
        scopes.FirstOrDefault(scope => !caller.May(scope)) is { } scope ? new MissingRight(scope, Place.Tenant) : null;

    private async Task<MissingRight?> HoldersLackAsync(Caller caller, string key, CancellationToken ct)
    {
        List<GrantRow> theirs;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
            theirs = await db.Grants.AsNoTracking().Where(grant => db.Grants.Any(other => other.Holder == grant.Holder && other.Role == key)).ToListAsync(ct);
        return await _grants.LacksAsync(caller.Rights, caller.Tenant, theirs.Select(row => row.Grant), ct);
    }

    private static Check Examine(RoleInput input)
    {
        var check = new Check();
        check.Text(input.Name, "/name", 100);
        check.That(input.Scopes.Count > 0, "/scopes", "invalidLength", "Must have at least one scope.");
        for (var i = 0; i < input.Scopes.Count; i++)
            check.That(input.Scopes[i] != Scope.All && Scope.Known.Contains(input.Scopes[i]), $"/scopes/{i}", "invalidValue", input.Scopes[i] == Scope.All ? "Everything is the owner's." : "Is not a scope.");
        return check;
    }

    private static PeopleChange.Wrong NameTaken(Check check)
    {
        check.Fail("/name", "roleExists", "Another role has this name.");
        return new PeopleChange.Wrong(check);
    }
}
