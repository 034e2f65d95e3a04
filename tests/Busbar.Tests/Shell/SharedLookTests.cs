using Busbar.Kernel;
using Busbar.Shell;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Shell;

public sealed class SharedLookTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly TenantId _mine = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));
    private readonly TenantId _theirs = new(Guid.Parse("01900000-0000-7000-8000-000000000002"));

    [Fact]
    public async Task One_finding_serves_all_and_a_dear_one_for_longer()
    {
        var looks = 0;
        var cost = TimeSpan.Zero;
        var shared = new SharedLook<string>(_clock, (_, _) =>
        {
            _clock.Advance(cost);
            return Task.FromResult($"look {++looks}");
        });
        Assert.Equal("look 1", await shared.OfAsync(_mine, default));
        _clock.Advance(TimeSpan.FromMilliseconds(199));
        Assert.Equal("look 1", await shared.OfAsync(_mine, default));
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        cost = TimeSpan.FromSeconds(1);
        Assert.Equal("look 2", await shared.OfAsync(_mine, default));
        // Slow once among quick ones says nothing of what is looked at.
        Assert.Equal("look 3", await shared.OfAsync(_mine, default));
        // It took a second twice: it is kept for twenty, counted from when it was begun.
        _clock.Advance(TimeSpan.FromSeconds(18));
        Assert.Equal("look 3", await shared.OfAsync(_mine, default));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("look 4", await shared.OfAsync(_mine, default));
    }

    [Fact]
    public async Task A_tenant_waits_for_its_own_look_only()
    {
        var slow = new TaskCompletionSource<string>();
        var shared = new SharedLook<string>(_clock, (tenant, _) => tenant == _mine ? slow.Task : Task.FromResult("theirs"));
        var (first, second) = (shared.OfAsync(_mine, default), shared.OfAsync(_mine, default));
        Assert.Equal("theirs", await shared.OfAsync(_theirs, default));
        Assert.False(first.IsCompleted || second.IsCompleted);
        slow.SetResult("mine");
        Assert.Equal(["mine", "mine"], await Task.WhenAll(first, second));
    }

    [Fact]
    public async Task A_look_that_failed_is_not_kept()
    {
        var looks = 0;
        var shared = new SharedLook<string>(_clock, (_, _) => ++looks == 1 ? throw new IOException("gone") : Task.FromResult("there"));
        await Assert.ThrowsAsync<IOException>(() => shared.OfAsync(_mine, default));
        Assert.Equal("there", await shared.OfAsync(_mine, default));
    }
}
