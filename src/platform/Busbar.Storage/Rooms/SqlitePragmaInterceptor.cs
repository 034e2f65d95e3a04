using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Busbar.Storage.Rooms;

/// <summary>Gives connections that EF opens the same pragmas as our own.</summary>
internal sealed class SqlitePragmaInterceptor : DbConnectionInterceptor
{
    public static SqlitePragmaInterceptor Instance { get; } = new();

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => SqlitePragmas.Apply(connection);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        SqlitePragmas.Apply(connection);
        return Task.CompletedTask;
    }
}
