using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Busbar.Storage.Rooms;

/// <summary>What a database's refusal means, said the same for both.</summary>
public static class DatabaseErrors
{
    private const int SqliteBusy = 5;
    private const int SqliteConstraint = 19;
    private const int SqliteUnique = 2067;
    private const int SqlitePrimaryKey = 1555;

    /// <summary>A row with this key exists already.</summary>
    public static bool IsDuplicateKey(this Exception error) => (error is DbUpdateException ? error.InnerException : error) switch
    {
        PostgresException postgres => postgres.SqlState == PostgresErrorCodes.UniqueViolation,
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is SqliteUnique or SqlitePrimaryKey,
        _ => false,
    };

    /// <summary>The database itself is out of reach, its disk or its file: what is written next will fail too, whatever it is.</summary>
    public static bool IsOutage(this Exception error) => error switch
    {
        PostgresException postgres => postgres.SqlState is ['5', '3' or '7' or '8', ..],
        NpgsqlException { SqlState: null } or TimeoutException or SocketException => true,
        SqliteException sqlite => sqlite.SqliteErrorCode is not (SqliteConstraint or SqliteBusy),
        _ => false,
    };

    /// <summary>A serialisation failure, a deadlock or a busy file: the same may be written again as it is.</summary>
    public static bool IsTransient(this Exception error) => error switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected,
        SqliteException sqlite => sqlite.SqliteErrorCode is SqliteBusy,
        _ => false,
    };
}
