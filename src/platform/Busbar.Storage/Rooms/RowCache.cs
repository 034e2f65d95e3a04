using System.Collections.Concurrent;

namespace Busbar.Storage.Rooms;

/// <summary>A moment of a <see cref="RowCache{TKey, TValue}"/>: how many changes it had seen, and when.</summary>
public readonly record struct CacheMark(long Changes, long At);

/// <summary>
/// A bounded memory of rows that are read far more often than they change. What this process changes it forgets at once; what another process
/// changed is seen when an entry is older than the cache's age. "There is no such row" is remembered too.
/// </summary>
/// <remarks>
/// A load that began before any change is not kept: changes are counted. Who asks while a key is being loaded waits for that load, unless the row changed since it
/// began: when all stations come back at once they ask for the same few rows.
/// </remarks>
public sealed class RowCache<TKey, TValue>(TimeProvider clock, TimeSpan age, int capacity) where TKey : notnull where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentDictionary<TKey, Lazy<Task<TValue?>>> _loads = new();
    private readonly int _absentCapacity = Math.Max(1, capacity / 4);
    private long _changes;
    private int _absent;

    private readonly record struct Entry(TValue? Value, long LoadedAt);

    /// <summary>Costs no database when the entry is young enough.</summary>
    public ValueTask<TValue?> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> load, CancellationToken ct) =>
        _entries.TryGetValue(key, out var entry) && clock.GetElapsedTime(entry.LoadedAt) < age
            ? ValueTask.FromResult(entry.Value)
            : SharedAsync(key, load, ct);

    /// <summary>Taken before a read whose rows are to be kept beside the one that was asked for.</summary>
    public CacheMark Mark() => new(Interlocked.Read(ref _changes), clock.GetTimestamp());

    /// <summary>Keeps what was read since the mark, unless something has changed since then.</summary>
    public void Keep(TKey key, TValue value, CacheMark mark) => Store(key, value, mark);

    /// <summary>There was such a row when it was last looked for, however long ago; never asks the database.</summary>
    public bool Remembers(TKey key) => _entries.TryGetValue(key, out var entry) && entry.Value is not null;

    /// <summary>Call after the change is committed.</summary>
    public void Forget(TKey key)
    {
        Interlocked.Increment(ref _changes);
        _loads.TryRemove(key, out _);
        _entries.TryRemove(key, out _);
    }

    public void ForgetAll()
    {
        Interlocked.Increment(ref _changes);
        _loads.Clear();
        _entries.Clear();
    }

    private async ValueTask<TValue?> SharedAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> load, CancellationToken ct)
    {
        // Not cancelled by the first who asked: others wait for it too.
        var shared = _loads.GetOrAdd(key, static (key, ask) => new Lazy<Task<TValue?>>(() => ask.Cache.LoadAsync(key, ask.Load, CancellationToken.None)), (Cache: this, Load: load));
        try { return await shared.Value.WaitAsync(ct); }
        finally { _loads.TryRemove(KeyValuePair.Create(key, shared)); }
    }

    private async Task<TValue?> LoadAsync(TKey key, Func<TKey, CancellationToken, Task<TValue?>> load, CancellationToken ct)
    {
        var mark = Mark();
        var value = await load(key, ct);
        Store(key, value, mark);
        return value;
    }

    private void Store(TKey key, TValue? value, CacheMark mark)
    {
        // What was loaded since the change is newer.
        if (Interlocked.Read(ref _changes) != mark.Changes) return;
        if (_entries.Count >= capacity) Evict();
        // Anyone can ask for what is not there: that must not push out what is.
        if (value is null && Interlocked.Increment(ref _absent) > _absentCapacity) EvictAbsent();
        var entry = new Entry(value, mark.At);
        _entries[key] = entry;
        // Stored, then checked: a change that came between removes either this entry itself or is seen here.
        if (Interlocked.Read(ref _changes) != mark.Changes) _entries.TryRemove(KeyValuePair.Create(key, entry));
    }

    // A quarter goes at once, in no order that anyone outside can steer: rare, and cheaper than order on every read.
    private void Evict()
    {
        foreach (var key in _entries.Keys.Where((_, i) => i % 4 == 0)) _entries.TryRemove(key, out _);
    }

    private void EvictAbsent()
    {
        Interlocked.Exchange(ref _absent, 0);
        foreach (var (key, entry) in _entries)
            if (entry.Value is null) _entries.TryRemove(KeyValuePair.Create(key, entry));
    }
}
