using Busbar.Egress.Contracts;
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

/// <summary>Somebody from above who is in a tenant that does not share so much.</summary>
/// <param name="Name">Their address.</param>
/// <param name="Home">The name of the tenant that they come from.</param>
public sealed record KnownBreakGlass(TenantId Tenant, BreakGlassId Id, OperatorId Operator, string Name, string Home, string Reason, Instant BegunAt, Instant Until);

/// <summary>What came of breaking the glass.</summary>
public abstract record GlassBroken
{
    public sealed record Done(KnownBreakGlass Glass) : GlassBroken;

    /// <summary>There is no such tenant below.</summary>
    public sealed record Gone : GlassBroken;

    /// <summary>It shares all there is already.</summary>
    public sealed record NotNeeded : GlassBroken;

    public sealed record Wrong(Check Check) : GlassBroken;
}

/// <summary>
/// Coming into a tenant from above, in need, past what it shares: with a reason, for a while, and loudly. Its audit has it and so has that of who comes, its owners
/// get a mail, and every page of its console says so while it lasts.
/// </summary>
public sealed class BreakGlassDesk
{
    public const int ShortestMinutes = 5, LongestMinutes = 240;

    private static readonly TimeSpan MailPatience = TimeSpan.FromSeconds(10);

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly IMailer _mailer;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly ILogger<BreakGlassDesk> _log;

    internal BreakGlassDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IMailer mailer, IdSource ids, TimeProvider clock, ILogger<BreakGlassDesk> log) =>
        (_rooms, _directory, _mailer, _ids, _clock, _log) = (rooms, directory, mailer, ids, clock, log);

    /// <summary>Who is in a tenant now.</summary>
    public IReadOnlyList<KnownBreakGlass> Now(TenantId tenant) => _directory.GlassBrokenIn(tenant);

    /// <summary>All times that it happened, the latest first.</summary>
    public async Task<IReadOnlyList<KnownBreakGlass>> ListAsync(TenantId tenant, int take, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return [.. (await db.BreakGlass.AsNoTracking().OrderByDescending(row => row.Id).Take(take).ToListAsync(ct))
            .Select(row => row.Known)];
    }

    /// <param name="caller">A person who may change tenants, at home in one above.</param>
    /// <param name="name">The tenant's id, or its slug.</param>
    /// <param name="reason">For those who are told.</param>
    /// <param name="minutes">How long, from <see cref="ShortestMinutes"/> to <see cref="LongestMinutes"/>.</param>
    /// <param name="ct">Ends it before it is written.</param>
    public async Task<GlassBroken> BreakAsync(Caller caller, string name, string reason, int minutes, CancellationToken ct)
    {
        var tenant = _directory.FindNamed(name);
        if (tenant is null || tenant.Id == caller.Home || !_directory.IsAtOrBelow(tenant.Id, caller.Home) || caller.Operator is not { } person || _directory.Find(person) is not { } known) return new GlassBroken.Gone();
        var check = new Check();
        if (check.Text(reason, "/reason", 500)) check.That(reason.Trim().Length >= 10, "/reason", "invalidLength", "Must say what for, in at least 10 characters.");
        check.That(minutes is >= ShortestMinutes and <= LongestMinutes, "/minutes", "invalidValue", $"Must be {ShortestMinutes} to {LongestMinutes}.");
        if (!check.Ok) return new GlassBroken.Wrong(check);
        if (_directory.SharedBetween(caller.Home, tenant.Id) == TenantSharing.Full) return new GlassBroken.NotNeeded();

        var (now, home) = (_clock.GetInstant(), _directory.Find(caller.Home)!);
        var row = new BreakGlassRow
        {
            TenantId = tenant.Id, Id = _ids.New<BreakGlassId>(), Operator = person, Name = known.Email, Home = home.Name, Reason = reason.Trim(), BegunAt = now, Until = now + Duration.FromMinutes(minutes),
        };
        // At home first: should the second fail, something is told that did not happen, and never the other way round.
        await using (var own = await _rooms.OpenAsync(TenantScope.Of(home.Id).By(caller.Author), ct))
        {
            own.Tell(new AuditFact("tenant", tenant.Id.ToString(), "glassBroken") { Name = tenant.Slug, After = [new("reason", row.Reason), new("until", row.Until)] });
            await own.CommitAsync(ct);
        }
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id).By(caller.Author), ct))
        {
            db.Add(row);
            await db.CommitAsync(ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        Log.GlassBroken(_log, person, tenant.Slug, row.Until);
        await MailAsync(row, tenant);
        return new GlassBroken.Done(row.Known);
    }

    /// <summary>Who came leaves, or is shown out by the tenant's own people.</summary>
    /// <returns>False: there is none such that goes on.</returns>
    public async Task<bool> EndAsync(Caller caller, string name, string glass, CancellationToken ct)
    {
        var tenant = _directory.FindNamed(name);
        if (tenant is null || !TypedId.TryParse<BreakGlassId>(glass, out var broken) || !_directory.IsAtOrBelow(tenant.Id, caller.Home)) return false;
        var now = _clock.GetInstant();
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id).By(caller.Author), ct))
        {
            if (await db.BreakGlass.SingleOrDefaultAsync(row => row.Id == broken && row.Until > now, ct) is not { } row) return false;
            if (row.Operator != caller.Operator && (caller.Home != tenant.Id || !caller.May(Scope.TenantsWrite))) return false;
            row.Until = now;
            db.TellAs("ended", row);
            await db.CommitAsync(ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return true;
    }

    private async Task MailAsync(BreakGlassRow row, Tenant tenant)
    {
        if (!_mailer.IsConfigured) return;
        var language = DoorTexts.LanguageOf(tenant.Languages);
        foreach (var owner in _directory.OwnersOf(tenant.Id))
        {
            var mail = new Mail(owner.Email, DoorTexts.Say("mail-glass-subject", language, tenant.Name),
                DoorTexts.Say("mail-glass", language, row.Name, LinkMail.OneLine(row.Home), LinkMail.OneLine(tenant.Name), $"{row.Until.InUtc():uuuu-MM-dd HH:mm} UTC", LinkMail.OneLine(row.Reason)) + "\n", $"{row.Id}-{owner.Id}");
            using var limit = new CancellationTokenSource(MailPatience);
            try
            {
                if (await _mailer.SendAsync(mail, limit.Token) is DeliveryOutcome.Failed or DeliveryOutcome.Refused) Log.GlassNotMailed(_log, row.Id);
            }
            catch (OperationCanceledException) { Log.GlassNotMailed(_log, row.Id); }
        }
    }
}
