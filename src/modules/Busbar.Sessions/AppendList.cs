using System.Collections;

namespace Busbar.Sessions;

/// <summary>
/// An immutable list that appends in constant amortised time: versions share one array, and only the newest may grow in place. An insertion
/// elsewhere copies. Equality is by content, so that a replay can be compared.
/// </summary>
internal sealed class AppendList<T> : IReadOnlyList<T>, IEquatable<AppendList<T>>
{
    private sealed class Shared(T[] items, int used, object line)
    {
        public T[] Items = items;
        public int Used = used;

        /// <summary>The same for all versions of which each only adds to the one before.</summary>
        public object Line = line;
    }

    private readonly Shared _shared;

    private AppendList(Shared shared, int count) => (_shared, Count) = (shared, count);

    public static AppendList<T> Empty { get; } = new(new Shared([], 0, new object()), 0);

    public static AppendList<T> Of(IEnumerable<T> items)
    {
        T[] array = [.. items];
        return new AppendList<T>(new Shared(array, array.Length, new object()), array.Length);
    }

    public int Count { get; }

    public T this[int index] => index < Count ? _shared.Items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public AppendList<T> Add(T item)
    {
        // Someone else may have appended to the shared array already: then this version's tail is not the array's.
        if (_shared.Used != Count || Count == _shared.Items.Length)
        {
            // Of two versions that follow one, only the first is of its line.
            var isNewest = _shared.Used == Count && Count > 0;
            var line = isNewest ? _shared.Line : new object();
            if (isNewest) _shared.Used = -1;
            var grown = new T[Math.Max(4, Count * 2)];
            Array.Copy(_shared.Items, grown, Count);
            grown[Count] = item;
            return new AppendList<T>(new Shared(grown, Count + 1, line), Count + 1);
        }
        _shared.Items[Count] = item;
        _shared.Used = Count + 1;
        return new AppendList<T>(_shared, Count + 1);
    }

    public AppendList<T> Insert(int index, T item)
    {
        if (index == Count) return Add(item);
        var copy = new T[Count + 1];
        Array.Copy(_shared.Items, copy, index);
        copy[index] = item;
        Array.Copy(_shared.Items, index, copy, index + 1, Count - index);
        return new AppendList<T>(new Shared(copy, copy.Length, new object()), copy.Length);
    }

    /// <summary>Whether this is that version, or one that came of it by adding alone: then it begins with the same items. May say no of one that does; never yes of one that does not.</summary>
    public bool Continues(AppendList<T> earlier) => ReferenceEquals(_shared.Line, earlier._shared.Line) && Count >= earlier.Count;

    public bool Equals(AppendList<T>? other) => other is not null && Count == other.Count && (ReferenceEquals(_shared, other._shared)
        || _shared.Items.AsSpan(0, Count).SequenceEqual(other._shared.Items.AsSpan(0, Count), EqualityComparer<T>.Default));

    public override bool Equals(object? obj) => Equals(obj as AppendList<T>);

    public override int GetHashCode() => Count;

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return _shared.Items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
