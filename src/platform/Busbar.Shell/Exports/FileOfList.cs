using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Shell;

/// <summary>What stands in one cell of a file: nothing, a text, a number, or a moment.</summary>
public readonly record struct FileCell
{
    internal string? Text { get; private init; }
    internal decimal? Number { get; private init; }
    internal Instant? At { get; private init; }

    /// <summary>Whatever it holds, no program that opens the file takes it for a formula.</summary>
    public static FileCell Of(string? text) => new() { Text = text };

    /// <summary>With all its decimals.</summary>
    public static FileCell Of(decimal? number) => new() { Number = number };

    /// <summary>Written in the tenant's zone.</summary>
    public static FileCell Of(Instant? at) => new() { At = at };

    /// <summary>kWh.</summary>
    public static FileCell Of(Energy energy) => new() { Number = energy.KilowattHours };

    /// <summary>An amount as it is stored, in the currency's units; its currency has a column of its own.</summary>
    public static FileCell OfMicros(long? micros) => new() { Number = micros / 1_000_000m };
}

/// <param name="Title">In the language of the moment.</param>
/// <param name="IsTime">Its head names the zone.</param>
public sealed record FileColumn<T>(Func<string> Title, Func<T, FileCell> Cell, bool IsTime = false);

/// <summary>Who asks for a file, and of what.</summary>
public sealed record FileRequest(IServiceProvider Services, Caller Caller, IReadOnlyDictionary<string, string?> Query)
{
    /// <summary>What the list is narrowed to, by the name that it has in the page's address.</summary>
    public string? this[string name] => Query.GetValueOrDefault(name);

    /// <summary>Where the caller holds the page's scope.</summary>
    internal Reach Reach { get; init; } = Reach.Nowhere;
}

/// <summary>A list as a file, beside its page: the same rows, narrowed by the same query, for who may see the page.</summary>
public abstract class FileOfList
{
    internal abstract IReadOnlyList<(string Title, bool IsTime)> Heads { get; }

    /// <summary>Its rows are read within a reach; another is for who holds the page's scope in the whole tenant.</summary>
    internal abstract bool TakesReach { get; }

    internal abstract Task<long> CountAsync(FileRequest request, CancellationToken ct);

    internal abstract IAsyncEnumerable<IReadOnlyList<FileCell>> RowsAsync(FileRequest request, CancellationToken ct);
}

/// <inheritdoc />
public sealed class FileOfList<T> : FileOfList
{
    private readonly IReadOnlyList<FileColumn<T>> _columns;
    private readonly Func<FileRequest, CancellationToken, Task<long>> _count;
    private readonly Func<FileRequest, CancellationToken, IAsyncEnumerable<T>> _rows;

    /// <param name="columns">From left to right.</param>
    /// <param name="count">How many rows there are: asked where a format cannot hold any number.</param>
    /// <param name="rows">
    /// Reads them in steps, each in a unit of work of its own: a file may have a million rows and be taken slowly, and neither memory nor the database may wait for it.
    /// </param>
    public FileOfList(IReadOnlyList<FileColumn<T>> columns, Func<FileRequest, CancellationToken, Task<long>> count, Func<FileRequest, CancellationToken, IAsyncEnumerable<T>> rows) =>
        (_columns, _count, _rows) = (columns, count, rows);

    /// <summary>A list that filters by place: counted and read within the reach.</summary>
    public FileOfList(
        IReadOnlyList<FileColumn<T>> columns, Func<FileRequest, Reach, CancellationToken, Task<long>> count, Func<FileRequest, Reach, CancellationToken, IAsyncEnumerable<T>> rows)
        : this(columns, (request, ct) => count(request, request.Reach, ct), (request, ct) => rows(request, request.Reach, ct)) => TakesReach = true;

    internal override bool TakesReach { get; }

    internal override IReadOnlyList<(string Title, bool IsTime)> Heads => [.. _columns.Select(column => (column.Title(), column.IsTime))];

    internal override Task<long> CountAsync(FileRequest request, CancellationToken ct) => _count(request, ct);

    internal override async IAsyncEnumerable<IReadOnlyList<FileCell>> RowsAsync(FileRequest request, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        // One row at a time is looked at, so all share one array.
        var cells = new FileCell[_columns.Count];
        await foreach (var row in _rows(request, ct).WithCancellation(ct))
        {
            for (var i = 0; i < cells.Length; i++) cells[i] = _columns[i].Cell(row);
            yield return cells;
        }
    }
}
