using System.Text;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Storage;

/// <summary>The embedded store's journal and its tail are one journal, whoever asks and whenever.</summary>
public sealed class SqliteJournalTests : IAsyncLifetime
{
    private const int Many = 5_000;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly StationKey _station = new(new TenantId(Guid.Parse("01890000-0000-7000-8000-0000000000aa")), Guid.Parse("01890000-0000-7000-8000-0000000000bb"));
    private EmbeddedStore _store = null!;
    private SqliteCommitWriter _writer = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await EmbeddedStore.NewAsync();
        _writer = new SqliteCommitWriter(_store.Database, TimeProvider.System);
        await _writer.ClaimAsync([new LeaseClaim(_station)], None);
    }

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_row_is_read_once_and_in_its_place_whether_it_waits_in_the_tail_or_is_settled()
    {
        for (var n = 1; n <= Many; n += 100) await WriteAsync(Enumerable.Range(n, 100).Select(i => Entry(i, told: i)));
        var (journal, tail) = (await CountAsync(JournalTables.Journal), await CountAsync(JournalTables.Tail));
        Assert.Equal(Many, journal + tail);
        Assert.True(journal > 0 && tail > 0, $"{journal} settled, {tail} in the tail: both must have rows for this to say anything.");

        var reader = new JournalReader(_store.Database);
        Assert.Equal(Enumerable.Range(1, Many).Select(n => (long)n), await NumbersAsync(reader.AllAsync(None)));
        Assert.Equal(Enumerable.Range(101, Many - 100).Select(n => (long)n), await NumbersAsync(reader.AfterAsync(_station, 1, 100, None)));
        Assert.Equal(1, (await reader.FindAsync(_station, 1, 1, None))?.Entry.N);
        Assert.Equal(Many, (await reader.FindAsync(_station, 1, Many, None))?.Entry.N);
        Assert.Null(await reader.FindAsync(_station, 1, Many + 1, None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_repeat_gets_the_stored_answer_from_the_tail_and_from_the_journal_before_and_after_a_new_connection(bool reopen)
    {
        for (var n = 1; n <= Many; n += 100) await WriteAsync(Enumerable.Range(n, 100).Select(i => Entry(i, told: i)));
        if (reopen) await _writer.ResetAsync();
        // The newest is in the tail, the oldest is settled; and of the same moment one is known and one is not.
        var outcomes = await WriteAsync([Entry(Many + 1, told: Many), Entry(Many + 2, told: 1), Entry(Many + 3, told: 1, what: "other"), Entry(Many + 4, told: 1, what: "other")]);
        Assert.Equal($"answer {Many}", AnswerOf(outcomes[0]));
        Assert.Equal("answer 1", AnswerOf(outcomes[1]));
        Assert.IsType<CommitOutcome.Committed>(outcomes[2]);
        Assert.Equal($"answer {Many + 3}", AnswerOf(outcomes[3]));
        Assert.Equal(Many + 1, await CountAsync(JournalTables.Journal) + await CountAsync(JournalTables.Tail));
    }

    [Fact]
    public async Task A_new_connection_settles_what_the_last_one_left()
    {
        await WriteAsync([Entry(1, told: 1), Entry(2, told: 2)]);
        Assert.Equal((0, 2), (await CountAsync(JournalTables.Journal), await CountAsync(JournalTables.Tail)));
        await _writer.ResetAsync();
        await WriteAsync([Entry(3, told: 3)]);
        Assert.Equal((2, 1), (await CountAsync(JournalTables.Journal), await CountAsync(JournalTables.Tail)));
    }

    [Fact]
    public async Task When_nobody_waits_a_tail_worth_it_is_settled_and_a_short_one_stays()
    {
        for (var n = 1; n <= 100; n++) await WriteAsync([Entry(n, told: n)]);
        await _writer.TidyAsync(None);
        Assert.Equal((0, 100), (await CountAsync(JournalTables.Journal), await CountAsync(JournalTables.Tail)));
        await WriteAsync(Enumerable.Range(101, 900).Select(n => Entry(n, told: n)));
        await _writer.TidyAsync(None);
        Assert.Equal((1_000, 0), (await CountAsync(JournalTables.Journal), await CountAsync(JournalTables.Tail)));
        // It goes on where it was, and knows what it has.
        var outcomes = await WriteAsync([Entry(1_001, told: 1_001), Entry(1_002, told: 5)]);
        Assert.IsType<CommitOutcome.Committed>(outcomes[0]);
        Assert.Equal("answer 5", AnswerOf(outcomes[1]));
    }

    [Fact]
    public async Task A_batch_that_fails_leaves_nothing_in_the_tail_and_its_facts_are_new_when_they_come_again()
    {
        await WriteAsync([Entry(1, told: 1)]);
        // The same number twice is a fault of ours, and no row of the batch is written.
        await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync([Entry(2, told: 2), Entry(2, told: 3)]));
        await _writer.ResetAsync();
        Assert.Equal(1, await CountAsync(JournalTables.Journal) + await CountAsync(JournalTables.Tail));
        Assert.All(await WriteAsync([Entry(2, told: 2), Entry(3, told: 3)]), outcome => Assert.IsType<CommitOutcome.Committed>(outcome));
    }

    [Fact]
    public async Task A_former_epoch_is_fenced_and_the_present_one_begins_its_numbers_anew()
    {
        await WriteAsync([Entry(1, told: 1), Entry(2, told: 2)]);
        await _writer.ClaimAsync([new LeaseClaim(_station)], None);
        Assert.IsType<CommitOutcome.Fenced>((await WriteAsync([Entry(3, told: 3)], epoch: 1))[0]);
        Assert.IsType<CommitOutcome.Committed>((await WriteAsync([Entry(1, told: 3)], epoch: 2))[0]);
        Assert.Equal([1L, 2L, 1L], await NumbersAsync(new JournalReader(_store.Database).AllAsync(None)));
    }

    private async Task<IReadOnlyList<CommitOutcome?>> WriteAsync(IEnumerable<JournalEntry> entries, long epoch = 1)
    {
        CommitUnit[] units = [.. entries.Select(entry => new CommitUnit(_station, epoch, entry, []))];
        await _writer.WriteAsync(units, None);
        return [.. units.Select(unit => unit.Outcome)];
    }

    private static JournalEntry Entry(int n, int told, string what = "") => new()
    {
        N = n, Origin = JournalOrigin.Station, ReceivedAt = Instant.FromUnixTimeSeconds(1_800_000_000 + n), Protocol = 16, Action = "MeterValues", MessageId = $"m{n}",
        NaturalKey = Encoding.ASCII.GetBytes($"{told:d6}{what,-26}"), Raw = "{}"u8.ToArray(), Answer = Encoding.ASCII.GetBytes($"answer {n}"), Decided = ReadOnlyMemory<byte>.Empty,
    };

    private static string AnswerOf(CommitOutcome? outcome) => Encoding.ASCII.GetString(Assert.IsType<CommitOutcome.Duplicate>(outcome).Answer.Span);

    private async Task<int> CountAsync(string table)
    {
        await using var connection = await _store.Database.OpenAsync(None);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM {table}";
        return Convert.ToInt32(await command.ExecuteScalarAsync(None), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<List<long>> NumbersAsync(IAsyncEnumerable<JournalRow> rows)
    {
        var numbers = new List<long>();
        await foreach (var row in rows) numbers.Add(row.Entry.N);
        return numbers;
    }
}
