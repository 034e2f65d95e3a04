using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Busbar.Schema.Design;

// Generating a migration compares models; neither factory's context is ever connected.

internal sealed class SqliteSchemaDbFactory : IDesignTimeDbContextFactory<SqliteSchemaDb>
{
    public SqliteSchemaDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<SqliteSchemaDb>().UseSqlite("Data Source=:memory:").Options);
}

internal sealed class PostgresSchemaDbFactory : IDesignTimeDbContextFactory<PostgresSchemaDb>
{
    public PostgresSchemaDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PostgresSchemaDb>().UseNpgsql("Host=localhost").Options);
}
