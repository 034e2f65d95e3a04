using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Identity;

/// <summary>A link that was just given. Its code is known here and never again.</summary>
/// <param name="Path">Below the server's address. The code stands behind the <c>#</c>, which no log has.</param>
/// <param name="IsInvitation">False: it sets a password anew.</param>
public sealed record PersonLink(InvitationId Id, string Email, string Path, bool IsInvitation, Instant ExpiresAt)
{
    /// <summary>Whoever it is for asked for it, or somebody who knows their address.</summary>
    internal bool IsOwn { get; init; }
}

/// <summary>Somebody who was invited and has not come in yet.</summary>
public sealed record Invitation(InvitationId Id, string Email, IReadOnlyList<Grant> Grants, string GivenBy, Instant CreatedAt, Instant ExpiresAt);

/// <summary>Links by which people come in, and by which they set a password anew: given, taken back, used once.</summary>
public sealed class InvitationDesk
{
    internal const string AcceptPath = "accept", PasswordPath = "password";
    private const string CodePurpose = "invitation-code";
    private const int CodeBytes = 24;

    internal static readonly Duration InvitationLasts = Duration.FromDays(7);
    internal static readonly Duration PasswordLasts = Duration.FromDays(1);
    internal static readonly Duration ForgottenLasts = Duration.FromHours(1);

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly GrantBook _grants;
    private readonly PeopleDesk _people;
    private readonly Passwords _passwords;
    private readonly KeyedHash _hash;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly ILogger<InvitationDesk> _log;

    internal InvitationDesk(
        RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, GrantBook grants, PeopleDesk people, Passwords passwords, KeyedHash hash, IdSource ids, TimeProvider clock, ILogger<InvitationDesk> log) =>
        (_rooms, _directory, _grants, _people, _passwords, _hash, _ids, _clock, _log) = (rooms, directory, grants, people, passwords, hash, ids, clock, log);

    /// <summary>Those that can still be used, by id.</summary>
    public async Task<IReadOnlyList<Invitation>> ListAsync(Caller caller, InvitationId? after, int count, CancellationToken ct)
    {
        var now = _clock.GetInstant();
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Invitations.AsNoTracking().Where(row => row.Holder == null && row.ExpiresAt > now);
        if (after is { } last) rows = rows.Where(row => row.Id.CompareTo(last) > 0);
        return (await rows.OrderBy(row => row.Id).Take(count).ToListAsync(ct)).ConvertAll(row => new Invitation(row.Id, row.Email, GrantText.Read(row.Grants), row.GivenBy, row.CreatedAt, row.ExpiresAt));
    }

    /// <summary>An earlier one for the same address is worth nothing then.</summary>
    public async Task<PeopleChange> InviteAsync(Caller caller, string email, IReadOnlyList<GrantInput> wanted, CancellationToken ct)
    {
        email = email.Trim();
        var check = new Check();
        check.That(OperatorDesk.IsAddress(email), "/email", "invalidValue", "Must be an e-mail address.");
        check.That(wanted.Count > 0, "/grants", "required", "Say what they may do, and where.");
        var grants = await _grants.ReadAsync(caller.Tenant, wanted, check, ct);
        if (!check.Ok) return new PeopleChange.Wrong(check);
        if (await _grants.LacksAsync(caller.Rights, caller.Tenant, grants, ct) is { } missing) return new PeopleChange.Beyond(missing);
        var folded = OperatorDesk.Fold(email);
        List<InvitationRow> earlier;
        await using (var looking = await _rooms.OpenAsync(caller.Rows, ct))
        {
            if (await looking.Operators.AnyAsync(row => row.EmailFolded == folded, ct))
            {
                check.Fail("/email", "emailTaken", "Somebody with this address is here already.");
                return new PeopleChange.Wrong(check);
            }
            earlier = await looking.Invitations.AsNoTracking().Where(row => row.EmailFolded == folded && row.Holder == null).ToListAsync(ct);
        }
        // It goes with this one, so it must be the caller's to take back.
        if (await _grants.LacksAsync(caller.Rights, caller.Tenant, earlier.SelectMany(row => GrantText.Read(row.Grants)), ct) is { } higher) return new PeopleChange.Beyond(higher);
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var link = await AddAsync(db, caller.Tenant, caller.Actor, email, null, grants, InvitationLasts, rows => rows.Where(row => row.EmailFolded == folded && row.Holder == null), ct);
        Log.Invited(_log, caller.Actor, link.Id);
        return new PeopleChange.Linked(link);
    }

