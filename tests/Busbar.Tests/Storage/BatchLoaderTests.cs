using Busbar.Kernel;
using Busbar.Storage.Rooms;

namespace Busbar.Tests.Storage;

/// <summary>Many who ask at once share a read; nobody is answered with another's row, and nobody suffers from another's key.</summary>
public sealed class BatchLoaderTests : IDisposable
{
    private static readonly TenantId Mine = new(Guid.Parse("01890000-0000-7000-8000-0000000000aa"));
    private static readonly TenantId Theirs = new(Guid.Parse("01890000-0000-7000-8000-0000000000bb"));

    private readonly BatchLoader<int, string> _loader;
    private readonly List<(TenantId Tenant, int[] Keys, TaskCompletionSource<IReadOnlyDictionary<int, string>> Answer)> _reads = [];
    private readonly SemaphoreSlim _begun = new(0);

    public BatchLoaderTests() => _loader = new(ReadAsync);

    public void Dispose() => _begun.Dispose();

    [Fact]
    public async Task Who_comes_alone_is_served_at_once_and_those_who_come_meanwhile_are_served_together()
    {
        var first = Ask(1);
        await BegunAsync(1);
        var others = new[] { Ask(2), Ask(3), Ask(2), Ask(1) };
        Assert.Equal([1], _reads[0].Keys);
        Answer(0);
        await BegunAsync(2);
        Assert.Equal([1, 2, 3], _reads[1].Keys.Order());
        Answer(1);

        Assert.Equal("row 1", await first);
        Assert.Equal(["row 2", "row 3", "row 2", "row 1"], await Task.WhenAll(others));
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task A_row_that_is_not_there_is_null_for_its_own_key_only()
    {
        var first = Ask(1);
        await BegunAsync(1);
        var (there, absent) = (Ask(2), Ask(-3));
        Answer(0);
        await BegunAsync(2);
        Answer(1);
        Assert.Equal(("row 1", "row 2", null), (await first, await there, await absent));
    }

    [Fact]
    public async Task Tenants_do_not_share_a_read()
    {
        var first = Ask(1);
        await BegunAsync(1);
        var (mine, theirs) = (Ask(2), _loader.LoadAsync(Theirs, 2, CancellationToken.None));
        Answer(0);
        await BegunAsync(2);
        _reads[1].Answer.SetException(new TimeoutException());
        await BegunAsync(3);
        Answer(2);
        Assert.Equal([(Mine, 2), (Theirs, 2)], _reads[1..].Select(read => (read.Tenant, Assert.Single(read.Keys))).OrderBy(read => read.Tenant.Value));
        Assert.Equal("row 1", await first);
        await Assert.ThrowsAsync<TimeoutException>(() => _reads[1].Tenant == Mine ? mine : theirs);
        Assert.Equal("row 2", await (_reads[1].Tenant == Mine ? theirs : mine));
    }

    [Fact]
    public async Task A_read_asks_for_no_more_than_its_most()
    {
        var first = Ask(0);
        await BegunAsync(1);
        var others = Enumerable.Range(1, BatchLoader<int, string>.MostKeys + 10).Select(Ask).ToArray();
        Answer(0);
        await BegunAsync(2);
        Answer(1);
        await BegunAsync(3);
        Answer(2);
        Assert.Equal(Enumerable.Range(1, others.Length).Select(key => $"row {key}"), await Task.WhenAll(others));
        Assert.Equal("row 0", await first);
        Assert.Equal((BatchLoader<int, string>.MostKeys, 10), (_reads[1].Keys.Length, _reads[2].Keys.Length));
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_hurts_only_those_who_asked_for_it()
    {
        var first = Ask(1);
        await BegunAsync(1);
        var (good, bad, other) = (Ask(2), Ask(3), Ask(4));
        Answer(0);
        await BegunAsync(2);
        _reads[1].Answer.SetException(new FormatException("together"));
        foreach (var read in new[] { 2, 3, 4 })
        {
            await BegunAsync(read + 1);
            if (_reads[read].Keys is [3]) _reads[read].Answer.SetException(new FormatException("alone"));
            else Answer(read);
        }
        Assert.Equal(("row 1", "row 2", "row 4"), (await first, await good, await other));
        Assert.Equal("alone", (await Assert.ThrowsAsync<FormatException>(() => bad)).Message);
        // And it serves on.
        var later = Ask(5);
        await BegunAsync(6);
        Answer(5);
        Assert.Equal("row 5", await later);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_not_asked_again_for_each()
    {
        var first = Ask(1);
        await BegunAsync(1);
        Task<string?>[] others = [Ask(2), Ask(3)];
        Answer(0);
        await BegunAsync(2);
        _reads[1].Answer.SetException(new TimeoutException());
        foreach (var other in others) await Assert.ThrowsAsync<TimeoutException>(() => other);
        await first;
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task Who_no_longer_waits_ends_nobody_elses_read()
    {
        using var gone = new CancellationTokenSource();
        var first = _loader.LoadAsync(Mine, 1, gone.Token);
        await BegunAsync(1);
        var other = Ask(1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Answer(0);
        await BegunAsync(2);
        Answer(1);
        Assert.Equal("row 1", await other);
    }

    private Task<string?> Ask(int key) => _loader.LoadAsync(Mine, key, CancellationToken.None);

    private Task<IReadOnlyDictionary<int, string>> ReadAsync(TenantId tenant, int[] keys, CancellationToken ct)
    {
        var answer = new TaskCompletionSource<IReadOnlyDictionary<int, string>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _reads.Add((tenant, keys, answer));
        _begun.Release();
        return answer.Task;
    }

    /// <summary>Waits for the next read to begin, which must be the <paramref name="count"/>th.</summary>
    private async Task BegunAsync(int count)
    {
        Assert.True(await _begun.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(count, _reads.Count);
    }

    // Only what has a positive key is there.
    private void Answer(int read) => _reads[read].Answer.SetResult(_reads[read].Keys.Where(key => key >= 0).ToDictionary(key => key, key => $"row {key}"));
}
