using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Personal;

/// <summary>
/// Who charged, in sessions, CDRs and the journal that they follow from: a pseudonym takes the place of the uid in all of them at once, station by station, so that they still follow. What is
/// billed stays to the cent. A station where a charge of theirs is not over, or waits for a person, is left as it is.
/// </summary>
internal sealed class SessionsPersonalData(
    RoomDbFactory<SessionsDb> rooms, JournalErasure erasure, JournalReader journal, ChargingDesk desk, CommitLoop commits, LeaseReader leases, Database database) : IPersonalData
{
    private const int SessionsAtOnce = 500;

    private sealed class Tally
    {
        public long Sessions, Cdrs, Messages, Open, Signed;
    }

    public string Room => "sessions";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        var pseudonyms = new Pseudonyms(subject);
        foreach (var station in await StationsAsync(subject, pseudonyms, ct))
        {
            await using (var db = await rooms.OpenAsync(TenantScope.Of(subject.Tenant), ct))
            {
                foreach (var (row, session) in await NamingAsync(db, station, pseudonyms, ct))
                {
                    yield return new PersonalRecord("session", new
                    {
                        row.Id, StationId = row.Station, session.Evse, session.Connector, TokenUid = session.Token?.Uid, row.Status, row.StartedAt, row.EndedAt, EnergyWh = row.Energy.WattHours,
                        row.TransactionId, Record = JsonElement.Parse(row.State),
                    });
                    foreach (var cdr in await db.Cdrs.AsNoTracking().Where(cdr => cdr.SessionId == row.Id).OrderBy(cdr => cdr.Version).Select(cdr => cdr.Document).ToListAsync(ct))
                        yield return new PersonalRecord("cdr", JsonElement.Parse(cdr));
                }
            }
            await foreach (var row in journal.AfterAsync(station, 0, long.MinValue, ct))
            {
                var raw = Bytes(row.Entry.Raw);
                if (ReferenceEquals(pseudonyms.Rewrite(raw, out var kept), raw) && !kept) continue;
                yield return new PersonalRecord("message", new { row.Entry.ReceivedAt, row.Entry.Action, Payload = System.Text.Encoding.UTF8.GetString(raw) });
            }
        }
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var (pseudonyms, tally) = (new Pseudonyms(subject), new Tally());
        foreach (var station in await StationsAsync(subject, pseudonyms, ct))
        {
            // Another process's book of the station still knows the uid: it has the station no more, and reads anew when it comes back.
            if (database.Kind == DatabaseKind.Postgres && (await leases.FindAsync(station.Tenant, [station.Station], ct)).TryGetValue(station.Station, out var lease) && lease.Node != NodeName.Current)
                await commits.ClaimAsync(station, ct);
            await desk.WhileStillAsync(station, token => EraseAsync(station, pseudonyms, tally, token), ct);
        }
        var held = new List<HeldData>();
        if (tally.Open > 0) held.Add(new HeldData("sessions", tally.Open, HoldReason.ChargeNotOver, null));
        if (tally.Signed > 0) held.Add(new HeldData("signedReadings", tally.Signed, HoldReason.SignedReading, null));
        return RoomErasure.Of(
            new ErasedData("sessions", tally.Sessions, ErasureManner.Pseudonymised), new ErasedData("cdrs", tally.Cdrs, ErasureManner.Pseudonymised),
            new ErasedData("messages", tally.Messages, ErasureManner.Pseudonymised)) with { Held = held };
    }

    /// <summary>All of a station in one transaction, for a replay needs both sides to say the same.</summary>
    private async Task EraseAsync(StationKey station, Pseudonyms pseudonyms, Tally tally, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(station.Tenant), ct);
        var naming = await NamingAsync(db, station, pseudonyms, ct);
        var open = naming.Count(pair => pair.Row.Status is not (SessionStatus.Completed or SessionStatus.Failed));
        if (open > 0)
        {
            tally.Open += open;
            return;
        }
        var rewritten = new List<JournalRewrite>();
        var signed = 0L;
        await foreach (var row in journal.AfterAsync(station, 0, long.MinValue, ct))
        {
            var (raw, answer) = (Bytes(row.Entry.Raw), Bytes(row.Entry.Answer));
            var (newRaw, newAnswer) = (pseudonyms.Rewrite(raw, out var kept), pseudonyms.Rewrite(answer, out _));
            if (kept) signed++;
            if (!ReferenceEquals(raw, newRaw) || !ReferenceEquals(answer, newAnswer)) rewritten.Add(new JournalRewrite(row.Epoch, row.Entry.N, newRaw, newAnswer));
        }
        var cdrs = new List<(CdrId Id, byte[] Document)>();
        foreach (var some in naming.Select(pair => pair.Row.Id).Chunk(SessionsAtOnce))
        {
            foreach (var row in await db.Cdrs.AsNoTracking().Where(row => some.Contains(row.SessionId)).Select(row => new { row.Id, row.Document }).ToListAsync(ct))
            {
                var cdr = Cdr.Read(row.Document);
                var without = WithoutNames.Of(cdr, pseudonyms);
                if (!ReferenceEquals(cdr, without)) cdrs.Add((row.Id, without.ToBytes()));
            }
        }
        await db.CommitAsync(async token =>
        {
            await JournalErasure.RewriteAsync(db, station, rewritten, token);
            foreach (var (row, session) in naming)
            {
                var without = WithoutNames.Of(session, pseudonyms);
                var (key, transaction, state) = (FoundBy.Token(without.Token), FoundBy.Transaction(without.TransactionId), SessionsJson.Write(without));
                await db.Sessions.Where(one => one.Id == row.Id).ExecuteUpdateAsync(
                    set => set.SetProperty(one => one.TokenKey, key).SetProperty(one => one.TransactionId, transaction).SetProperty(one => one.State, state), token);
            }
            foreach (var (id, document) in cdrs)
            {
                var hash = SHA256.HashData(document);
                await db.Cdrs.Where(one => one.Id == id).ExecuteUpdateAsync(set => set.SetProperty(one => one.Document, document).SetProperty(one => one.Hash, hash), token);
            }
        }, ct);
        (tally.Sessions, tally.Cdrs, tally.Messages, tally.Signed) = (tally.Sessions + naming.Count, tally.Cdrs + cdrs.Count, tally.Messages + rewritten.Count, tally.Signed + signed);
    }

    private async Task<IReadOnlyList<StationKey>> StationsAsync(PersonalSubject subject, Pseudonyms pseudonyms, CancellationToken ct)
    {
        if (subject.Uids.Count == 0 && subject.Words.Count == 0) return [];
        return await erasure.StationsAsync(subject.Tenant, payload => pseudonyms.MayBeIn(payload), ct);
    }

    /// <summary>The station's sessions that name them.</summary>
    private static async Task<List<(SessionRow Row, Session Session)>> NamingAsync(SessionsDb db, StationKey station, Pseudonyms pseudonyms, CancellationToken ct)
    {
        var (id, found) = (new StationId(station.Station), new List<(SessionRow, Session)>());
        await foreach (var row in db.Sessions.AsNoTracking().Where(row => row.StationId == id).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (!pseudonyms.MayBeIn(row.State)) continue;
            var session = SessionsJson.ReadSession(row.State);
            if (!ReferenceEquals(session, WithoutNames.Of(session, pseudonyms))) found.Add((row, session));
        }
        return found;
    }

    private static byte[] Bytes(ReadOnlyMemory<byte> bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : bytes.ToArray();
}
