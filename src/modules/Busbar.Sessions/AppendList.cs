using System.Collections;

namespace Busbar.Sessions;

/// <summary>
/// An immutable list that appends in constant amortised time: versions share one array, and only the newest may grow in place. An insertion
/// elsewhere copies. Equality is by content, so that a replay can be compared.
/// </summary>
internal sealed class AppendList<T> : IReadOnlyList<T>, IEquatable<AppendList<T>>
{
    private sealed class Shared(T[] items, int used)
    {
        public T[] Items = items;
        public int Used = used;
    }

    private readonly Shared _shared;

    private AppendList(Shared shared, int count) => (_shared, Count) = (shared, count);

    public static AppendList<T> Empty { get; } = new(new Shared([], 0), 0);

    public static AppendList<T> Of(IEnumerable<T> items)
    {
        T[] array = [.. items];
        return new AppendList<T>(new Shared(array, array.Length), array.Length);
    }

    public int Count { get; }

    public T this[int index] => index < Count ? _shared.Items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public AppendList<T> Add(T item)
    {
        // Someone else may have appended to the shared array already: then this version's tail is not the array's.
        if (_shared.Used != Count || Count == _shared.Items.Length)
        {
            var grown = new T[Math.Max(4, Count * 2)];
            Array.Copy(_shared.Items, grown, Count);
            grown[Count] = item;
            return new AppendList<T>(new Shared(grown, Count + 1), Count + 1);
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
        return new AppendList<T>(new Shared(copy, copy.Length), copy.Length);
    }

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
