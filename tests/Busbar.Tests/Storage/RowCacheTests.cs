using Busbar.Storage.Rooms;

namespace Busbar.Tests.Storage;

/// <summary>Who asks for a row while it is being loaded shares the load, and never sees a row from before a change that it knows of.</summary>
public sealed class RowCacheTests
{
    private readonly RowCache<int, string> _cache = new(TimeProvider.System, TimeSpan.FromMinutes(1), 100);
    private readonly List<TaskCompletionSource<string?>> _loads = [];

    [Fact]
    public async Task A_row_that_many_ask_for_at_once_is_loaded_once()
    {
        var asked = Enumerable.Range(0, 50).Select(_ => Ask()).ToArray();
        Assert.Single(_loads);
        _loads[0].SetResult("a");

        Assert.All(await Task.WhenAll(asked), value => Assert.Equal("a", value));
        Assert.Equal("a", await Ask());
        Assert.Single(_loads);
    }

    [Fact]
    public async Task Who_asks_after_a_change_does_not_get_what_was_read_before_it()
    {
        var before = Ask();
        _cache.Forget(1);
        var after = Ask();
        Assert.Equal(2, _loads.Count);
        _loads[1].SetResult("new");
        _loads[0].SetResult("old");

        Assert.Equal(("old", "new"), (await before, await after));
        Assert.Equal("new", await Ask());
    }

    [Fact]
    public async Task Who_asks_after_everything_was_forgotten_does_not_either()
    {
        var before = Ask();
        _cache.ForgetAll();
        var after = Ask();
        _loads[1].SetResult("new");
        _loads[0].SetResult("old");

        Assert.Equal(("old", "new"), (await before, await after));
    }

    [Fact]
    public async Task What_was_read_beside_is_kept_unless_something_changed_meanwhile()
    {
        var before = _cache.Mark();
        _cache.Forget(7);
        _cache.Keep(1, "old", before);
        var asked = Ask();
        _loads[0].SetResult("loaded");
        Assert.Equal("loaded", await asked);

        _cache.Keep(1, "beside", _cache.Mark());
        Assert.Equal("beside", await Ask());
        Assert.Single(_loads);
    }

    [Fact]
    public async Task The_first_who_asks_may_go_and_the_others_have_the_row()
    {
        using var first = new CancellationTokenSource();
        var gone = Ask(first.Token);
        var stays = Ask();
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        _loads[0].SetResult("a");

        Assert.Equal("a", await stays);
    }

    [Fact]
    public async Task A_load_that_failed_is_tried_again()
    {
        var asked = new[] { Ask(), Ask() };
        _loads[0].SetException(new IOException("gone"));
        foreach (var one in asked) await Assert.ThrowsAsync<IOException>(() => one);

        var again = Ask();
        _loads[1].SetResult(null);
        Assert.Null(await again);
        Assert.Null(await Ask());
        Assert.Equal(2, _loads.Count);
    }

    // In time, or a load that nobody completes would be waited for.
    private Task<string?> Ask(CancellationToken ct = default) => AskAsync(ct).WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

    private Task<string?> AskAsync(CancellationToken ct) => _cache.GetAsync(1, (_, _) =>
    {
        var load = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loads.Add(load);
        return load.Task;
    }, ct).AsTask();
}
