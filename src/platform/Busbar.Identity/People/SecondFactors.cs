using System.Buffers.Binary;
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

/// <summary>What a code was.</summary>
internal enum CodeVerdict
{
    Wrong,
    Authenticator,
    Recovery,
}

/// <summary>
/// What an operator has beside the password: an authenticator app and recovery codes, set up, used and taken away (passkeys come in by <see cref="Passkeys"/>). Who changes it has proved who they are
/// a moment ago: a session that somebody else found open is not enough.
/// </summary>
public sealed class SecondFactors
{
    private const string CodePurpose = "recovery-code";
    private const int Codes = 10;

    // 80 bits, in letters and digits that are not taken for one another.
    private const int CodeLength = 16, CodeGroup = 4;
    private const string Alphabet = "abcdefghjkmnpqrstuvwxyz023456789";

    private static readonly Duration ConfirmationLasts = Duration.FromMinutes(10);

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly PeopleDesk _people;
    private readonly Passwords _passwords;
    private readonly SignInThrottle _throttle;
    private readonly KeyedHash _hash;
    private readonly SealedBox _box;
    private readonly TimeProvider _clock;
    private readonly AccountMail _mails;
    private readonly ILogger<SecondFactors> _log;

    internal SecondFactors(
        RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, PeopleDesk people, Passwords passwords, SignInThrottle throttle, KeyedHash hash, SealedBox box, AccountMail mails, TimeProvider clock, ILogger<SecondFactors> log) =>
        (_rooms, _directory, _people, _passwords, _throttle, _hash, _box, _mails, _clock, _log) = (rooms, directory, people, passwords, throttle, hash, box, mails, clock, log);

    /// <summary>Of an operator of the caller's own tenant, or of one that they look at.</summary>
    public async Task<FactorsView> FindAsync(TenantId tenant, OperatorId holder, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var app = await db.Authenticators.AsNoTracking().SingleOrDefaultAsync(row => row.Holder == holder, ct);
        var codes = await db.RecoveryCodes.CountAsync(row => row.Holder == holder, ct);
        var passkeys = await db.Passkeys.AsNoTracking().Where(row => row.Holder == holder).OrderBy(row => row.Id).ToListAsync(ct);
        return new FactorsView(app?.CreatedAt, codes, passkeys.ConvertAll(Passkeys.Of));
    }

    /// <summary>The session's operator has proved who they are within ten minutes.</summary>
    public async Task<bool> IsConfirmedAsync(TenantId tenant, SignInId signIn, CancellationToken ct)
    {
        var since = _clock.GetInstant() - ConfirmationLasts;
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.SignIns.AnyAsync(row => row.Id == signIn && row.ConfirmedAt > since, ct);
    }

