using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Wire;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Identity.Personal;

/// <summary>Storage's part, which stands to the left and knows no people: the audit, which names them by ids, and the frames that are kept. The journal is what the sessions' room reads, and rewrites.</summary>
internal sealed class StoragePersonalData(AuditLog audit, WireErasure wire, IOptions<AuditOptions> options) : IPersonalData
{
    public string Room => "storage";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var entry in EntriesAsync(subject, ct))
            yield return new PersonalRecord("auditEntry", new { entry.At, entry.Actor, entry.Source, entry.Action, entry.Kind, Id = entry.Thing, entry.Name, entry.Outcome, Before = Json(entry.Before), After = Json(entry.After) });
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct)
    {
        var frames = subject.Words.Count == 0 ? 0 : await wire.EraseAsync(subject.Tenant, subject.Words, ct);
        var (entries, newest) = (0L, Instant.MinValue);
        await foreach (var entry in EntriesAsync(subject, ct)) (entries, newest) = (entries + 1, Instant.Max(newest, entry.At));
        var done = RoomErasure.Of(new ErasedData("frames", frames, ErasureManner.Removed));
        return entries == 0 ? done : done with { Held = [new HeldData("auditEntries", entries, HoldReason.Accountability, newest + Duration.FromDays(options.Value.KeepDays))] };
    }

    /// <summary>Of what they did, and of what was done to what is theirs: each once.</summary>
    private async IAsyncEnumerable<AuditEntry> EntriesAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        var filters = subject.Things.Select(thing => new AuditFilter(Kind: thing.Kind, Thing: thing.Id));
        if (subject.Operator?.ToString() is { } actor) filters = filters.Append(new AuditFilter(Actor: actor));
        var seen = new HashSet<long>();
        foreach (var filter in filters)
            await foreach (var entry in audit.AllAsync(TenantScope.Of(subject.Tenant), filter, ct))
                if (seen.Add(entry.Sequence)) yield return entry.Entry;
    }

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>Egress's part, which stands to the left too: messages that name somebody, sent or not.</summary>
internal sealed class EgressPersonalData(OutboxErasure outbox) : IPersonalData
{
    public string Room => "egress";

    public async IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var message in await outbox.FindAsync(subject.Tenant, subject.Words, ct)) yield return new PersonalRecord("message", message);
    }

    public async Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct) =>
        RoomErasure.Of(new ErasedData("outboxMessages", await outbox.RemoveAsync(subject.Tenant, subject.Words, ct), ErasureManner.Removed));
}
