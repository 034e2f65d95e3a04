using Busbar.Storage;
using Busbar.Tests.Support;
using Npgsql;

namespace Busbar.Tests.Schema;

public sealed class RowSecurityTests(Servers servers)
{
    private const string OwnedTables =
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity
            AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
        WHERE c.relkind IN ('r', 'p')
        """;

    [Fact]
    public async Task Every_table_has_forced_row_security_and_a_policy()
    {
        await using var connection = await OpenAsync();
        var secured = await SecuredAsync(connection);
        // The history of migrations is nobody's; the application role has no right to it.
        Assert.True(secured.Remove("__EFMigrationsHistory"));
        Assert.Contains("storage_journal", secured.Keys);
        Assert.Empty(secured.Where(table => !table.Value).Select(table => table.Key));
    }

    [Theory]
    [InlineData("CREATE TABLE careless (tenant_id uuid)")]
    [InlineData("CREATE TABLE careless (tenant_id uuid); ALTER TABLE careless ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON careless USING (true) WITH CHECK (true)")]
    [InlineData("CREATE TABLE careless (tenant_id uuid); ALTER TABLE careless ENABLE ROW LEVEL SECURITY; ALTER TABLE careless FORCE ROW LEVEL SECURITY")]
    public async Task The_guard_sees_a_table_that_lacks_it(string careless)
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var make = new NpgsqlCommand(careless, connection)) await make.ExecuteNonQueryAsync();
        Assert.False((await SecuredAsync(connection))["careless"]);
    }

    [Fact]
    public async Task Row_security_alone_hides_other_tenants_rows()
    {
        var (connection, one, other) = await TwoTenantsAsync();
        await using (connection)
        {
            Assert.Equal(["mine"], await UidsAsync(connection, one.ToString()));
            Assert.Equal(["theirs"], await UidsAsync(connection, other.ToString()));
            Assert.Equal(["mine", "theirs"], (await UidsAsync(connection, $"{one},{other}")).Order());
            Assert.Empty(await UidsAsync(connection, ""));
        }
    }

    [Fact]
    public async Task A_row_of_another_tenant_is_neither_written_nor_taken()
    {
        var (connection, one, other) = await TwoTenantsAsync();
        await using var _ = connection;
        await using var transaction = await ScopeAsync(connection, one.ToString());
        await using var steal = new NpgsqlCommand("UPDATE customers_tokens SET uid = 'stolen' WHERE uid_folded = 'THEIRS'", connection);
        Assert.Equal(0, await steal.ExecuteNonQueryAsync());
        await using var plant = new NpgsqlCommand("UPDATE customers_tokens SET tenant_id = $1 WHERE uid_folded = 'MINE'", connection) { Parameters = { new() { Value = other } } };
        var error = await Assert.ThrowsAsync<PostgresException>(() => plant.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, error.SqlState);
    }

    [Fact]
    public async Task The_owner_of_the_tables_sees_nothing_without_a_scope()
    {
        var (connection, _, _) = await TwoTenantsAsync();
        await using var own = connection;
        await using var count = new NpgsqlCommand("SELECT count(*) FROM customers_tokens", connection);
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    private static async Task<Dictionary<string, bool>> SecuredAsync(NpgsqlConnection connection)
    {
        var secured = new Dictionary<string, bool>();
        await using var command = new NpgsqlCommand(OwnedTables, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) secured[reader.GetString(0)] = reader.GetBoolean(1);
        return secured;
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var server = await servers.OnAsync(DatabaseKind.Postgres);
        var connection = new NpgsqlConnection(server.Store[0].Split('=', 2)[1]);
        await connection.OpenAsync();
        return connection;
    }

    private async Task<(NpgsqlConnection, Guid, Guid)> TwoTenantsAsync()
    {
        var server = await servers.OnAsync(DatabaseKind.Postgres);
        var tenants = new List<Guid>();
        foreach (var uid in new[] { "mine", "theirs" })
        {
            var api = await server.NewTenantAsync();
            (await api.PostAsync("tokens", new { uid, type = "rfid" })).Is(System.Net.HttpStatusCode.Created);
            var id = (await api.GetAsync("tenants")).Items.Single(item => item.GetProperty("slug").GetString() == api.Tenant).GetProperty("id").GetString();
            Assert.True(Busbar.Kernel.TypedId.TryParse<Busbar.Kernel.TenantId>(id, out var tenant));
            tenants.Add(tenant.Value);
        }
        return (await OpenAsync(), tenants[0], tenants[1]);
    }

    private static async Task<NpgsqlTransaction> ScopeAsync(NpgsqlConnection connection, string tenants)
    {
        var transaction = await connection.BeginTransactionAsync();
        await using var scope = new NpgsqlCommand("SELECT set_config('role', 'busbar_app', true), set_config('busbar.tenants', $1, true)", connection) { Parameters = { new() { Value = tenants } } };
        await scope.ExecuteNonQueryAsync();
        return transaction;
    }

    private static async Task<List<string>> UidsAsync(NpgsqlConnection connection, string tenants)
    {
        await using var transaction = await ScopeAsync(connection, tenants);
        var uids = new List<string>();
        await using var command = new NpgsqlCommand("SELECT uid FROM customers_tokens", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) uids.Add(reader.GetString(0));
        return uids;
    }
}
