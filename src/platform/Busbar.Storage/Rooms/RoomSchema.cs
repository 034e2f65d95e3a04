using Busbar.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Busbar.Storage.Rooms;

/// <summary>
/// A room's tables, said once: its runtime context reads them, and Busbar.Schema sums all rooms' for the migrations. Table names carry the
/// room's prefix; the first key column of every table is <c>tenant_id</c>.
/// </summary>
public sealed record RoomSchema(Action<IdColumns> Ids, Action<ModelBuilder> Tables);

/// <summary>Registers a room's id types: <c>uuid</c> on PostgreSQL, 16 big-endian bytes on SQLite, so that both sort by time.</summary>
public sealed class IdColumns(ModelConfigurationBuilder conventions, DatabaseKind kind)
{
    public IdColumns Add<T>() where T : struct, ITypedId<T>
    {
        if (kind == DatabaseKind.Postgres) conventions.Properties<T>().HaveConversion<UuidConverter<T>>();
        else conventions.Properties<T>().HaveConversion<BytesConverter<T>>();
        return this;
    }

    private sealed class UuidConverter<T>() : ValueConverter<T, Guid>(id => id.Value, value => Make<T>(value)) where T : struct, ITypedId<T>;

    private sealed class BytesConverter<T>() : ValueConverter<T, byte[]>(id => id.Value.ToByteArray(true), value => Make<T>(new Guid(value, true)))
        where T : struct, ITypedId<T>;

    // Expression trees cannot call a static abstract member.
    private static T Make<T>(Guid value) where T : struct, ITypedId<T> => T.From(value);
}
