using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Operators;

/// <summary>What came of an attempt to come in, or to change how one does.</summary>
internal abstract record Entry
{
    /// <param name="Stamp">For the session's cookie.</param>
    public sealed record Granted(TenantId Tenant, OperatorId Operator, string Stamp) : Entry
    {
        /// <summary>Who says so; null: they proved it here.</summary>
        public IdentityProviderId? Provider { get; init; }

        /// <summary>More than a password was asked for.</summary>
        public bool HadSecondFactor { get; init; }
    }

    /// <summary>A wrong e-mail address, password or code: which, is not told.</summary>
    public sealed record Refused : Entry;

    /// <summary>Passwords are being checked for too many others.</summary>
    public sealed record Busy : Entry;

    /// <summary>What was asked for is not acceptable.</summary>
    public sealed record Wrong(Check Check) : Entry;

    /// <summary>There is an operator already.</summary>
    public sealed record Closed : Entry;
}

/// <summary>The accounts of operators. No unit of work is held open while a password is hashed.</summary>
internal sealed class OperatorDesk(
    RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, Passwords passwords, KeyedHash hash, IdSource ids, TimeProvider clock)
{
    public const string CodePurpose = "setup-code";
    private const int MaximumEmail = 254;

    /// <summary>How two spellings of one address are compared.</summary>
    public static string Fold(string email) => email.Trim().Normalize(NormalizationForm.FormKC).ToUpperInvariant();

    /// <summary>Makes the first operator of the tenant <c>default</c>, with all rights; of several at one moment, one.</summary>
    public async Task<Entry> FoundAsync(string code, string email, string password, CancellationToken ct)
    {
        var tenant = directory.Find(IdentityModule.DefaultSlug)!.Id;
        var codeHash = hash.Hash(CodePurpose, Encoding.UTF8.GetBytes(code));
        // The code first: nobody else makes the server hash a password.
        if (!await IsValidAsync(tenant, codeHash, ct)) return new Entry.Refused();
        email = email.Trim();
        var check = new Check();
        check.That(IsAddress(email), "/email", "invalidValue", "Must be an e-mail address.");
        await passwords.ExamineAsync(password, email, "/password", check, ct);
        if (!check.Ok) return new Entry.Wrong(check);
        if (await passwords.HashAsync(email, password, ct) is not { } passwordHash) return new Entry.Busy();

        var id = ids.New<OperatorId>();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant).By(Himself(id)), ct);
        // The tenant's row is read first and written with its revision: of two set-ups at one moment, the second sees the first one's operator or fails.
        var owner = await db.Tenants.SingleAsync(ct);
        if (await db.Operators.AnyAsync(ct)) return new Entry.Closed();
        db.Entry(owner).State = EntityState.Modified;
        var row = new OperatorRow
        {
            TenantId = tenant, Id = id, Email = email, EmailFolded = Fold(email), PasswordHash = passwordHash, SecurityStamp = NewStamp(),
            CreatedAt = clock.GetInstant(), LastSignInAt = clock.GetInstant(),
        };
        db.Add(row);
        db.Add(GrantRow.Of(tenant, row.Id, new Grant(Role.Owner, Place.Tenant)));
        db.LeaveUntold("the printed links open nothing any more");
        try { await db.CommitAsync(token => db.SetupLinks.ExecuteDeleteAsync(token), ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey()) { return new Entry.Closed(); }
        await directory.ReloadAsync(CancellationToken.None);
        return new Entry.Granted(row.TenantId, row.Id, row.SecurityStamp);
    }

    public async Task<Entry> SignInAsync(string email, string password, CancellationToken ct)
    {
        // Before anyone is known there is no tenant to look in. Every step is the same for an account that is not there.
        var folded = Fold(email);
        OperatorRow? row;
        await using (var looking = await rooms.OpenAsync(TenantScope.System, ct))
            row = await looking.Operators.AsNoTracking().SingleOrDefaultAsync(row => row.EmailFolded == folded, ct);
        var verdict = await passwords.VerifyAsync(folded, row?.PasswordHash, password, ct);
        if (verdict == PasswordVerdict.Busy) return new Entry.Busy();
        if (verdict == PasswordVerdict.Wrong || row is null || row.DisabledAt is not null) return new Entry.Refused();
        // The very answer of a wrong password, as for an account that is shut.
        if (directory.IsClosed(row.TenantId)) return new Entry.Refused();
        // The very answer of a wrong password: whether it was right is told to nobody who could not use it.
        if (directory.Find(row.Id) is { } found && directory.MustSignOn(found)) return new Entry.Refused();
        var kept = row.PasswordHash;
        if (verdict == PasswordVerdict.Outdated && await passwords.HashAsync(folded, password, ct) is { } renewed)
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
            // Not through the row: nobody changed anything. A password that was changed meanwhile stays as it is.
            await db.CommitAsync(token => db.Operators.Where(other => other.Id == row.Id && other.PasswordHash == kept).ExecuteUpdateAsync(set => set.SetProperty(other => other.PasswordHash, renewed), token), ct);
        }
        return new Entry.Granted(row.TenantId, row.Id, row.SecurityStamp);
    }

    /// <summary>Ends every session of the operator; the stamp is for a new one.</summary>
    public async Task<Entry> ChangePasswordAsync(KnownOperator known, string current, string wanted, CancellationToken ct)
    {
        OperatorRow before;
        await using (var looking = await rooms.OpenAsync(TenantScope.Of(known.Tenant), ct)) before = await looking.Operators.AsNoTracking().SingleAsync(row => row.Id == known.Id, ct);
        var verdict = await passwords.VerifyAsync(before.EmailFolded, before.PasswordHash, current, ct);
        if (verdict == PasswordVerdict.Busy) return new Entry.Busy();
        if (verdict == PasswordVerdict.Wrong) return new Entry.Refused();
        var check = new Check();
        await passwords.ExamineAsync(wanted, before.Email, "/newPassword", check, ct);
        if (!check.Ok) return new Entry.Wrong(check);
        if (await passwords.HashAsync(before.EmailFolded, wanted, ct) is not { } passwordHash) return new Entry.Busy();
        await using var db = await rooms.OpenAsync(TenantScope.Of(known.Tenant).By(Himself(known.Id)), ct);
        var row = await db.Operators.SingleAsync(row => row.Id == known.Id, ct);
        if (row.PasswordHash != before.PasswordHash) return new Entry.Refused();
        (row.PasswordHash, row.SecurityStamp) = (passwordHash, NewStamp());
        db.TellAs("passwordChanged", row);
        db.LeaveUntold("its sessions end with the password");
        await db.CommitAsync(token => db.SignIns.Where(signIn => signIn.Holder == row.Id).ExecuteDeleteAsync(token), ct);
        await directory.ReloadAsync(CancellationToken.None);
        return new Entry.Granted(row.TenantId, row.Id, row.SecurityStamp);
    }

    private async Task<bool> IsValidAsync(TenantId tenant, byte[] codeHash, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.SetupLinks.AnyAsync(row => row.CodeHash == codeHash && row.ExpiresAt > now, ct);
    }

    public static bool IsAddress(string text) =>
        text.Length <= MaximumEmail && text.Split('@') is [{ Length: > 0 }, { Length: > 0 }] && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static Author Himself(OperatorId id) => new(id.ToString(), AuditWay.Console);

    public static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
