using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Stations.Presence;

/// <summary>All stations' presence, in memory. What changed is handed to the writer, which stores it in its own time.</summary>
internal sealed class PresenceBook(Hints hints) : IStationPresence
{
    // By the station's own id, which is unique over all tenants.
    private readonly ConcurrentDictionary<Guid, PresenceEntry> _entries = new();
    private readonly ConcurrentDictionary<PresenceEntry, bool> _changed = new();

    public PresenceEntry Entry(StationKey key) =>
        _entries.GetOrAdd(key.Station, static (_, state) => new PresenceEntry(state.key, state.book.Told), (key, book: this));

    public PresenceSnapshot? Find(StationKey key) => EntryOf(key)?.Snapshot();

    public StationPresence? View(StationKey key) => EntryOf(key)?.View();

    public ValueTask<IReadOnlyDictionary<StationId, StationPresence>> FindAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct)
    {
        var found = new Dictionary<StationId, StationPresence>(stations.Count);
        foreach (var station in stations)
            if (View(new StationKey(tenant, station.Value)) is { } known) found[station] = known;
        return ValueTask.FromResult<IReadOnlyDictionary<StationId, StationPresence>>(found);
    }

    /// <summary>The stations whose presence changed since the last call; each once, however often it changed.</summary>
    public IReadOnlyList<PresenceEntry> TakeChanged(int atMost)
    {
        List<PresenceEntry>? taken = null;
        foreach (var (entry, _) in _changed)
        {
            // Removed before it is read: a change after this is another one.
            if (!_changed.TryRemove(entry, out _)) continue;
            (taken ??= []).Add(entry);
            if (taken.Count >= atMost) break;
        }
        return taken ?? (IReadOnlyList<PresenceEntry>)[];
    }

    /// <summary>Before the process ends: what was last heard of those who are still there is stored too.</summary>
    public void MarkOnline()
    {
        foreach (var entry in _entries.Values)
        {
            if (!entry.IsOnline) continue;
            entry.Last();
            Changed(entry);
        }
    }

    // Of another tenant's station nobody is told anything.
    private PresenceEntry? EntryOf(StationKey key) => _entries.TryGetValue(key.Station, out var entry) && entry.Key == key ? entry : null;

    private void Told(PresenceEntry entry)
    {
        Changed(entry);
        hints.Tell(entry.Key.Tenant, entry.Key.Station);
    }

    /// <summary>Puts back what could not be stored.</summary>
    public void Changed(PresenceEntry entry) => _changed[entry] = true;
}
