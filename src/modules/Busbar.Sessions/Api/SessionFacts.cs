using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Sessions.Api;

/// <summary>A journalled frame that a session came from, as it was received.</summary>
/// <param name="Deviations">The members that are not as the standard has them, and were taken all the same.</param>
internal sealed record FactView(Instant ReceivedAt, string Action, string MessageId, IReadOnlyList<string> Deviations, JsonElement Payload);

/// <summary>Finds a session's facts in the journal. It is the evidence; nothing is copied for this.</summary>
internal sealed class SessionFacts(JournalReader journal, BookStore books, IWireRedaction redaction)
{
    private const int MaximumFacts = 1_000;

    /// <summary>The rows of the session's station that name its transaction, while it lasted, and those that evidence gave it. Who may not see uids sees them as the wire log keeps them.</summary>
    public async Task<IReadOnlyList<FactView>> OfAsync(SessionRow row, Caller caller, CancellationToken ct)
    {
        var session = SessionsJson.ReadSession(row.State);
        var key = new StationKey(row.TenantId, row.StationId.Value);
        var adopted = session.Adopted.Select(adoption => adoption.Place).ToHashSet();
        var rows = new List<JournalRow>();
        // What was adopted may have been told before the first fact of its own.
        foreach (var place in adopted.Where(place => place.CompareTo(session.FirstPlace) < 0).OrderBy(place => place.Epoch).ThenBy(place => place.N))
        {
            if (await journal.FindAsync(key, place.Epoch, place.N, ct) is { } before) rows.Add(before);
        }
        await foreach (var entry in journal.AfterAsync(key, session.FirstPlace.Epoch, session.FirstPlace.N - 1, ct))
        {
            var place = new JournalPlace(entry.Epoch, entry.Entry.N);
            if (place.CompareTo(session.Place) > 0 || rows.Count == MaximumFacts) break;
            if (adopted.Contains(place) || TransactionOf(entry) == session.TransactionId) rows.Add(entry);
        }
        var isWhole = caller.May(Scope.TokensReveal);
        return [.. rows.Select(found => ViewOf(found, isWhole))];
    }

    private string? TransactionOf(JournalRow row)
    {
        var fact = books.FactOf(row);
        return fact.Fact is ChargingFact.Started { TransactionId: null } ? fact.Decided.TransactionId : Booking.TransactionOf(fact.Fact);
    }

    private FactView ViewOf(JournalRow row, bool isWhole)
    {
        var entry = row.Entry;
        using var document = JsonDocument.Parse(isWhole ? entry.Raw : redaction.Redact(entry.Raw));
        return new FactView(entry.ReceivedAt, entry.Action, entry.MessageId, books.FactOf(row).Fact.Deviations, document.RootElement.Clone());
    }
}
