using System.Text.Json;
using Busbar.Sessions.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Sessions.Api;

/// <summary>A journalled frame that a session came from, as it was received.</summary>
internal sealed record FactView(Instant ReceivedAt, string Action, string MessageId, JsonElement Payload);

internal static class SessionFacts
{
    /// <summary>The journal rows of the session's station that name its transaction, while it lasted. The journal is the evidence; nothing is copied for this.</summary>
    public static async Task<IReadOnlyList<FactView>> OfAsync(SessionRow row, JournalReader journal, CancellationToken ct)
    {
        var session = SessionsJson.ReadSession(row.State);
        var facts = new List<FactView>();
        var key = new StationKey(row.TenantId, row.StationId.Value);
        await foreach (var entry in journal.AfterAsync(key, session.FirstPlace.Epoch, session.FirstPlace.N - 1, ct))
        {
            if (new JournalPlace(entry.Epoch, entry.Entry.N).CompareTo(session.Place) > 0 || facts.Count == MaximumFacts) break;
            if (!Names(entry.Entry, session)) continue;
            using var document = JsonDocument.Parse(entry.Entry.Raw);
            facts.Add(new FactView(entry.Entry.ReceivedAt, entry.Entry.Action, entry.Entry.MessageId, document.RootElement.Clone()));
        }
        return facts;
    }

    private const int MaximumFacts = 1_000;

    private static bool Names(JournalEntry entry, Session session) =>
        entry.Raw.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes(session.TransactionId)) >= 0
        || SessionsJson.ReadDecided(entry.Decided.Span).TransactionId == session.TransactionId;
}
