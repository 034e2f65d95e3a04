using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>A session, for whom it belongs to, and for who may end it.</summary>
/// <param name="SeenAt">To about a minute.</param>
/// <param name="Until">It ends then, whatever is done in it.</param>
/// <param name="Source">The address that it began from.</param>
/// <param name="Agent">What the browser says of itself.</param>
public sealed record SignInView(SignInId Id, Instant BeganAt, Instant SeenAt, Instant Until, string Source, string Agent);

/// <summary>The sessions of operators: begun, listed, ended. One that was ended is worth nothing in any process within seconds.</summary>
public sealed class SignIns
{
    private const int LongestAgent = 200;

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;

    internal SignIns(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, IdSource ids, TimeProvider clock) => (_rooms, _directory, _ids, _clock) = (rooms, directory, ids, clock);

    internal async Task<KnownSignIn> BeginAsync(Entry.Granted granted, Duration lasts, string source, string agent, CancellationToken ct)
    {
        var now = _clock.GetInstant();
        var row = new SignInRow
        {
            TenantId = granted.Tenant, Id = _ids.New<SignInId>(), Holder = granted.Operator, BeganAt = now, SeenAt = now, ConfirmedAt = now, Until = now + lasts, Source = source,
            Provider = granted.Provider, HadSecondFactor = granted.HadSecondFactor,
            // What PostgreSQL's texts cannot hold is no name of a browser.
            Agent = (agent.Length > LongestAgent ? agent[..LongestAgent] : agent).Replace("\0", "", StringComparison.Ordinal),
        };
        await using var db = await _rooms.OpenAsync(TenantScope.Of(granted.Tenant), ct);
        db.Add(row);
        // Not through the row: signing in is no change that an editor must know of.
        await db.CommitAsync(token => db.Operators.Where(other => other.Id == row.Holder).ExecuteUpdateAsync(set => set.SetProperty(other => other.LastSignInAt, now), token), ct);
        var known = new KnownSignIn(row.Id, row.TenantId, row.Holder, row.Until) { Provider = row.Provider, HadSecondFactor = row.HadSecondFactor };
        _directory.Begun(known);
        return known;
    }

    /// <summary>Those that go on, the one that was seen last first.</summary>
    public async Task<IReadOnlyList<SignInView>> ListAsync(TenantId tenant, OperatorId @operator, CancellationToken ct)
    {
        var now = _clock.GetInstant();
        var idle = now - Duration.FromTimeSpan(SessionCookie.Idle) - Duration.FromMinutes(1);
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.SignIns.AsNoTracking().Where(row => row.Holder == @operator && row.Until > now && row.SeenAt > idle).OrderByDescending(row => row.SeenAt).ThenByDescending(row => row.Id)
            .Select(row => new SignInView(row.Id, row.BeganAt, row.SeenAt, row.Until, row.Source, row.Agent)).ToListAsync(ct);
    }

    /// <param name="by">Who ends it.</param>
    /// <returns>False: the operator has no such session.</returns>
    public Task<bool> EndAsync(TenantId tenant, OperatorId @operator, SignInId id, Author by, CancellationToken ct) =>
        EndAsync(tenant, @operator, rows => rows.Where(row => row.Holder == @operator && row.Id == id), by, ct);

    /// <param name="but">One that goes on; null: none does.</param>
    /// <param name="by">Who ends them.</param>
    /// <returns>False: there was none to end.</returns>
    public Task<bool> EndAllAsync(TenantId tenant, OperatorId @operator, SignInId? but, Author by, CancellationToken ct) =>
        EndAsync(tenant, @operator, rows => but is { } one ? rows.Where(row => row.Holder == @operator && row.Id != one) : rows.Where(row => row.Holder == @operator), by, ct);

    private async Task<bool> EndAsync(TenantId tenant, OperatorId holder, Func<IQueryable<SignInRow>, IQueryable<SignInRow>> which, Author by, CancellationToken ct)
    {
        var ended = 0;
        await using (var db = await _rooms.OpenAsync(TenantScope.Of(tenant).By(by), ct))
        {
            if (!await which(db.SignIns).AnyAsync(ct)) return false;
            db.Tell(new AuditFact("operator", holder.ToString(), "signedOut") { Name = _directory.Find(holder) is { } known ? Masked.Person(known.Email) : null });
            await db.CommitAsync(async token => ended = await which(db.SignIns).ExecuteDeleteAsync(token), ct);
        }
        await _directory.ReloadAsync(CancellationToken.None);
        return ended > 0;
    }
}