    /// <summary>By the password, once more.</summary>
    public async Task<FactorChange> ConfirmAsync(Caller caller, SignInId signIn, string password, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known) return new FactorChange.Gone();
        // The session is known, so nobody else's tries count here.
        if (_throttle.Account(caller.Source ?? "", id.ToString(), known: true) is { Ticks: > 0 } wait) return new FactorChange.TooOften(wait);
        OperatorRow row;
        await using (var looking = await _rooms.OpenAsync(TenantScope.Of(known.Tenant), ct)) row = await looking.Operators.AsNoTracking().SingleAsync(other => other.Id == id, ct);
        switch (await _passwords.VerifyAsync(row.EmailFolded, row.PasswordHash, password, ct))
        {
            case PasswordVerdict.Busy: return new FactorChange.Busy();
            case PasswordVerdict.Wrong: return new FactorChange.WrongPassword();
        }
        var now = _clock.GetInstant();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        db.LeaveUntold("what is done with it is told");
        await db.CommitAsync(token => db.SignIns.Where(other => other.Id == signIn && other.Holder == id).ExecuteUpdateAsync(set => set.SetProperty(other => other.ConfirmedAt, now), token), ct);
        return new FactorChange.Done([]);
    }

    /// <summary>The beginning of <see cref="TurnOnAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">A program calls.</exception>
    public AuthenticatorDraft Draft(Caller caller)
    {
        var known = caller.Operator is { } id ? _directory.Find(id) : null;
        if (known is null) throw new InvalidOperationException("Only an operator has an authenticator.");
        var secret = RandomNumberGenerator.GetBytes(Totp.SecretBytes);
        var draft = new byte[sizeof(long) + secret.Length];
        BinaryPrimitives.WriteInt64BigEndian(draft, (_clock.GetInstant() + ConfirmationLasts).ToUnixTimeMilliseconds());
        secret.CopyTo(draft.AsSpan(sizeof(long)));
        return Of(known, secret, Base64Url.EncodeToString(_box.Seal(DraftPurpose(known.Id), draft)));
    }

    /// <summary>The same once more, for who mistyped the code. Null: it is too old, or was begun by somebody else.</summary>
    internal AuthenticatorDraft? Reopen(Caller caller, string draft) =>
        caller.Operator is { } id && _directory.Find(id) is { } known && Open(id, draft) is { } secret ? Of(known, secret, draft) : null;

    private static AuthenticatorDraft Of(KnownOperator known, byte[] secret, string draft) => new(Totp.Base32(secret), Totp.UriOf(secret, "Busbar", known.Email), draft);

    /// <summary>Turns the app on that was drafted, once a code of it proves that it works.</summary>
    public async Task<FactorChange> TurnOnAsync(Caller caller, SignInId signIn, string draft, string code, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known) return new FactorChange.Gone();
        if (!await IsConfirmedAsync(known.Tenant, signIn, ct)) return new FactorChange.Unconfirmed();
        if (_throttle.Code(caller.Source ?? "", id, known: true) is { Ticks: > 0 } wait) return new FactorChange.TooOften(wait);
        if (Open(known.Id, draft) is not { } secret) return new FactorChange.Stale();
        if (Totp.Match(secret, Bare(code), _clock.GetInstant(), last: -1) is not { } step) return new FactorChange.WrongCode();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        if (await db.Authenticators.AnyAsync(row => row.Holder == id, ct)) return new FactorChange.Already();
        db.Add(new AuthenticatorRow { TenantId = known.Tenant, Holder = id, SealedSecret = _box.Seal(SecretPurpose(id), secret), LastStep = step, CreatedAt = _clock.GetInstant() });
        var codes = await IssueFirstAsync(db, known, ct);
        db.Tell(Fact(known, "authenticatorAdded") with { After = [new("recoveryCodesMade", codes.Count)] });
        try { await db.CommitAsync(token => ProveAsync(db, signIn, token), ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new FactorChange.Already(); }
        await _directory.ReloadAsync(CancellationToken.None);
        Log.FactorChanged(_log, caller.Actor, id, "an authenticator app was added");
        _mails.Tell(id, AccountEvent.AuthenticatorAdded, caller.Source);
        return new FactorChange.Done(codes);
    }

    /// <summary>Recovery codes go with the last second factor.</summary>
    public async Task<FactorChange> TurnOffAsync(Caller caller, SignInId signIn, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known) return new FactorChange.Gone();
        if (!await IsConfirmedAsync(known.Tenant, signIn, ct)) return new FactorChange.Unconfirmed();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        if (await db.Authenticators.SingleOrDefaultAsync(row => row.Holder == id, ct) is not { } app) return new FactorChange.Gone();
        db.Remove(app);
        if (!await db.Passkeys.AnyAsync(row => row.Holder == id, ct)) db.RemoveRange(await db.RecoveryCodes.Where(row => row.Holder == id).ToListAsync(ct));
        db.Tell(Fact(known, "authenticatorRemoved"));
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new FactorChange.Gone(); }
        Log.FactorChanged(_log, caller.Actor, id, "the authenticator app was removed");
        _mails.Tell(id, AccountEvent.AuthenticatorRemoved, caller.Source);
        return new FactorChange.Done([]);
    }

    /// <summary>Ten new ones; those before are worth nothing then.</summary>
    public async Task<FactorChange> RenewCodesAsync(Caller caller, SignInId signIn, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known) return new FactorChange.Gone();
        if (!await IsConfirmedAsync(known.Tenant, signIn, ct)) return new FactorChange.Unconfirmed();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        if (!await AnyAsync(db, id, ct)) return new FactorChange.Gone();
        db.RemoveRange(await db.RecoveryCodes.Where(row => row.Holder == id).ToListAsync(ct));
        var codes = Issue(db, known);
        db.Tell(Fact(known, "recoveryCodesMade"));
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new FactorChange.Stale(); }
        Log.FactorChanged(_log, caller.Actor, id, "new recovery codes");
        _mails.Tell(id, AccountEvent.RecoveryCodesMade, caller.Source);
        return new FactorChange.Done(codes);
    }

    /// <summary>Takes away all that somebody has beside the password, for who lost it: as giving them a new password, and with the same rights. One's own go by the profile.</summary>
    public async Task<PeopleChange> ResetAsync(Caller caller, string id, CancellationToken ct)
    {
        if (await _people.FindAsync(caller, id, ct) is not { } person) return new PeopleChange.Gone();
        if (await _people.LacksAsync(caller, person, ct) is { } missing) return new PeopleChange.Beyond(missing);
        if (person.Id == caller.Operator)
        {
            var check = new Check();
            check.Fail("/id", "ownAccount", "One's own second factors are changed in the profile, which asks for the password.");
            return new PeopleChange.Wrong(check);
        }
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            await RemoveAllAsync(db, person.Id, ct);
            if (!db.ChangeTracker.HasChanges()) return new PeopleChange.Done(person);
            db.Tell(new AuditFact("operator", person.Id.ToString(), "secondFactorsReset") { Name = Masked.Person(person.Email) });
            await db.CommitAsync(ct);
        }
        Log.PersonChanged(_log, caller.Actor, person.Id, "second factors taken away");
        _mails.Tell(person.Id, AccountEvent.SecondFactorsReset, null);
        return new PeopleChange.Done(person);
    }

    /// <summary>Who has just used a second factor has used one in this session.</summary>
    internal static Task ProveAsync(IdentityDb db, SignInId signIn, CancellationToken ct) =>
        db.SignIns.Where(row => row.Id == signIn).ExecuteUpdateAsync(set => set.SetProperty(row => row.HadSecondFactor, true), ct);

    internal static async Task RemoveAllAsync(IdentityDb db, OperatorId holder, CancellationToken ct)
    {
        db.RemoveRange(await db.Authenticators.Where(row => row.Holder == holder).ToListAsync(ct));
        db.RemoveRange(await db.RecoveryCodes.Where(row => row.Holder == holder).ToListAsync(ct));
        db.RemoveRange(await db.Passkeys.Where(row => row.Holder == holder).ToListAsync(ct));
    }

    internal static Task<bool> AnyAsync(IdentityDb db, OperatorId holder, CancellationToken ct) =>
        db.Operators.Where(row => row.Id == holder && (db.Authenticators.Any(app => app.Holder == holder) || db.Passkeys.Any(passkey => passkey.Holder == holder))).AnyAsync(ct);

    /// <summary>Judges a code after the right password, and uses it up.</summary>
    internal async Task<CodeVerdict> UseAsync(KnownOperator known, string text, string source, CancellationToken ct)
    {
        var code = Bare(text);
        return code.Length == Totp.Digits && code.All(char.IsAsciiDigit)
            ? await UseStepAsync(known, code, source, ct) ? CodeVerdict.Authenticator : CodeVerdict.Wrong
            : await UseRecoveryAsync(known, code, source, ct) ? CodeVerdict.Recovery : CodeVerdict.Wrong;
    }

    private async Task<bool> UseStepAsync(KnownOperator known, string code, string source, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(Himself(known, source)), ct);
        if (await db.Authenticators.AsNoTracking().SingleOrDefaultAsync(row => row.Holder == known.Id, ct) is not { } app) return false;
        if (Totp.Match(_box.Open(SecretPurpose(known.Id), app.SealedSecret), code, _clock.GetInstant(), app.LastStep) is not { } step) return false;
        db.LeaveUntold("the sign-in is told, with the way it was proved");
        var used = 0;
        // Of two who send one code at one moment, one moves the step.
        await db.CommitAsync(async token => used = await db.Authenticators.Where(row => row.Holder == known.Id && row.LastStep < step).ExecuteUpdateAsync(set => set.SetProperty(row => row.LastStep, step), token), ct);
        return used == 1;
    }

    private async Task<bool> UseRecoveryAsync(KnownOperator known, string code, string source, CancellationToken ct)
    {
        var hash = HashOf(known.Id, code);
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(Himself(known, source)), ct);
        var left = await db.RecoveryCodes.Where(row => row.Holder == known.Id).ToListAsync(ct);
        if (left.FirstOrDefault(row => row.CodeHash.AsSpan().SequenceEqual(hash)) is not { } used) return false;
        db.Remove(used);
        db.Tell(Fact(known, "recoveryCodeUsed") with { After = [new("left", left.Count - 1)] });
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return false; }   // another request used it
        return true;
    }

    /// <summary>With the first second factor there is a way back in without it; none are made where some are left.</summary>
    internal async Task<IReadOnlyList<string>> IssueFirstAsync(IdentityDb db, KnownOperator known, CancellationToken ct) =>
        await db.RecoveryCodes.AnyAsync(row => row.Holder == known.Id, ct) ? [] : Issue(db, known);

    private List<string> Issue(IdentityDb db, KnownOperator known)
    {
        var codes = Enumerable.Range(0, Codes).Select(_ => RandomNumberGenerator.GetString(Alphabet, CodeLength)).ToList();
        db.AddRange(codes.Select(code => new RecoveryCodeRow { TenantId = known.Tenant, Holder = known.Id, CodeHash = HashOf(known.Id, code) }));
        return codes.ConvertAll(code => string.Join('-', code.Chunk(CodeGroup).Select(group => new string(group))));
    }

    private byte[]? Open(OperatorId id, string draft)
    {
        try
        {
            var opened = _box.Open(DraftPurpose(id), Base64Url.DecodeFromChars(draft));
            return BinaryPrimitives.ReadInt64BigEndian(opened) > _clock.GetInstant().ToUnixTimeMilliseconds() ? opened[sizeof(long)..] : null;
        }
        catch (Exception error) when (error is CryptographicException or FormatException) { return null; }
    }

    // The holder is part of the keys: a row that is put under another operator opens nothing.
    internal static string SecretPurpose(OperatorId id) => $"authenticator:{id}";
    private static string DraftPurpose(OperatorId id) => $"authenticator-draft:{id}";
    private byte[] HashOf(OperatorId id, string code) => _hash.Hash(CodePurpose, Encoding.UTF8.GetBytes($"{id} {code}"));

    /// <summary>As it was meant: people type codes in groups, and in capitals.</summary>
    private static string Bare(string code) => string.Concat(code.Where(c => !char.IsWhiteSpace(c) && c != '-')).ToLowerInvariant();

    internal static AuditFact Fact(KnownOperator known, string verb) => new("operator", known.Id.ToString(), verb) { Name = Masked.Person(known.Email) };
    internal static Author Himself(KnownOperator known, string source) => new(known.Id.ToString(), AuditWay.Console, source);
}
