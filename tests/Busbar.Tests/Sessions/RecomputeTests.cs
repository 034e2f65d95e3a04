using System.Security.Cryptography;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Bar R10: sessions and CDRs are a function of the journal, whoever computes them, when, and how often he has to begin again.</summary>
public sealed class RecomputeTests
{
    private const int Stations = 40;
    private const int Charges = 15;

    private static readonly FactReader Reader = new();

    private enum Wrong { Nothing, ForgetsOrphans, ForgetsStates, TakesStationTime }

    private static readonly Lazy<Journal[]> Journals = new(() => [.. Enumerable.Range(0, Stations).Select(Generated)]);

    [Fact]
    public void The_random_charges_are_worth_recomputing()
    {
        var sessions = Journals.Value.SelectMany(journal => journal.Sessions).ToList();
        var cdrs = Journals.Value.SelectMany(journal => journal.Cdrs).ToList();
        Assert.True(sessions.Count >= 400, $"{sessions.Count} sessions");
        foreach (var phase in new[] { SessionPhase.Completed, SessionPhase.Held, SessionPhase.Ending, SessionPhase.Charging }) Assert.Contains(sessions, session => session.Phase == phase);
        Assert.Contains(cdrs, cdr => cdr.CreditOf is not null);
        Assert.Contains(sessions, session => session.Adopted.Count > 0);
        Assert.Contains(Journals.Value, journal => journal.Orphans.Count > 0);
        foreach (var issue in new[] { Issues.MatchedByEvidence, Issues.MeterGlitch, Issues.SequenceGap, Issues.TransactionIdReused, Issues.LateData, Issues.Superseded })
            Assert.Contains(sessions, session => session.Issues.Contains(issue));
    }

    [Fact]
    public void All_CDRs_recomputed_twice_with_the_stations_in_any_order_are_the_same_bytes()
    {
        var first = Everything(Journals.Value);
        Assert.Equal(first, Everything(Recomputed(seed: 1, Wrong.Nothing, restarts: false)));
        Assert.Equal(first, Everything(Recomputed(seed: 2, Wrong.Nothing, restarts: false)));
    }

    [Fact]
    public void A_book_that_was_stored_and_loaded_at_any_moment_goes_on_as_if_it_had_not_been() =>
        Assert.Equal(Everything(Journals.Value), Everything(Recomputed(seed: 3, Wrong.Nothing, restarts: true)));

    [Fact] public void Forgetting_orphans_at_a_restart_is_caught() => Assert.NotEqual(Everything(Journals.Value), Everything(Recomputed(seed: 3, Wrong.ForgetsOrphans, restarts: true)));

    [Fact] public void Forgetting_connector_states_at_a_restart_is_caught() => Assert.NotEqual(Everything(Journals.Value), Everything(Recomputed(seed: 3, Wrong.ForgetsStates, restarts: true)));

    [Fact] public void Replaying_in_the_stations_time_is_caught() => Assert.NotEqual(Everything(Journals.Value), Everything(Recomputed(seed: 3, Wrong.TakesStationTime, restarts: false)));

    [Fact]
    public void An_issued_CDR_is_never_changed_and_only_credited()
    {
        foreach (var journal in Journals.Value)
        {
            Assert.Equal(journal.Cdrs.Count, journal.Cdrs.Select(cdr => cdr.Id).Distinct().Count());
            foreach (var session in journal.Cdrs.GroupBy(cdr => cdr.SessionId))
            {
                var cdrs = session.ToList();
                Assert.Equal(Enumerable.Range(1, cdrs.Count), cdrs.Select(cdr => cdr.Version));
                for (var i = 0; i < cdrs.Count; i++)
                {
                    // A bill, its credit, the next bill: never two that hold at once.
                    Assert.Equal(i % 2 == 0 ? null : cdrs[i - 1].Id, cdrs[i].CreditOf);
                    if (i % 2 == 1) Assert.Equal((cdrs[i - 1].EnergyWh, Negated(cdrs[i - 1].TotalCost!.InclTax)), (cdrs[i].EnergyWh, cdrs[i].TotalCost!.InclTax));
                }
                var state = journal.Sessions.Single(known => known.Id.ToString() == session.Key);
                Assert.Equal(cdrs[^1].Id, state.Cdr!.Id.ToString());
                Assert.Equal(cdrs[^1].CreditOf is null, state.CdrContent is not null);
                Assert.Equal(cdrs[^1].CreditOf is null, state.Phase == SessionPhase.Completed);
            }
        }
    }

    [Fact]
    public void What_is_stored_reads_back_the_same()
    {
        foreach (var session in Journals.Value.SelectMany(journal => journal.Sessions))
        {
            var bytes = SessionsJson.Write(session);
            var read = SessionsJson.ReadSession(bytes);
            Assert.Equal(bytes, SessionsJson.Write(read));
            Assert.True(session == read);
        }
        foreach (var journal in Journals.Value)
        {
            var stored = SessionsJson.ReadBook(SessionsJson.Write(StoredBook.Of(journal.Book)));
            Assert.Equal(SessionsJson.Write(StoredBook.Of(journal.Book)), SessionsJson.Write(stored));
            Assert.Equal(journal.Book.Orphans.Select(orphan => orphan.Place), stored.Orphans);
            Assert.Equal(journal.Book.Connectors, stored.Connectors);
        }
        foreach (var decided in Journals.Value.SelectMany(journal => journal.Facts).Select(fact => fact.Decided)) Assert.Equal(decided, SessionsJson.ReadDecided(SessionsJson.Write(decided)));
    }

    private static Journal Generated(int station)
    {
        var journal = new Journal { Station = station };
        foreach (var (frame, receivedAt) in RandomCharges.Of(new Random(1_000 + station), Charges)) journal.Tell(frame, receivedAt);
        return journal;
    }

    private static Journal[] Recomputed(int seed, Wrong wrong, bool restarts)
    {
        var random = new Random(seed);
        var shards = Enumerable.Range(0, Stations).ToArray();
        random.Shuffle(shards);
        var recomputed = new Journal[Stations];
        foreach (var station in shards)
        {
            var journal = recomputed[station] = new Journal { Station = station };
            var rows = Journals.Value[station].Rows;
            foreach (var row in wrong == Wrong.TakesStationTime ? rows.OrderBy(row => row.Fact.Fact.Time.At) : rows.AsEnumerable())
            {
                // From the bytes, as a replay has them.
                var fact = Reader.Read(row.Frame.Protocol, row.Frame.Action, row.Frame.Raw, row.Fact.ReceivedAt);
                journal.Apply(row.Fact with { Fact = fact, Decided = SessionsJson.ReadDecided(SessionsJson.Write(row.Fact.Decided)) }, row.Frame);
                if (restarts && random.Next(5) == 0) journal.Restart(wrong != Wrong.ForgetsOrphans, wrong != Wrong.ForgetsStates);
            }
        }
        return recomputed;
    }

    /// <summary>A hash of every session and every CDR of every station.</summary>
    private static string Everything(IEnumerable<Journal> journals)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var journal in journals)
        {
            foreach (var session in journal.Sessions.OrderBy(session => session.Id.Value)) hash.AppendData(SessionsJson.Write(session));
            foreach (var cdr in journal.Cdrs) hash.AppendData(cdr.ToBytes());
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static string Negated(string amount) => amount.Any(c => c is >= '1' and <= '9') ? "-" + amount : amount;
}