    /// <summary>A link by which somebody who is here sets a password anew, which ends their sessions. The old one stays until then.</summary>
    public async Task<PeopleChange> NewPasswordAsync(Caller caller, string id, CancellationToken ct)
    {
        if (await _people.FindAsync(caller, id, ct) is not { } person) return new PeopleChange.Gone();
        // Who can set somebody's password can be them.
        if (await _people.LacksAsync(caller, person, ct) is { } missing) return new PeopleChange.Beyond(missing);
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var link = await AddAsync(db, caller.Tenant, caller.Actor, person.Email, person.Id, [], PasswordLasts, rows => rows.Where(row => row.Holder == person.Id), ct);
        Log.PersonChanged(_log, caller.Actor, person.Id, "a link for a new password");
        return new PeopleChange.Linked(link);
    }

    /// <summary>A link for somebody who forgot their password, or whose address somebody knows: it ends nothing until it is used. One that somebody else gave them stays beside it.</summary>
    internal async Task<PersonLink> ForgottenAsync(KnownOperator known, string source, CancellationToken ct)
    {
        var himself = known.Id.ToString();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(Author.Unknown(AuditWay.Console, source)), ct);
        var link = await AddAsync(db, known.Tenant, himself, known.Email, known.Id, [], ForgottenLasts, rows => rows.Where(row => row.Holder == known.Id && row.GivenBy == himself), ct);
        Log.PasswordForgotten(_log, known.Id, source);
        return link with { IsOwn = true };
    }

    /// <summary>Takes an invitation back, which asks for what giving it did.</summary>
    public async Task<PeopleChange> RevokeAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<InvitationId>(id, out var known)) return new PeopleChange.Gone();
        InvitationRow? link;
        await using (var looking = await _rooms.OpenAsync(caller.Rows, ct)) link = await looking.Invitations.AsNoTracking().SingleOrDefaultAsync(row => row.Id == known && row.Holder == null, ct);
        if (link is null) return new PeopleChange.Gone();
        if (await _grants.LacksAsync(caller.Rights, caller.Tenant, GrantText.Read(link.Grants), ct) is { } missing) return new PeopleChange.Beyond(missing);
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        db.Tell(new AuditFact("invitation", known.ToString(), "revoked") { Name = Masked.Person(link.Email) });
        await db.CommitAsync(token => db.Invitations.Where(row => row.Id == known).ExecuteDeleteAsync(token), ct);
        return new PeopleChange.Done(null);
    }

    /// <summary>Makes the invited an operator.</summary>
    internal async Task<Entry> AcceptAsync(string code, string name, string password, string source, CancellationToken ct)
    {
        // The code first: nobody else makes the server hash a password.
        if (await FindAsync(code, isInvitation: true, ct) is not { } link) return new Entry.Refused();
        var grants = GrantText.Read(link.Grants);
        if (!await MayStillAsync(link, grants, ct)) return new Entry.Refused();
        var check = new Check();
        check.Text(name, "/name", 200);
        await _passwords.ExamineAsync(password, link.Email, "/password", check, ct);
        if (!check.Ok) return new Entry.Wrong(check);
        if (await _passwords.HashAsync(link.EmailFolded, password, ct) is not { } hash) return new Entry.Busy();
        var now = _clock.GetInstant();
        var row = new OperatorRow
        {
            TenantId = link.TenantId, Id = _ids.New<OperatorId>(), Email = link.Email, EmailFolded = link.EmailFolded, Name = name.Trim(), PasswordHash = hash,
            SecurityStamp = OperatorDesk.NewStamp(), CreatedAt = now, LastSignInAt = now,
        };
        await using var db = await _rooms.OpenAsync(TenantScope.Of(link.TenantId).By(new Author(row.Id.ToString(), AuditWay.Console, source)), ct);
        db.Add(row);
        db.LeaveUntold("the link is used up");
        foreach (var grant in grants) db.Add(GrantRow.Of(link.TenantId, row.Id, grant));
        try { await db.CommitAsync(token => UseAsync(db, link, token), ct); }
        catch (DbUpdateConcurrencyException) { return new Entry.Refused(); }
        catch (DbUpdateException error) when (error.IsDuplicateKey())
        {
            check.Fail("/email", "emailTaken", "There is an account with this address already.");
            return new Entry.Wrong(check);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        Log.InvitationAccepted(_log, row.Id, link.Id, source);
        return new Entry.Granted(row.TenantId, row.Id, row.SecurityStamp);
    }

    /// <summary>Sets a password anew; all sessions of the operator end.</summary>
    internal async Task<Entry> SetPasswordAsync(string code, string password, string source, CancellationToken ct)
    {
        if (await FindAsync(code, isInvitation: false, ct) is not { Holder: { } holder } link) return new Entry.Refused();
        OperatorRow? before;
        List<GrantRow> grants;
        await using (var looking = await _rooms.OpenAsync(TenantScope.Of(link.TenantId), ct))
        {
            before = await looking.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.Id == holder, ct);
            grants = await looking.Grants.AsNoTracking().Where(row => row.Holder == holder).ToListAsync(ct);
        }
        if (before is not { DisabledAt: null } || !await MayStillAsync(link, grants.ConvertAll(row => row.Grant), ct)) return new Entry.Refused();
        var check = new Check();
        await _passwords.ExamineAsync(password, before.Email, "/password", check, ct);
        if (!check.Ok) return new Entry.Wrong(check);
        if (await _passwords.HashAsync(before.EmailFolded, password, ct) is not { } hash) return new Entry.Busy();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(link.TenantId).By(new Author(holder.ToString(), AuditWay.Console, source)), ct);
        if (await db.Operators.SingleOrDefaultAsync(row => row.Id == holder && row.DisabledAt == null, ct) is not { } row) return new Entry.Refused();
        (row.PasswordHash, row.SecurityStamp, row.LastSignInAt) = (hash, OperatorDesk.NewStamp(), _clock.GetInstant());
        db.TellAs("passwordChanged", row);
        db.LeaveUntold("the link is used up, and the sessions end with the old password");
        try
        {
            await db.CommitAsync(async token =>
            {
                await UseAsync(db, link, token);
                await db.SignIns.Where(signIn => signIn.Holder == holder).ExecuteDeleteAsync(token);
            }, ct);
        }
        catch (DbUpdateConcurrencyException) { return new Entry.Refused(); }
        await _directory.ReloadAsync(CancellationToken.None);
        Log.InvitationAccepted(_log, row.Id, link.Id, source);
        return new Entry.Granted(row.TenantId, row.Id, row.SecurityStamp);
    }

    private async Task<PersonLink> AddAsync(
        IdentityDb db, TenantId tenant, string givenBy, string email, OperatorId? holder, IReadOnlyList<Grant> grants, Duration lasts, Func<IQueryable<InvitationRow>, IQueryable<InvitationRow>> earlier, CancellationToken ct)
    {
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(CodeBytes));
        var now = _clock.GetInstant();
        var row = new InvitationRow
        {
            TenantId = tenant, Id = _ids.New<InvitationId>(), CodeHash = HashOf(code), Email = email, EmailFolded = OperatorDesk.Fold(email), Holder = holder,
            Grants = GrantText.Write(grants), GivenBy = givenBy, CreatedAt = now, ExpiresAt = now + lasts,
        };
        db.Add(row);
        db.LeaveUntold("an earlier link to the same is replaced by this one");
        await db.CommitAsync(token => earlier(db.Invitations).ExecuteDeleteAsync(token), ct);
        return new PersonLink(row.Id, email, (holder is null ? AcceptPath : PasswordPath) + "#" + code, holder is null, row.ExpiresAt);
    }

    private byte[] HashOf(string code) => _hash.Hash(CodePurpose, Encoding.UTF8.GetBytes(code));

    // Before anyone is known there is no tenant to look in.
    private async Task<InvitationRow?> FindAsync(string code, bool isInvitation, CancellationToken ct)
    {
        var (hash, now) = (HashOf(code), _clock.GetInstant());
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        return await db.Invitations.AsNoTracking().SingleOrDefaultAsync(row => row.CodeHash == hash && row.ExpiresAt > now && row.Holder == null == isInvitation, ct);
    }

    /// <summary>A link lives no longer than the right of who gave it.</summary>
    private async Task<bool> MayStillAsync(InvitationRow link, IReadOnlyList<Grant> grants, CancellationToken ct)
    {
        // Their own, by their own mailbox; who must sign on elsewhere since has no use for it.
        if (link.Holder is { } holder && link.GivenBy == holder.ToString()) return _directory.Find(holder) is { } himself && !_directory.MustSignOn(himself);
        var giver = TypedId.TryParse<OperatorId>(link.GivenBy, out var person) ? _directory.Find(person) is { } known ? (known.Tenant, known.Rights) : ((TenantId Tenant, Rights Rights)?)null
            : TypedId.TryParse<ApiClientId>(link.GivenBy, out var client) && _directory.FindClient(client) is { } program ? (program.Tenant, program.Rights)
            : null;
        if (giver is not { } still || !_directory.IsAtOrBelow(link.TenantId, still.Tenant)) return false;
        // Also while they had broken its glass: whoever came in that way invites nobody for afterwards.
        var rights = _directory.RightsIn(still.Tenant, still.Rights, person: null, link.TenantId);
        return rights.Within(Scope.PeopleWrite).IsWhole && await _grants.LacksAsync(rights, link.TenantId, grants, ct) is null;
    }

    /// <exception cref="DbUpdateConcurrencyException">It was used meanwhile.</exception>
    private static async Task UseAsync(IdentityDb db, InvitationRow link, CancellationToken ct)
    {
        if (await db.Invitations.Where(row => row.Id == link.Id).ExecuteDeleteAsync(ct) == 0) throw new DbUpdateConcurrencyException("The link was used meanwhile.");
    }
}
