using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Busbar.Identity;

/// <summary>
/// Passkeys (WebAuthn): added, removed, and signed in with, without an address being typed. The authenticator verifies its user (a finger, a PIN), so one stands for both factors. What the browser answers
/// is judged by ASP.NET Core Identity's handler; here is what belongs to it: a challenge is good once, in the browser that it was given to, for five minutes.
/// </summary>
public sealed class Passkeys : IDisposable
{
    private const string Adding = "passkey-add", Entering = "passkey";
    private const int LongestName = 80, Most = 20, LongestAnswer = 16_384;
    private static readonly TimeSpan Timeout = DoorCookie.Lasts;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly SecondFactors _factors;
    private readonly DoorCookie _cookies;
    private readonly PasskeyOptions _options;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly AccountMail _mails;
    private readonly ILogger<Passkeys> _log;
    private readonly UserManager<KnownOperator> _manager;
    private readonly PasskeyHandler<KnownOperator> _handler;
    private readonly string[] _origins;

    internal Passkeys(
        RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, SecondFactors factors, DoorCookie cookies, IOptions<PasskeyOptions> options, AccountMail mails, IdSource ids, TimeProvider clock, ILogger<Passkeys> log)
    {
        (_rooms, _directory, _factors, _cookies, _options, _mails, _ids, _clock, _log) = (rooms, directory, factors, cookies, options.Value, mails, ids, clock, log);
        _origins = (_options.Origins ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // The handler needs a manager to reach the store, and nothing else of it.
        _manager = new UserManager<KnownOperator>(new PasskeyStore(rooms, directory), null!, null!, [], [], null!, new IdentityErrorDescriber(), null!, NullLogger<UserManager<KnownOperator>>.Instance);
        _handler = new PasskeyHandler<KnownOperator>(_manager, Options.Create(new IdentityPasskeyOptions
        {
            ServerDomain = _options.Domain, UserVerificationRequirement = "required", ResidentKeyRequirement = "required", AttestationConveyancePreference = "none", AuthenticatorTimeout = Timeout,
            ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && IsOwn(context.HttpContext.Request, context.Origin)),
        }));
    }

