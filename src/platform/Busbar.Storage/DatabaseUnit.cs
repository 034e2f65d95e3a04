using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Busbar.Storage;

/// <summary>
/// A unit of work in plain SQL, for the few places that EF is too slow for. Opens like every other: on PostgreSQL a transaction with the
/// application role and the scope's tenants. Parameters are positional, <c>$1…$n</c>.
/// </summary>
internal sealed class DatabaseUnit : IAsyncDisposable
{
    private readonly DbConnection _connection;
    private readonly DbTransaction? _transaction;

    private DatabaseUnit(DbConnection connection, DbTransaction? transaction) => (_connection, _transaction) = (connection, transaction);

    public static async Task<DatabaseUnit> OpenAsync(Database database, TenantScope scope, CancellationToken ct)
    {
        var connection = await database.OpenAsync(ct);
        try
        {
            if (connection is not NpgsqlConnection postgres) return new DatabaseUnit(connection, null);
            var transaction = await postgres.BeginTransactionAsync(ct);
            await using var command = new NpgsqlCommand(Rooms.PostgresScope.Prepared, postgres, transaction)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = scope.Setting } },
            };
            await command.ExecuteNonQueryAsync(ct);
            return new DatabaseUnit(connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public DbCommand Command(string sql, params object?[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = _transaction;
        foreach (var parameter in parameters) Add(command, parameter);
        return command;
    }

    /// <summary>Adds the command's next parameter, and answers what it is called.</summary>
    public static string Add(DbCommand command, object? value)
    {
        var name = $"${command.Parameters.Count + 1}";
        command.Parameters.Add(command is SqliteCommand ? new SqliteParameter(name, value ?? DBNull.Value) : new NpgsqlParameter { Value = value ?? DBNull.Value });
        return name;
    }

    public Task CommitAsync(CancellationToken ct) => _transaction?.CommitAsync(ct) ?? Task.CompletedTask;

    public static Guid Guid(DbDataReader reader, int column) =>
        reader is NpgsqlDataReader ? reader.GetGuid(column) : new Guid((byte[])reader.GetValue(column), bigEndian: true);

    public async ValueTask DisposeAsync()
    {
        if (_transaction is not null) await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}
