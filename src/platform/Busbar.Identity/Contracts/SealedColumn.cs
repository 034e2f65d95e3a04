using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Busbar.Identity;

/// <summary>A column of boxes, which the keeper of the keys seals anew after a rotation. A room adds one, as this type, for each of its <see cref="SealedAttribute"/>s.</summary>
public abstract class SealedColumn
{
    private protected SealedColumn(Type row, string property) => (Row, Property) = (row, property);

    internal Type Row { get; }
    internal string Property { get; }

    /// <summary>How many boxes each key has.</summary>
    internal abstract Task<IReadOnlyDictionary<long, long>> CountAsync(CancellationToken ct);

    /// <summary>Seals some boxes of other keys with this one, in the order of their rows' keys.</summary>
    /// <param name="skip">So many were met that cannot be opened: they stand before the next.</param>
    /// <param name="failed">Told of a box that cannot be opened: it stays as it is.</param>
    /// <returns>How many were sealed anew, and how many could not; none of either: nothing is left to do.</returns>
    internal abstract Task<(int Sealed, int Stuck)> ResealAsync(SealedBox box, long current, int skip, int count, Action<CryptographicException> failed, CancellationToken ct);
}

/// <summary>The same, of a row of a room's context.</summary>
/// <param name="property">Bytes, or null.</param>
/// <param name="purpose">What a row's box was sealed for.</param>
/// <param name="only">The rows that have a box, where others of the table have something else there.</param>
public sealed class SealedColumn<TDb, TRow>(RoomDbFactory<TDb> rooms, string property, Func<TRow, string> purpose, Expression<Func<TRow, bool>>? only = null) : SealedColumn(typeof(TRow), property)
    where TDb : RoomDb
    where TRow : class, ITenantOwned
{
    private readonly PropertyInfo _property = typeof(TRow).GetProperty(property) ?? throw new ArgumentException($"{typeof(TRow).Name} has no {property}.", nameof(property));

    internal override async Task<IReadOnlyDictionary<long, long>> CountAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var counts = await Boxes(db).GroupBy(row => BytesPart.Of(EF.Property<byte[]>(row, Property), 1, SealedBox.HeaderSize)).Select(boxes => new { Header = boxes.Key, Count = boxes.LongCount() }).ToListAsync(ct);
        return counts.ToDictionary(count => SealedBox.NumberOf(count.Header), count => count.Count);
    }

    internal override async Task<(int Sealed, int Stuck)> ResealAsync(SealedBox box, long current, int skip, int count, Action<CryptographicException> failed, CancellationToken ct)
    {
        var header = SealedBox.Header(current);
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var key = db.Model.FindEntityType(typeof(TRow))!.FindPrimaryKey()!;
        var found = await InOrder(Boxes(db).AsNoTracking().Where(row => BytesPart.Of(EF.Property<byte[]>(row, Property), 1, SealedBox.HeaderSize) != header), key).Skip(skip).Take(count).ToListAsync(ct);
        var anew = new List<(TRow Row, byte[] Old, byte[] New)>();
        foreach (var row in found)
        {
            var old = (byte[])_property.GetValue(row)!;
            try { anew.Add((row, old, box.Seal(purpose(row), box.Open(purpose(row), old)))); }
            catch (CryptographicException error) { failed(error); }
        }
        if (anew.Count == 0) return (0, found.Count);
        // Freed pages keep no box that a destroyed key would have to be trusted for.
        await db.OverwriteFreedAsync(ct);
        await db.CommitAsync(async token =>
        {
            foreach (var (row, old, sealedAnew) in anew)
                // Only the very box that was opened: what somebody put there meanwhile stays.
                await db.Set<TRow>().Where(Same(key, row, old)).ExecuteUpdateAsync(set => set.SetProperty(one => EF.Property<byte[]>(one, Property), sealedAnew), token);
        }, ct);
        return (anew.Count, found.Count - anew.Count);
    }

    private static IOrderedQueryable<TRow> InOrder(IQueryable<TRow> rows, IKey key)
    {
        var names = key.Properties.Select(property => property.Name).ToList();
        return names.Skip(1).Aggregate(rows.OrderBy(row => EF.Property<object>(row, names[0])), (sorted, name) => sorted.ThenBy(row => EF.Property<object>(row, name)));
    }

    private IQueryable<TRow> Boxes(TDb db)
    {
        var rows = only is null ? db.Set<TRow>() : db.Set<TRow>().Where(only);
        return rows.Where(row => EF.Property<byte[]?>(row, Property) != null);
    }

    private Expression<Func<TRow, bool>> Same(IKey key, TRow row, byte[] box)
    {
        var one = Expression.Parameter(typeof(TRow), "one");
        var all = Equal(_property, box);
        foreach (var part in key.Properties) all = Expression.AndAlso(Equal(part.PropertyInfo!, part.PropertyInfo!.GetValue(row)!), all);
        return Expression.Lambda<Func<TRow, bool>>(all, one);

        // As a field of something that is closed over: a parameter of one query, and not a query of its own.
        Expression Equal(PropertyInfo member, object value) => Expression.Equal(
            Expression.Property(one, member),
            Expression.Field(Expression.Constant(Activator.CreateInstance(typeof(StrongBox<>).MakeGenericType(member.PropertyType), value)), nameof(StrongBox<>.Value)));
    }
}
