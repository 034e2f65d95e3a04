using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Personal;

/// <summary>Whose data is asked for: one of these.</summary>
public sealed record SubjectWish(string? OperatorId, string? TokenUid, string? DriverId);

/// <summary>By what somebody is asked for on the console.</summary>
public static class SubjectKinds
{
    public const string Token = "token";
    public const string Driver = "driver";

    /// <summary>By their e-mail address.</summary>
    public const string Person = "person";
}

/// <summary>What came of asking for an erasure.</summary>
public abstract record ErasureOutcome
{
    private ErasureOutcome()
    {
    }

    public sealed record Done(Erasure Erasure) : ErasureOutcome;

    /// <param name="Code">Of a problem.</param>
    public sealed record Refused(string Code) : ErasureOutcome;
}

/// <summary>Shows and erases what all rooms keep of one person, for the API and for the console alike.</summary>
public sealed class PersonalDataDesk
{
    private readonly IReadOnlyList<IPersonalData> _parts;
    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly Database _database;
    private readonly PersonalDataMetrics _metrics;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly ILogger<PersonalDataDesk> _log;

    internal PersonalDataDesk(
        IEnumerable<IPersonalData> parts, RoomDbFactory<IdentityDb> rooms, Database database, PersonalDataMetrics metrics, IdSource ids, TimeProvider clock, ILogger<PersonalDataDesk> log)
    {
        // Who says who somebody is does so until all others are done.
        _parts = [.. parts.OrderBy(part => part.NamesSubjects)];
        (_rooms, _database, _metrics, _ids, _clock, _log) = (rooms, database, metrics, ids, clock, log);
    }

    /// <summary>All that is known of who it is; null: the tenant has no such operator. A token or a driver need not be known: a station may have told of it.</summary>
    public async Task<PersonalSubject?> IdentifyAsync(Caller caller, SubjectWish wish, CancellationToken ct)
    {
        var subject = new PersonalSubject { Tenant = caller.Tenant, DriverId = wish.DriverId, Uids = wish.TokenUid is { } uid ? [uid] : [] };
        if (wish.OperatorId is { } id)
        {
            if (!TypedId.TryParse<OperatorId>(id, out var known)) return null;
            subject = subject with { Operator = known };
        }
        foreach (var part in _parts) subject = await part.IdentifyAsync(subject, ct);
        // A driver who is found by a token has others.
        foreach (var part in _parts) subject = await part.IdentifyAsync(subject, ct);
        return subject is { Operator: not null, Email: null } ? null : subject;
    }

    /// <param name="kind">One of <see cref="SubjectKinds"/>.</param>
    /// <param name="name">A uid, a driver's id or an e-mail address.</param>
    public async Task<PersonalSubject?> IdentifyAsync(Caller caller, string kind, string name, CancellationToken ct)
    {
        if (name.Length == 0) return null;
        if (kind == SubjectKinds.Token) return await IdentifyAsync(caller, new SubjectWish(null, name, null), ct);
        if (kind == SubjectKinds.Driver) return await IdentifyAsync(caller, new SubjectWish(null, null, name), ct);
        if (kind != SubjectKinds.Person) return null;
        var folded = OperatorDesk.Fold(name);
        OperatorId[] found;
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct)) found = await db.Operators.AsNoTracking().Where(row => row.EmailFolded == folded).Select(row => row.Id).ToArrayAsync(ct);
        return found is [var id] ? await IdentifyAsync(caller, new SubjectWish(id.ToString(), null, null), ct) : null;
    }

    public async IAsyncEnumerable<(string Room, PersonalRecord Record)> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var part in _parts.Where(part => part.KeepsNoneBecause is null))
            await foreach (var record in part.ExportAsync(subject, ct)) yield return (part.Room, record);
    }

    /// <summary>Before an export: who had it is in the audit, whose it is by ids.</summary>
    public async Task TellExportedAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        db.Tell(new AuditFact("personalData", subject.Things.Count > 0 ? subject.Things[0].Id : "unknown", "exported"));
        await db.CommitAsync(ct);
    }

    /// <summary>How many records of each kind there are.</summary>
    public async Task<IReadOnlyList<(string Room, string Kind, long Count)>> CountAsync(PersonalSubject subject, CancellationToken ct)
    {
        var counts = new Dictionary<(string, string), long>();
        await foreach (var (room, record) in ExportAsync(subject, ct)) counts[(room, record.Kind)] = counts.GetValueOrDefault((room, record.Kind)) + 1;
        return [.. counts.Select(count => (count.Key.Item1, count.Key.Item2, count.Value))];
    }

    /// <summary>Why nothing of them may be erased, as a problem's code; null: it may.</summary>
    public async Task<string?> RefusalAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        foreach (var part in _parts)
            if (await part.RefusalAsync(caller, subject, ct) is { } code) return code;
        return null;
    }

    /// <summary>Room by room. What fails stops it: it is asked for again, and goes on with what is left.</summary>
    public async Task<ErasureOutcome> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        if (await RefusalAsync(caller, subject, ct) is { } code) return new ErasureOutcome.Refused(code);
        var id = await BeginAsync(caller, subject, ct);
        var results = new List<RoomResult>();
        foreach (var part in _parts.Where(part => part.KeepsNoneBecause is null))
        {
            var done = await part.EraseAsync(caller, subject, ct);
            if (done.Held.Any(held => held.Reason == HoldReason.ChargeNotOver)) subject = subject with { HasOpenCharges = true };
            if (done.Erased.Count + done.Held.Count > 0) results.Add(new RoomResult(part.Room, done.Erased, done.Held));
        }
        var isRewritten = await Busbar.Storage.Rooms.Erasure.RewriteFileAsync(_database, ct);
        var erasure = await EndAsync(caller, id, results, isRewritten, ct);
        _metrics.Erased(erasure);
        Log.Erased(_log, caller.Actor, id, erasure.Held.Count());
        return new ErasureOutcome.Done(erasure);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<Erasure>> ListAsync(Caller caller, ErasureId? before, int count, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Erasures.AsNoTracking();
        if (before is { } last) rows = rows.Where(row => row.Id.CompareTo(last) < 0);
        return (await rows.OrderByDescending(row => row.Id).Take(count).ToListAsync(ct)).ConvertAll(row => row.ToErasure());
    }

    public async Task<Erasure?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<ErasureId>(id, out var known)) return null;
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        return (await db.Erasures.AsNoTracking().SingleOrDefaultAsync(row => row.Id == known, ct))?.ToErasure();
    }

    private async Task<ErasureId> BeginAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var row = new ErasureRow
        {
            TenantId = caller.Tenant, Id = _ids.New<ErasureId>(), Subject = subject.Operator is null ? "driver" : "operator", Things = string.Join(' ', subject.Things.Select(thing => thing.Id)),
            Actor = caller.Actor, StartedAt = _clock.GetInstant(),
        };
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        db.Add(row);
        await db.CommitAsync(ct);
        return row.Id;
    }

    private async Task<Erasure> EndAsync(Caller caller, ErasureId id, IReadOnlyList<RoomResult> results, bool isRewritten, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var row = await db.Erasures.SingleAsync(row => row.Id == id, ct);
        (row.FinishedAt, row.FileRewritten, row.Rooms) = (_clock.GetInstant(), isRewritten, JsonSerializer.Serialize(results, ApiJson.Options));
        db.TellAs("finished", row);
        await db.CommitAsync(ct);
        return row.ToErasure();
    }
}
