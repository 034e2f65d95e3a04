using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Busbar.Storage.Commits;

/// <summary>
/// The embedded store's journal as the commit loop writes it: new rows go to a tail without an index, and are settled into the journal many at a time, station by
/// station. A row of its own in two indexes costs two scattered pages of log, and four times the processor time.
/// </summary>
/// <remarks>
/// The tail is as durable as the journal; every reader reads both. Natural keys begin with the told time, so a key that is greater than all of its station's is
/// new without a look; others are looked for in the tail, by memory, and in the journal. An exception makes the whole thing void with its connection.
/// </remarks>
internal sealed class SqliteJournal : IDisposable
{
    /// <summary>So many rows wait in the tail, however busy it is: settling them takes some 45 ms.</summary>
    private const int SettleAt = 2_048;

    /// <summary>So many are settled when nobody waits: 20 ms at a time instead of 45, and a fifth more processor time for it.</summary>
    private const int SettleIdleAt = 384;

    private readonly SqliteStatement _append;
    private readonly SqliteStatement _settle;
    private readonly SqliteStatement _clear;
    private readonly SqliteStatement _settledAnswer;
    private readonly SqliteStatement _tailAnswer;
    private readonly SqliteStatement _epoch;
    private readonly SqliteStatement _lastN;
    private readonly SqliteStatement _newest;
    private readonly TailStations _stations;
    private readonly Dictionary<StationKey, Seat> _seats = [];
    private readonly Dictionary<Fact, long> _tail = new(Fact.Comparer);
    private long _waiting;

    public SqliteJournal(SqliteConnection connection, TailStations stations)
    {
        _stations = stations;
        const string station = "WHERE tenant_id = $1 AND station_id = $2";
        _append = new SqliteStatement(connection, $"INSERT INTO {JournalTables.Tail} (id, {JournalTables.JournalColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
        _settle = new SqliteStatement(connection, $"INSERT INTO {JournalTables.Journal} ({JournalTables.JournalColumns}) SELECT {JournalTables.JournalColumns} FROM {JournalTables.Tail} " +
            "ORDER BY tenant_id, station_id, epoch, n");
        _clear = new SqliteStatement(connection, $"DELETE FROM {JournalTables.Tail}");
        _settledAnswer = new SqliteStatement(connection, $"SELECT answer FROM {JournalTables.Journal} {station} AND natural_key = $3");
        _tailAnswer = new SqliteStatement(connection, $"SELECT answer FROM {JournalTables.Tail} WHERE id = $1");
        _epoch = new SqliteStatement(connection, $"SELECT epoch FROM {JournalTables.Leases} {station}");
        _lastN = new SqliteStatement(connection, $"SELECT max(n) FROM {JournalTables.Journal} {station} AND epoch = $3");
        _newest = new SqliteStatement(connection, $"SELECT max(natural_key) FROM {JournalTables.Journal} {station}");
    }

    /// <summary>Whether the epoch is the station's current one. Nobody else writes leases: the data directory's lock is held, and a claim comes through <see cref="Claimed"/>.</summary>
    public bool IsCurrent(StationKey key, long epoch) => SeatOf(key).Epoch == epoch;

    public void Claimed(StationKey key, long epoch)
    {
        if (_seats.TryGetValue(key, out var seat)) (seat.Epoch, seat.LastN) = (epoch, long.MinValue);
    }

    /// <summary>Appends the entry, or finds the answer of the one that has its natural key.</summary>
    public bool TryAppend(StationKey key, long epoch, JournalEntry entry, [NotNullWhen(false)] out byte[]? stored)
    {
        var seat = SeatOf(key);
        var fact = new Fact(key, entry.NaturalKey);
        if (entry.NaturalKey.Span.SequenceCompareTo(seat.Newest.Span) > 0) seat.Newest = entry.NaturalKey;
        else if ((stored = AnswerOf(fact)) is not null) return false;
        if (entry.N <= seat.LastN) throw new InvalidOperationException($"Entry {entry.N} of epoch {epoch} comes after {seat.LastN}.");
        var id = _waiting + 1;
        _stations.Add(key);
        _append.Next(id).Next(key.Tenant.Value).Next(key.Station).Next(epoch).Next(entry.N).Next((long)entry.Origin).Next(entry.ReceivedAt.ToUnixTimeMilliseconds())
            .Next(entry.Protocol).Next(entry.Action).Next(entry.MessageId).Next(entry.NaturalKey.Span).Next(entry.Raw.Span).Next(entry.Answer.Span)
            .Next(entry.Decided.Span).Next(entry.SchemaVersion).Run();
        _tail[fact] = _waiting = id;
        seat.LastN = entry.N;
        stored = null;
        return true;
    }

    /// <summary>Whether it is worth the time of a moment in which nobody waits.</summary>
    public bool IsWorthSettling => _waiting >= SettleIdleAt;

    /// <summary>In a transaction, before its commit.</summary>
    public void SettleIfMany()
    {
        if (_waiting >= SettleAt) Settle();
    }

    /// <summary>In a transaction.</summary>
    public void Settle()
    {
        _settle.Run();
        _clear.Run();
        _tail.Clear();
        _waiting = 0;
    }

    /// <summary>After each commit.</summary>
    public void Committed()
    {
        if (_waiting == 0) _stations.Settled();
    }

    public void Dispose()
    {
        _stations.Unknown();
        foreach (var statement in new[] { _append, _settle, _clear, _settledAnswer, _tailAnswer, _epoch, _lastN, _newest }) statement.Dispose();
    }

    private byte[]? AnswerOf(Fact fact) => _tail.TryGetValue(fact, out var id)
        ? _tailAnswer.Next(id).Bytes()
        : _settledAnswer.Next(fact.Station.Tenant.Value).Next(fact.Station.Station).Next(fact.NaturalKey.Span).Bytes();

    // Read once, when the tail holds nothing of the station: it is settled when the connection opens.
    private Seat SeatOf(StationKey key)
    {
        if (_seats.TryGetValue(key, out var known)) return known;
        var epoch = _epoch.Next(key.Tenant.Value).Next(key.Station).Number();
        return _seats[key] = new Seat
        {
            Epoch = epoch,
            LastN = epoch is { } current ? _lastN.Next(key.Tenant.Value).Next(key.Station).Next(current).Number() ?? long.MinValue : long.MinValue,
            Newest = _newest.Next(key.Tenant.Value).Next(key.Station).Bytes() ?? ReadOnlyMemory<byte>.Empty,
        };
    }

    private sealed class Seat
    {
        public long? Epoch { get; set; }
        public long LastN { get; set; }
        public ReadOnlyMemory<byte> Newest { get; set; }
    }

    private readonly record struct Fact(StationKey Station, ReadOnlyMemory<byte> NaturalKey)
    {
        public static IEqualityComparer<Fact> Comparer { get; } = EqualityComparer<Fact>.Create(
            static (a, b) => a.Station == b.Station && a.NaturalKey.Span.SequenceEqual(b.NaturalKey.Span),
            static fact =>
            {
                var hash = new HashCode();
                hash.Add(fact.Station);
                hash.AddBytes(fact.NaturalKey.Span);
                return hash.ToHashCode();
            });
    }
}
