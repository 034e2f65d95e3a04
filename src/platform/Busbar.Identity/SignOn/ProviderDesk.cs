using System.Text;
using Busbar.Identity.Api;
using Busbar.Identity.Http;
using Busbar.Identity.SignOn;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

/// <summary>
/// A tenant's OpenID providers: read and changed, for the API and the console by one way. Whom a provider speaks for can be anybody of its domains, so who sets one up must be able to do everything.
/// </summary>
public sealed class ProviderDesk
{
    private const int Most = 20;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly GrantBook _grants;
    private readonly ProviderLine _line;
    private readonly SealedBox _box;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly ILogger<ProviderDesk> _log;

    internal ProviderDesk(
        RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, GrantBook grants, ProviderLine line, SealedBox box, IdSource ids, TimeProvider clock, ILogger<ProviderDesk> log) =>
        (_rooms, _directory, _grants, _line, _box, _ids, _clock, _log) = (rooms, directory, grants, line, box, ids, clock, log);

    /// <summary>By id; a tenant has few.</summary>
    public async Task<IReadOnlyList<RegisteredProvider>> ListAsync(Caller caller, CancellationToken ct)
    {
        List<ProviderRow> rows;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct)) rows = await db.Providers.AsNoTracking().OrderBy(row => row.Id).ToListAsync(ct);
        var all = new List<RegisteredProvider>(rows.Count);
        foreach (var row in rows) all.Add(await OfAsync(row, ct));
        return all;
    }

    /// <summary>Null: the tenant has no such provider.</summary>
    public async Task<RegisteredProvider?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        ProviderRow? row;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct)) row = await FindAsync(db, id, ct);
        return row is null ? null : await OfAsync(row, ct);
    }

    /// <summary>The right that the caller would need to set one up; null: none is missing.</summary>
    public static MissingRight? Lacks(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return caller.May(Scope.All) ? null : new MissingRight(Scope.All, Place.Tenant);
    }

    public async Task<ProviderChange> CreateAsync(Caller caller, IdentityProviderInput input, CancellationToken ct)
    {
        if (Lacks(caller) is { } missing) return new ProviderChange.Beyond(missing);
        var (mappings, check) = await ReadAsync(caller.Tenant, input, ct);
        var id = _ids.New<IdentityProviderId>();
        var row = new ProviderRow { TenantId = caller.Tenant, Id = id, Name = "", Issuer = input.Issuer, ClientId = "", Scopes = "", Mappings = "", Domains = "", CreatedAt = _clock.GetInstant() };
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            check.That(await db.Providers.CountAsync(ct) < Most, "", "tooMany", $"At most {Most}.");
            if (!check.Ok) return new ProviderChange.Wrong(check);
            Take(row, input, mappings);
            db.Add(row);
            await db.CommitAsync(ct);
        }
        return await DoneAsync(caller, row, "made", ct);
    }

    /// <param name="allows">Whether a revision may be changed.</param>
    /// <param name="wish">What it becomes of what it is.</param>
    public async Task<ProviderChange> ChangeAsync(Caller caller, string id, Func<long, bool> allows, Func<IdentityProviderInput, IdentityProviderInput> wish, CancellationToken ct)
    {
        if (await FindAsync(caller, id, ct) is not { } before) return new ProviderChange.Gone();
        if (!allows(before.Revision)) return new ProviderChange.Stale();
        if (Lacks(caller) is { } missing) return new ProviderChange.Beyond(missing);
        var input = wish(before.ToInput());
        var (mappings, check) = await ReadAsync(caller.Tenant, input, ct);
        check.That(input.Issuer == before.Issuer, "/issuer", "immutable", "Cannot change: people are known by its subjects. Set up another provider.");
        if (!check.Ok) return new ProviderChange.Wrong(check);
        ProviderRow? row;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            row = await FindAsync(db, id, ct);
            if (row is null) return new ProviderChange.Gone();
            if (row.Revision != before.Revision) return new ProviderChange.Stale();
            Take(row, input, mappings);
            db.LeaveUntold("sessions that came by a provider end when it is shut");
            try { await db.CommitAsync(token => row.Enabled ? Task.CompletedTask : db.SignIns.Where(signIn => signIn.Provider == row.Id).ExecuteDeleteAsync(token), ct); }
            catch (DbUpdateConcurrencyException) { return new ProviderChange.Stale(); }
        }
        return await DoneAsync(caller, row, "changed", ct);
    }

    /// <summary>With it go the links to its subjects, what its mappings gave, and the sessions that came by it.</summary>
    public async Task<ProviderChange> RemoveAsync(Caller caller, string id, Func<long, bool> allows, CancellationToken ct)
    {
        if (Lacks(caller) is { } missing) return await FindAsync(caller, id, ct) is null ? new ProviderChange.Gone() : new ProviderChange.Beyond(missing);
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (await FindAsync(db, id, ct) is not { } row) return new ProviderChange.Gone();
            if (!allows(row.Revision)) return new ProviderChange.Stale();
            var given = await db.Grants.Where(grant => grant.Provider == row.Id).ToListAsync(ct);
            if (given.Exists(grant => GrantRules.IsOwner([grant.Grant])))
            {
                db.Entry(await db.Tenants.SingleAsync(ct)).State = EntityState.Modified;
                if (!await PeopleDesk.OwnersBut(db, [.. given.Where(grant => GrantRules.IsOwner([grant.Grant])).Select(grant => grant.Holder)]).AnyAsync(ct)) return new ProviderChange.LastOwner();
            }
            db.RemoveRange(given);
            db.RemoveRange(await db.PersonLinks.Where(link => link.Provider == row.Id).ToListAsync(ct));
            db.Remove(row);
            db.LeaveUntold("sessions that came by a provider end with it");
            try { await db.CommitAsync(token => db.SignIns.Where(signIn => signIn.Provider == row.Id).ExecuteDeleteAsync(token), ct); }
            catch (DbUpdateConcurrencyException) { return new ProviderChange.Stale(); }
            _line.Forget(row.Id);
            Log.ProviderChanged(_log, caller.Actor, row.Id, "removed");
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new ProviderChange.Done(null);
    }

    /// <summary>Asks the provider, and says what is wrong with it. Null: the tenant has no such provider.</summary>
    public async Task<ProviderProbe?> ProbeAsync(Caller caller, string id, CancellationToken ct) => await FindAsync(caller, id, ct) is { } provider ? await _line.ProbeAsync(provider.Issuer, ct) : null;

    private async Task<ProviderChange> DoneAsync(Caller caller, ProviderRow row, string what, CancellationToken ct)
    {
        _line.Forget(row.Id);
        Log.ProviderChanged(_log, caller.Actor, row.Id, what);
        await _directory.ReloadAsync(CancellationToken.None);
        return new ProviderChange.Done(await OfAsync(row, ct));
    }

    private void Take(ProviderRow row, IdentityProviderInput input, IReadOnlyList<Mapping> mappings)
    {
        (row.Name, row.ClientId, row.RoleClaim, row.Mappings) = (input.Name.Trim(), input.ClientId, input.RoleClaim, MappingText.Write(mappings));
        (row.Scopes, row.Domains) = (string.Join(' ', (input.Scopes ?? ProviderRules.UsualScopes).Distinct()), string.Join(' ', input.Domains.Select(domain => domain.ToLowerInvariant()).Distinct()));
        (row.MakesPeople, row.Enabled, row.Required, row.TrustsSecondFactor) = (input.MakesPeople, input.Enabled, input.Required, input.TrustsSecondFactor);
        if (input.ClientSecret is { } secret) row.SealedSecret = _box.Seal(KnownProvider.SecretPurpose(row.Id), Encoding.UTF8.GetBytes(secret));
    }

    private async Task<(IReadOnlyList<Mapping> Mappings, Check Check)> ReadAsync(TenantId tenant, IdentityProviderInput input, CancellationToken ct)
    {
        const string First = "/grants/0";
        var check = ProviderRules.Examine(input);
        var mappings = new List<Mapping>();
        if (input.Mappings.Count > ProviderRules.MostMappings) return (mappings, check);
        for (var i = 0; i < input.Mappings.Count; i++)
        {
            var (mapping, one) = (input.Mappings[i], new Check());
            var grants = await _grants.ReadAsync(tenant, [new GrantInput { Role = mapping.Role, Where = mapping.Where, Ids = mapping.Ids }], one, ct);
            mappings.AddRange(grants.Select(grant => new Mapping(mapping.Value, grant)));
            foreach (var (pointer, error) in one.Errors)
                check.Fail($"/mappings/{i}" + (pointer.StartsWith(First, StringComparison.Ordinal) ? pointer[First.Length..] : "/ids"), error.Code, error.Detail);
        }
        return (mappings, check);
    }

    private async Task<RegisteredProvider> OfAsync(ProviderRow row, CancellationToken ct)
    {
        var mappings = new List<RoleMappingInput>();
        foreach (var value in MappingText.Read(row.Mappings).GroupBy(mapping => mapping.Value, mapping => mapping.Grant))
            foreach (var group in await _grants.ShowAsync(row.TenantId, [.. value], ct))
                mappings.Add(new RoleMappingInput
                {
                    Value = value.Key, Role = group.Role.Key, Where = GrantView.NameOf(group.Where), Ids = group.Where == PlaceKind.Tenant ? null : [.. group.Places.Select(place => place.Name)],
                });
        return new RegisteredProvider(
            row.Id, row.Name, row.Issuer, row.ClientId, row.SealedSecret is not null, row.Scopes.Split(' '), row.RoleClaim, mappings, row.Domains.Split(' '), row.MakesPeople, row.Enabled, row.Required,
            row.TrustsSecondFactor, row.CreatedAt, row.Revision);
    }

    private static async Task<ProviderRow?> FindAsync(IdentityDb db, string text, CancellationToken ct) =>
        TypedId.TryParse<IdentityProviderId>(text, out var id) ? await db.Providers.SingleOrDefaultAsync(row => row.Id == id, ct) : null;
}