    /// <summary>What <c>navigator.credentials.create</c> is asked for: JSON.</summary>
    internal async Task<string> BeginAddingAsync(HttpContext http, KnownOperator known)
    {
        var made = await _handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = known.Id.ToString(), Name = known.Email, DisplayName = known.Name ?? known.Email }, http);
        _cookies.Set(http, Adding, made.AttestationState!);
        return made.CreationOptionsJson;
    }

    /// <param name="answer">The credential that the browser made, as JSON.</param>
    internal async Task<FactorChange> AddAsync(HttpContext http, Caller caller, SignInId signIn, string name, string answer, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known) return new FactorChange.Gone();
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName) return new FactorChange.WrongName();
        if (answer.Length > LongestAnswer) return new FactorChange.WrongPasskey();
        if (!await _factors.IsConfirmedAsync(known.Tenant, signIn, ct)) return new FactorChange.Unconfirmed();
        if (_cookies.Find(http, Adding) is not { } begun) return new FactorChange.Stale();
        var judged = await _handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = http, CredentialJson = answer, AttestationState = begun.Value });
        // The challenge was given to this operator: a browser may have changed hands meanwhile.
        if (!judged.Succeeded || judged.UserEntity.Id != id.ToString())
        {
            Log.PasskeyRefused(_log, known.Id.ToString(), judged.Failure?.Message ?? "begun by somebody else");
            return new FactorChange.WrongPasskey();
        }
        var info = judged.Passkey;
        var row = new PasskeyRow
        {
            TenantId = known.Tenant, Id = _ids.New<PasskeyId>(), Holder = id, Name = name.Trim(), Domain = _options.Domain ?? http.Request.Host.Host, CredentialId = info.CredentialId, PublicKey = info.PublicKey,
            SignCount = info.SignCount, Transports = string.Join(' ', info.Transports ?? []), BackupEligible = info.IsBackupEligible, BackedUp = info.IsBackedUp, CreatedAt = _clock.GetInstant(),
        };
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        if (await db.Passkeys.CountAsync(other => other.Holder == id, ct) >= Most) return new FactorChange.TooMany();
        db.Add(row);
        db.Add(Used(known, begun));
        var codes = await _factors.IssueFirstAsync(db, known, ct);
        db.Tell(SecondFactors.Fact(known, "passkeyAdded") with { After = [new("passkey", Masked.Person(row.Name)), new("domain", row.Domain), new("recoveryCodesMade", codes.Count)] });
        try { await db.CommitAsync(token => SecondFactors.ProveAsync(db, signIn, token), ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new FactorChange.Already(); }
        await _directory.ReloadAsync(CancellationToken.None);
        DoorCookie.Clear(http, Adding);
        Log.FactorChanged(_log, caller.Actor, id, "a passkey was added");
        _mails.Tell(id, AccountEvent.PasskeyAdded, caller.Source);
        return new FactorChange.Done(codes) { Passkey = Of(row) };
    }

    /// <summary>Recovery codes go with the last second factor.</summary>
    public async Task<FactorChange> RemoveAsync(Caller caller, SignInId signIn, string passkey, CancellationToken ct)
    {
        if (caller.Operator is not { } id || _directory.Find(id) is not { } known || !TypedId.TryParse<PasskeyId>(passkey, out var which)) return new FactorChange.Gone();
        if (!await _factors.IsConfirmedAsync(known.Tenant, signIn, ct)) return new FactorChange.Unconfirmed();
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(caller.Author), ct);
        if (await db.Passkeys.SingleOrDefaultAsync(row => row.Id == which && row.Holder == id, ct) is not { } row) return new FactorChange.Gone();
        db.Remove(row);
        if (!await db.Passkeys.AnyAsync(other => other.Holder == id && other.Id != which, ct) && !await db.Authenticators.AnyAsync(app => app.Holder == id, ct))
            db.RemoveRange(await db.RecoveryCodes.Where(code => code.Holder == id).ToListAsync(ct));
        db.Tell(SecondFactors.Fact(known, "passkeyRemoved") with { Before = [new("passkey", Masked.Person(row.Name)), new("domain", row.Domain)] });
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new FactorChange.Gone(); }
        Log.FactorChanged(_log, caller.Actor, id, "a passkey was removed");
        _mails.Tell(id, AccountEvent.PasskeyRemoved, caller.Source);
        return new FactorChange.Done([]);
    }

    /// <summary>What <c>navigator.credentials.get</c> is asked for: any passkey of this host, since nobody said yet who they are.</summary>
    internal async Task<string> BeginSignInAsync(HttpContext http)
    {
        var made = await _handler.MakeRequestOptionsAsync(null, http);
        _cookies.Set(http, Entering, made.AssertionState!);
        return made.RequestOptionsJson;
    }

    /// <param name="answer">The browser's assertion, as JSON.</param>
    /// <param name="half">Who gave the password, or signed on elsewhere, before; null: nobody.</param>
    internal async Task<Entry> SignInAsync(HttpContext http, string answer, Entrance.Waiting? half, string source, CancellationToken ct)
    {
        if (answer.Length > LongestAnswer || _cookies.Find(http, Entering) is not { } begun) return new Entry.Refused();
        DoorCookie.Clear(http, Entering);
        var judged = await _handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = http, CredentialJson = answer, AssertionState = begun.Value });
        if (!judged.Succeeded)
        {
            Log.PasskeyRefused(_log, source, judged.Failure.Message);
            return new Entry.Refused();
        }
        var (known, info, now) = (judged.User, judged.Passkey, _clock.GetInstant());
        await using var db = await _rooms.OpenAsync(TenantScope.Of(known.Tenant).By(SecondFactors.Himself(known, source)), ct);
        var before = await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(row => row.Holder == known.Id && row.CredentialId == info.CredentialId, ct);
        var provider = half?.Operator.Id == known.Id ? half.Provider : null;
        if (before is null || (provider is null && _directory.MustSignOn(known))) return new Entry.Refused();
        db.Add(Used(known, begun));
        db.LeaveUntold("the sign-in is told, with the way it was proved");
        var counted = 0;
        try
        {
            // Of two answers with one count, one is good.
            await db.CommitAsync(async token => counted = await db.Passkeys.Where(row => row.Id == before.Id && (row.SignCount < info.SignCount || row.SignCount == 0)).ExecuteUpdateAsync(
                set => set.SetProperty(row => row.SignCount, (long)info.SignCount).SetProperty(row => row.BackedUp, info.IsBackedUp).SetProperty(row => row.UsedAt, now), token), ct);
        }
        catch (DbUpdateException error) when (error.IsDuplicateKey())
        {
            Log.PasskeyRefused(_log, source, "its challenge was answered before");
            return new Entry.Refused();
        }
        return counted == 1 ? new Entry.Granted(known.Tenant, known.Id, known.Stamp) { Provider = provider, HadSecondFactor = true } : new Entry.Refused();
    }

    internal static PasskeyView Of(PasskeyRow row) => new(row.Id, row.Name, row.Domain, row.BackedUp, row.CreatedAt, row.UsedAt);

    private static UsedChallengeRow Used(KnownOperator known, DoorCookie.Content begun) => new() { TenantId = known.Tenant, Id = begun.Id, Until = NodaTime.Instant.FromDateTimeOffset(begun.Until) };

    private bool IsOwn(HttpRequest request, string origin) => origin == $"{request.Scheme}://{request.Host}" || _origins.Contains(origin, StringComparer.Ordinal);

    /// <inheritdoc />
    public void Dispose() => _manager.Dispose();
}
