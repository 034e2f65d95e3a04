using System.Collections.Concurrent;
using Busbar.Kernel;

namespace Busbar.Storage;

/// <summary>
/// Who looks at something learns that it changed, after the commit and in this process: no payload, the looker reads again (design decision 21). Telling costs a glance while
/// nobody looks, and never waits. What another process changed is not told here: lookers also read by themselves every so often.
/// </summary>
public sealed class Hints
{
    private readonly ConcurrentDictionary<TenantId, Watch[]> _watches = new();
    private readonly Lock _lock = new();
    private volatile int _count;

    /// <summary>Something of a station changed, in its rows or in memory.</summary>
    public void Tell(TenantId tenant, Guid station)
    {
        if (_count == 0 || !_watches.TryGetValue(tenant, out var watches)) return;
        foreach (var watch in watches)
            if (watch.Station is null || watch.Station == station) watch.Changed();
    }

    /// <summary>Rows of a station were written that say what memory said before: news only to who reads the rows of many.</summary>
    public void TellWritten(TenantId tenant)
    {
        if (_count == 0 || !_watches.TryGetValue(tenant, out var watches)) return;
        foreach (var watch in watches)
            if (watch.Station is null) watch.Changed();
    }

    /// <summary>Something of a tenant changed that may be anything: whoever looks at a part of it is told.</summary>
    public void Tell(TenantId tenant)
    {
        if (_count == 0 || !_watches.TryGetValue(tenant, out var watches)) return;
        foreach (var watch in watches) watch.Changed();
    }

    /// <param name="station">What it is about; null: all of the tenant.</param>
    /// <param name="changed">Is called on the thread of whoever tells, which may be the commit loop's: it must return at once, and not throw.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Follow(TenantId tenant, Guid? station, Action changed)
    {
        var watch = new Watch(this, tenant, station, changed);
        lock (_lock)
        {
            _watches[tenant] = _watches.TryGetValue(tenant, out var others) ? [.. others, watch] : [watch];
            _count++;
        }
        return watch;
    }

    private void End(Watch watch)
    {
        lock (_lock)
        {
            if (!_watches.TryGetValue(watch.Tenant, out var all) || !all.Contains(watch)) return;
            if (all.Length == 1) _watches.TryRemove(watch.Tenant, out _);
            else _watches[watch.Tenant] = [.. all.Where(other => other != watch)];
            _count--;
        }
    }

    private sealed class Watch(Hints hints, TenantId tenant, Guid? station, Action changed) : IDisposable
    {
        public TenantId Tenant { get; } = tenant;
        public Guid? Station { get; } = station;
        public Action Changed { get; } = changed;

        public void Dispose() => hints.End(this);
    }
}
