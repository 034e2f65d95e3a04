using System.Net;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Busbar.Tests.Storage;

/// <summary>Rows that are read without EF are a scope's own, and what was asked for: in plain SQL nothing else would keep a tenant's rows apart on the embedded store.</summary>
public sealed class RowReaderTests(Servers servers)
{
    private static readonly RowSource<(TenantId Tenant, string Uid, string? Group)> Tokens = new(
        "customers_tokens", "tenant_id, uid, group_id", row => (row.Id<TenantId>(0), row.Text(1), row.MaybeText(2)));

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_scope_sees_its_own_rows_and_all_scopes_see_all(DatabaseKind kind)
    {
        var (reader, mine, theirs, _) = await TwoTenantsAsync(kind);

        Assert.Equal(["A", "B", "C"], await UidsAsync(reader, TenantScope.Of(mine)));
        Assert.Equal(["A", "D"], await UidsAsync(reader, TenantScope.Of(theirs)));
        Assert.Equal(["A", "A", "B", "C", "D"], await UidsAsync(reader, TenantScope.System, RowMatch.Ids("tenant_id", [mine, theirs])));
        // A scope is no condition among others: whoever names another tenant gets nothing.
        Assert.Empty(await UidsAsync(reader, TenantScope.Of(mine), RowMatch.Ids("tenant_id", [theirs])));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Conditions_are_all_met_and_none_of_nothing_is_met(DatabaseKind kind)
    {
        var (reader, mine, _, _) = await TwoTenantsAsync(kind);
        var scope = TenantScope.Of(mine);

        Assert.Equal(["A", "C"], await UidsAsync(reader, scope, RowMatch.Texts("uid", "C", "A", "absent", "'; DROP TABLE customers_tokens --")));
        Assert.Equal(["A"], await UidsAsync(reader, scope, RowMatch.Texts("uid", "C", "A"), RowMatch.Texts("group_id", "fleet")));
        Assert.Equal(["C"], await UidsAsync(reader, scope, RowMatch.Texts("uid", "C", "A"), RowMatch.Null("group_id")));
        Assert.Empty(await UidsAsync(reader, scope, RowMatch.Texts("uid")));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_newest_come_first_and_no_more_than_were_asked_for(DatabaseKind kind)
    {
        var (reader, mine, _, _) = await TwoTenantsAsync(kind);
        var ct = TestContext.Current.CancellationToken;

        // Ids grow with the time that they were made at.
        Assert.Equal(["C", "B"], (await reader.ReadNewestAsync(TenantScope.Of(mine), Tokens, 2, ct)).Select(row => row.Uid));
        Assert.Equal(["B", "A"], (await reader.ReadNewestAsync(TenantScope.Of(mine), Tokens, 3, ct, RowMatch.Texts("group_id", "fleet"))).Select(row => row.Uid));
    }

    /// <summary>As every unit of work: a login that owns the tables, or more, must not be what row-level security is asked about.</summary>
    [Fact]
    public async Task A_question_is_asked_as_the_application()
    {
        var (reader, mine, _, _) = await TwoTenantsAsync(DatabaseKind.Postgres);
        var roles = new RowSource<string>("customers_tokens", "current_user::text", row => row.Text(0));
        foreach (var scope in new[] { TenantScope.Of(mine), TenantScope.System })
            Assert.Equal([Database.ApplicationRole], (await reader.ReadAsync(scope, roles, TestContext.Current.CancellationToken)).Distinct());
    }

    /// <summary>The scope is the question's, whether or not a pool clears what it is given back: what the connection does next is not done as the application, nor for that tenant.</summary>
    [Fact]
    public async Task A_connection_keeps_nothing_of_a_question()
    {
        var (_, mine, _, database) = await TwoTenantsAsync(DatabaseKind.Postgres);
        await using var one = Database.Postgres(new NpgsqlConnectionStringBuilder(database.ConnectionString) { NoResetOnClose = true, MaxPoolSize = 1 }.ConnectionString);
        var reader = new RowReader(one);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(["A", "B", "C"], await UidsAsync(reader, TenantScope.Of(mine)));
            await using var connection = await one.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("SELECT current_user <> session_user, coalesce(current_setting('busbar.tenants', true), '')", (NpgsqlConnection)connection);
            await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            await row.ReadAsync(TestContext.Current.CancellationToken);
            Assert.Equal((false, ""), (row.GetBoolean(0), row.GetString(1)));
        }
    }

    private async Task<(RowReader Reader, TenantId Mine, TenantId Theirs, Database Database)> TwoTenantsAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var tenants = server.Services.GetRequiredService<ITenants>();
        var (one, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        await MakeAsync(one, "A", "fleet");
        await MakeAsync(one, "B", "fleet");
        await MakeAsync(one, "C", null);
        await MakeAsync(other, "A", "fleet");
        await MakeAsync(other, "D", null);
        return (server.Services.GetRequiredService<RowReader>(), tenants.Find(one.Tenant!)!.Id, tenants.Find(other.Tenant!)!.Id, server.Services.GetRequiredService<Database>());
    }

    private static async Task MakeAsync(ApiClient api, string uid, string? group) =>
        (await api.PostAsync("tokens", group is null ? new { uid, type = "rfid" } : new { uid, type = "rfid", groupId = group })).Is(HttpStatusCode.Created);

    private static async Task<List<string>> UidsAsync(RowReader reader, TenantScope scope, params RowMatch[] matches) =>
        [.. (await reader.ReadAsync(scope, Tokens, TestContext.Current.CancellationToken, matches)).Select(row => row.Uid).Order(StringComparer.Ordinal)];
}
