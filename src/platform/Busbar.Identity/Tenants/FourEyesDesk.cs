using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>That somebody wants one person to be enough for an act again.</summary>
/// <param name="AskedBy">The actor.</param>
/// <param name="AskedByName">What that is called now; null: it is not known any more.</param>
/// <param name="Until">If nobody confirms it until then, it lapses.</param>
public sealed record FourEyesRequestView(FourEyesRequestId Id, FourEyes Act, string AskedBy, string? AskedByName, Instant AskedAt, Instant Until);

/// <summary>What came of confirming such a request, or of taking it back.</summary>
public abstract record FourEyesAnswer
{
    public sealed record Done : FourEyesAnswer;

    /// <summary>There is none such that still waits.</summary>
    public sealed record Gone : FourEyesAnswer;

    /// <summary>The tenant does not share that.</summary>
    public sealed record Unshared : FourEyesAnswer;

    /// <summary>The caller cannot be the second of two.</summary>
    public sealed record Lacks(SecondLack Why) : FourEyesAnswer;

    /// <summary>The tenant was changed at this moment.</summary>
    public sealed record Stale : FourEyesAnswer;
}

/// <summary>
/// What takes two people is not switched off by one: who takes an act out of a tenant's list asks for it, and a second person who may change the tenant confirms it. To add one takes nobody else.
/// </summary>
public sealed class FourEyesDesk
{
    public const int Days = 7;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly IFourEyes _fourEyes;
    private readonly AuditNames _names;
    private readonly TimeProvider _clock;

    internal FourEyesDesk(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IFourEyes fourEyes, AuditNames names, TimeProvider clock) =>
        (_rooms, _directory, _fourEyes, _names, _clock) = (rooms, directory, fourEyes, names, clock);

    /// <summary>What waits for a second person; null: there is no such tenant at or below the caller's, or it shows nothing to them.</summary>
    public async Task<IReadOnlyList<FourEyesRequestView>?> ListAsync(Caller caller, string name, CancellationToken ct)
    {
        if (_directory.FindNamed(name, caller.Tenant) is not { } tenant || _directory.Below(caller, tenant.Id).Within(Scope.TenantsRead).IsNowhere) return null;
        List<FourEyesRequestRow> rows;
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id), ct)) rows = await Waiting(db).AsNoTracking().OrderBy(row => row.Id).ToListAsync(ct);
        var names = await _names.OfAsync(rows.Select(row => row.AskedBy), ct);
        return rows.ConvertAll(row => new FourEyesRequestView(row.Id, row.Act, row.AskedBy, names.GetValueOrDefault(row.AskedBy), row.AskedAt, row.Until));
    }

    /// <summary>Why the caller cannot confirm it; null: they can.</summary>
    public ValueTask<SecondLack?> LacksAsync(Caller caller, FourEyesRequestView request, CancellationToken ct) => _fourEyes.LacksAsync(caller, request.AskedBy, ct);

    public async Task<FourEyesAnswer> ConfirmAsync(Caller caller, string name, string id, CancellationToken ct)
    {
        var (tenant, request, refusal) = await LookAsync(caller, name, id, ct);
        if (refusal is not null) return refusal;
        if (await _fourEyes.LacksAsync(caller, request!.AskedBy, ct) is { } lack) return new FourEyesAnswer.Lacks(lack);
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant!.Id).By(caller.Author), ct))
        {
            // Taken back, or confirmed by another, since it was looked at.
            if (await Waiting(db).SingleOrDefaultAsync(row => row.Id == request.Id, ct) is not { } row) return new FourEyesAnswer.Gone();
            var owner = await db.Tenants.SingleAsync(row => row.TenantId == tenant.Id, ct);
            owner.FourEyes = TenantRow.WriteFourEyes([.. TenantRow.ReadFourEyes(owner.FourEyes).Where(act => act != row.Act)]);
            // Of two at one moment, one is written.
            db.Entry(owner).State = EntityState.Modified;
            db.TellAs("confirmed", row);
            db.RemoveRange(await db.FourEyesRequests.Where(other => other.Act == row.Act).ToListAsync(ct));
            try { await db.CommitAsync(ct); }
            catch (DbUpdateConcurrencyException) { return new FourEyesAnswer.Stale(); }
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return new FourEyesAnswer.Done();
    }

    /// <summary>By anybody who may change the tenant: that two are needed is what it was before.</summary>
    public async Task<FourEyesAnswer> WithdrawAsync(Caller caller, string name, string id, CancellationToken ct)
    {
        var (tenant, request, refusal) = await LookAsync(caller, name, id, ct);
        if (refusal is not null) return refusal;
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant!.Id).By(caller.Author), ct);
        if (await Waiting(db).SingleOrDefaultAsync(row => row.Id == request!.Id, ct) is not { } row) return new FourEyesAnswer.Gone();
        db.TellAs("withdrawn", row);
        db.Remove(row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new FourEyesAnswer.Gone(); }
        return new FourEyesAnswer.Done();
    }

    /// <summary>Puts down what somebody wants to be enough for one person, in the unit of work of their change; what waits already goes on waiting for who asked first.</summary>
    internal static async Task AskAsync(IdentityDb db, Caller caller, TenantId tenant, IReadOnlyList<FourEyes> acts, IdSource ids, Instant now, CancellationToken ct)
    {
        if (acts.Count == 0) return;
        var waiting = await db.FourEyesRequests.AsNoTracking().Where(row => row.Until > now).Select(row => row.Act).ToListAsync(ct);
        foreach (var act in acts.Except(waiting))
            db.Add(new FourEyesRequestRow { TenantId = tenant, Id = ids.New<FourEyesRequestId>(), Act = act, AskedBy = caller.Actor, AskedAt = now, Until = now + Duration.FromDays(Days) });
    }

    /// <summary>Removes what nobody confirmed in time.</summary>
    internal static async Task ForgetLapsedAsync(RoomDbFactory<IdentityDb> rooms, Instant now, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System.By(Author.System("fourEyes")), ct);
        var lapsed = await db.FourEyesRequests.Where(row => row.Until <= now).ToListAsync(ct);
        if (lapsed.Count == 0) return;
        foreach (var row in lapsed) db.TellAs("lapsed", row);
        db.RemoveRange(lapsed);
        await db.CommitAsync(ct);
    }

    private async Task<(Tenant? Tenant, FourEyesRequestRow? Request, FourEyesAnswer? Refusal)> LookAsync(Caller caller, string name, string id, CancellationToken ct)
    {
        if (_directory.FindNamed(name, caller.Tenant) is not { } tenant || !TypedId.TryParse<FourEyesRequestId>(id, out var known)) return (null, null, new FourEyesAnswer.Gone());
        if (!_directory.Below(caller, tenant.Id).Within(Scope.TenantsWrite).IsWhole) return (tenant, null, new FourEyesAnswer.Unshared());
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant.Id), ct);
        return await Waiting(db).AsNoTracking().SingleOrDefaultAsync(row => row.Id == known, ct) is { } row ? (tenant, row, null) : (tenant, null, new FourEyesAnswer.Gone());
    }

    private IQueryable<FourEyesRequestRow> Waiting(IdentityDb db)
    {
        var now = _clock.GetInstant();
        return db.FourEyesRequests.Where(row => row.Until > now);
    }
}
