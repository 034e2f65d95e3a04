using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Identity.SignOn;

/// <summary>Why somebody whom a provider knows does not come in.</summary>
internal enum SignOnRefusal
{
    /// <summary>The account is shut.</summary>
    Disabled,

    /// <summary>The provider does not say that the address is theirs.</summary>
    Unverified,

    /// <summary>The address is of a domain that it may not speak of.</summary>
    ForeignDomain,

    /// <summary>There is no account, and none is made; or there is one that is not theirs to have: of another tenant, or of another subject.</summary>
    Unknown,

    /// <summary>Nothing is left, or given, that they may do.</summary>
    NoRole,

    /// <summary>The same answer came before.</summary>
    Replayed,
}

/// <summary>What came of a single sign-on whose token was good.</summary>
internal abstract record SignOnOutcome
{
    public sealed record Granted(Entry.Granted Entry) : SignOnOutcome;
    public sealed record Refused(SignOnRefusal Why) : SignOnOutcome;
}

/// <summary>Finds, links or makes the person that a token speaks of, and gives them what its roles are mapped to: no more, and no longer.</summary>
internal sealed class SignOnDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, Passwords passwords, IdSource ids, TimeProvider clock, ILogger<SignOnDesk> log)
{
    private const int LongestName = 200;

    /// <param name="begun">What the browser carried: good once.</param>
    public async Task<SignOnOutcome> EnterAsync(KnownProvider provider, IdToken token, DoorCookie.Content begun, string source, CancellationToken ct)
    {
        var (person, isLinked, refusal) = await FindAsync(provider, token, ct);
        if (refusal is { } why) return new SignOnOutcome.Refused(why);
        if (person is { DisabledAt: not null }) return new SignOnOutcome.Refused(SignOnRefusal.Disabled);
        var mapped = provider.GrantsOf(token.Roles);
        if (person is null && mapped.Count == 0) return new SignOnOutcome.Refused(SignOnRefusal.NoRole);

        var (isNew, now, isChanged) = (person is null, clock.GetInstant(), !isLinked);
        person ??= NewPerson(provider, token, now);
        await using var db = await rooms.OpenAsync(TenantScope.Of(provider.Tenant).By(new Author(person.Id.ToString(), AuditWay.Console, source)), ct);
        db.Add(new UsedChallengeRow { TenantId = provider.Tenant, Id = begun.Id, Until = Instant.FromDateTimeOffset(begun.Until) });
        if (isNew) db.Add(person);
        if (!isLinked)
        {
            db.Add(new PersonLinkRow { TenantId = provider.Tenant, Provider = provider.Id, Subject = token.Subject, Holder = person.Id, LinkedAt = now });
            db.Tell(new AuditFact("operator", person.Id.ToString(), "linked") { Name = Masked.Person(person.Email), After = [new("provider", provider.Name), new("issuer", provider.Issuer), new("subject", Masked.Person(token.Subject))] });
        }
        var held = isNew ? [] : await db.Grants.Where(grant => grant.Holder == person.Id).ToListAsync(ct);
        // What somebody gave by hand stays theirs, also where the mapping gives the same.
        var gained = mapped.Except(held.Select(row => row.Grant)).Select(grant => GrantRow.Of(provider.Tenant, person.Id, grant, provider.Id)).ToList();
        var lost = held.Where(row => row.Provider == provider.Id && !mapped.Contains(row.Grant)).ToList();
        if (lost.Find(row => GrantRules.IsOwner([row.Grant])) is { } owned && !await IsAnotherOwnerAsync(db, person.Id, ct))
        {
            Log.OwnerKept(log, person.Id, provider.Id);
            lost.Remove(owned);
        }
        db.AddRange(gained);
        db.RemoveRange(lost);
        if (!isNew && gained.Concat(lost).FirstOrDefault() is { } one) db.TellAs("rolesMapped", one, new KeyValuePair<string, object?>("provider", provider.Name));
        isChanged |= gained.Count + lost.Count > 0;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey()) { return new SignOnOutcome.Refused(SignOnRefusal.Replayed); }
        if (isChanged) await directory.ReloadAsync(CancellationToken.None);
        return held.Count + gained.Count - lost.Count == 0
            ? new SignOnOutcome.Refused(SignOnRefusal.NoRole)
            : new SignOnOutcome.Granted(new Entry.Granted(provider.Tenant, person.Id, person.SecurityStamp) { Provider = provider.Id });
    }

    /// <summary>Ends the sessions that the subject began by this provider; of others, by a password or another provider, it knows nothing.</summary>
    /// <returns>How many; null: the token came before.</returns>
    public async Task<int?> LogOutAsync(KnownProvider provider, LogoutToken token, string source, CancellationToken ct)
    {
        var ended = 0;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(provider.Tenant).By(Author.System("singleSignOn") with { Source = source }), ct))
        {
            var link = await db.PersonLinks.AsNoTracking().SingleOrDefaultAsync(row => row.Provider == provider.Id && row.Subject == token.Subject, ct);
            var theirs = link is null ? null : db.SignIns.Where(row => row.Holder == link.Holder && row.Provider == provider.Id);
            db.Add(new UsedChallengeRow { TenantId = provider.Tenant, Id = token.Id, Until = token.Until });
            if (theirs is not null && await theirs.AnyAsync(ct))
                db.Tell(new AuditFact("operator", link!.Holder.ToString(), "signedOut") { Name = directory.Find(link.Holder) is { } known ? Masked.Person(known.Email) : null, After = [new("provider", provider.Name)] });
            else theirs = null;
            try
            {
                if (theirs is null) await db.CommitAsync(ct);
                else await db.CommitAsync(async during => ended = await theirs.ExecuteDeleteAsync(during), ct);
            }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { return null; }
        }
        if (ended > 0) await directory.ReloadAsync(CancellationToken.None);
        return ended;
    }

    /// <summary>By the subject; by the address only where the provider vouches for it and may speak of it, and nobody else of the provider has the account.</summary>
    private async Task<(OperatorRow? Person, bool IsLinked, SignOnRefusal? Refusal)> FindAsync(KnownProvider provider, IdToken token, CancellationToken ct)
    {
        await using (var looking = await rooms.OpenAsync(TenantScope.Of(provider.Tenant), ct))
        {
            if (await looking.PersonLinks.AsNoTracking().SingleOrDefaultAsync(row => row.Provider == provider.Id && row.Subject == token.Subject, ct) is { } link)
                return await looking.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.Id == link.Holder, ct) is { } known ? (known, true, null) : (null, false, SignOnRefusal.Unknown);
        }
        if (token.Email is not { } email || !OperatorDesk.IsAddress(email) || !token.IsEmailVerified) return (null, false, SignOnRefusal.Unverified);
        if (!provider.HasDomainOf(email)) return (null, false, SignOnRefusal.ForeignDomain);
        var folded = OperatorDesk.Fold(email);
        // An address is one account of the installation: whose it is must be known before one is made.
        OperatorRow? person;
        await using (var all = await rooms.OpenAsync(TenantScope.System, ct)) person = await all.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.EmailFolded == folded, ct);
        if (person is null) return provider.MakesPeople ? (null, false, null) : (null, false, SignOnRefusal.Unknown);
        if (person.TenantId != provider.Tenant) return (null, false, SignOnRefusal.Unknown);
        // An address that was given to somebody else brings no account with it.
        await using var links = await rooms.OpenAsync(TenantScope.Of(provider.Tenant), ct);
        return await links.PersonLinks.AnyAsync(row => row.Provider == provider.Id && row.Holder == person.Id, ct) ? (null, false, SignOnRefusal.Unknown) : (person, false, null);
    }

    private OperatorRow NewPerson(KnownProvider provider, IdToken token, Instant now) => new()
    {
        TenantId = provider.Tenant, Id = ids.New<OperatorId>(), Email = token.Email!.Trim(), EmailFolded = OperatorDesk.Fold(token.Email), PasswordHash = passwords.Nobodys,
        Name = string.IsNullOrWhiteSpace(token.Name) || token.Name.Any(char.IsControl) ? null : token.Name.Trim() is { Length: > LongestName } longer ? longer[..LongestName] : token.Name.Trim(),
        SecurityStamp = OperatorDesk.NewStamp(), CreatedAt = now, LastSignInAt = now,
    };

    private static async Task<bool> IsAnotherOwnerAsync(IdentityDb db, OperatorId but, CancellationToken ct)
    {
        // As where people are changed: of two owners who go at one moment, one fails.
        db.Entry(await db.Tenants.SingleAsync(ct)).State = EntityState.Modified;
        return await PeopleDesk.OwnersBut(db, [but]).AnyAsync(ct);
    }
}
