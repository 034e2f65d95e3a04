using Busbar.Customers.Storage;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Sessions.Storage;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Tests.Storage;

/// <summary>What a tenant reads is found by the index that begins with the tenant, in every table: a filter that keeps the index from being used reads all tenants' rows.</summary>
public sealed class TenantFilterTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TenantId Mine = new(Guid.Parse("01890000-0000-7000-8000-0000000000aa"));

    private EmbeddedStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await EmbeddedStore.NewAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_tenants_rows_are_searched_for_and_not_sifted_out()
    {
        var tables = 0;
        foreach (var db in await OpenAsync(TenantScope.Of(Mine)))
        {
            foreach (var (table, plan) in await PlansAsync(db))
            {
                tables++;
                Assert.True(plan.StartsWith("SEARCH", StringComparison.Ordinal) && plan.Contains("tenant_id=?", StringComparison.Ordinal), $"{table}: {plan}");
            }
        }
        Assert.True(tables > 15, $"{tables} tables");
    }

    [Fact]
    public async Task All_tenants_rows_have_no_filter()
    {
        foreach (var db in await OpenAsync(TenantScope.System))
            foreach (var (table, plan) in await PlansAsync(db)) Assert.True(plan.StartsWith("SCAN", StringComparison.Ordinal), $"{table}: {plan}");
    }

    private async Task<RoomDb[]> OpenAsync(TenantScope scope) =>
    [
        await new RoomDbFactory<IdentityDb>(_store.Database, setup => new IdentityDb(setup)).OpenAsync(scope, None),
        await new RoomDbFactory<StationsDb>(_store.Database, setup => new StationsDb(setup)).OpenAsync(scope, None),
        await new RoomDbFactory<CustomersDb>(_store.Database, setup => new CustomersDb(setup)).OpenAsync(scope, None),
        await new RoomDbFactory<PricingDb>(_store.Database, setup => new PricingDb(setup)).OpenAsync(scope, None),
        await new RoomDbFactory<SessionsDb>(_store.Database, setup => new SessionsDb(setup)).OpenAsync(scope, None),
    ];

    private async Task<List<(string Table, string Plan)>> PlansAsync(RoomDb db)
    {
        var plans = new List<(string, string)>();
        await using var connection = await _store.ConnectAsync();
        foreach (var entity in db.Model.GetEntityTypes().Where(entity => typeof(ITenantOwned).IsAssignableFrom(entity.ClrType)))
        {
            var sql = (string)typeof(TenantFilterTests).GetMethod(nameof(SqlOf), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
                .MakeGenericMethod(entity.ClrType).Invoke(null, [db])!;
            await using var command = connection.CreateCommand();
            command.CommandText = "EXPLAIN QUERY PLAN " + sql;
            command.Parameters.AddWithValue("@ef_filter__Tenant", Guid.Empty.ToByteArray());
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) plans.Add((entity.GetTableName()!, reader.GetString(3)));
        }
        await db.DisposeAsync();
        return plans;
    }

    // Without the lines that set its parameters.
    private static string SqlOf<T>(RoomDb db) where T : class =>
        string.Join('\n', db.Set<T>().ToQueryString().Split('\n').Where(line => !line.StartsWith(".param", StringComparison.Ordinal)));
}
