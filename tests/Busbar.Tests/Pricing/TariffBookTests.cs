using System.Net;
using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class TariffBookTests(Servers servers)
{
    private static readonly StationId Anywhere = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Another_process_sees_a_change_when_its_belief_is_old(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var clock = new FakeTimeProvider();
        var elsewhere = Book(server, clock);
        Assert.Null(await elsewhere.FindAsync(Ask(tenant), default));

        var made = await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        Assert.Equal(1, (await server.Services.GetRequiredService<ITariffBook>().FindAsync(Ask(tenant), default))!.Version);
        Assert.Null(await elsewhere.FindAsync(Ask(tenant), default));
        clock.Advance(server.Services.GetRequiredService<Database>().BeliefAge);
        var pinned = await elsewhere.FindAsync(Ask(tenant), default);
        Assert.Equal((made.Text("id"), 1, made.Text("hash")), (pinned!.Id.ToString(), pinned.Version, pinned.Hash));
        // Nothing changed: the same object, not read again.
        clock.Advance(server.Services.GetRequiredService<Database>().BeliefAge);
        Assert.Same(pinned, await elsewhere.FindAsync(Ask(tenant), default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_pinned_version_is_found_whatever_has_become_of_its_tariff(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var made = await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        (await api.PostAsync($"tariffs/{made.Text("id")}/versions", new { tariff = Tariffs.Energy(2) }, "k")).Is(HttpStatusCode.Created);
        (await api.PatchAsync($"tariffs/{made.Text("id")}", new { state = "retired" }, "*")).Is(HttpStatusCode.OK);
        var book = Book(server, new FakeTimeProvider());

        Assert.Null(await book.FindAsync(Ask(tenant), default));
        var pinned = await book.PinnedAsync(tenant, made.Text("hash"), default);
        Assert.Equal(1, pinned!.Version);
        Assert.Equal(1m, pinned.Tariff.Elements[0].Components[0].Price);
        Assert.Same(pinned, await book.PinnedAsync(tenant, made.Text("hash"), default));
        Assert.Null(await book.PinnedAsync(tenant, new string('0', 64), default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_pinned_version_is_not_found_for_another_tenant(DatabaseKind kind)
    {
        var (server, api, _) = await TenantAsync(kind);
        var (_, _, other) = await TenantAsync(kind);
        var hash = (await api.GivenTariffAsync(1)).Text("hash");
        Assert.Null(await Book(server, new FakeTimeProvider()).PinnedAsync(other, hash, default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Bytes_that_were_changed_in_the_database_price_nothing(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        var made = await api.GivenTariffAsync(2, """[{"scope":"tenant","priority":1}]""");
        var cheap = Busbar.Rating.TariffJson.Write(OcpiTariffs.Read(Encoding.UTF8.GetBytes(Tariffs.Energy(0.01m).GetRawText())).Tariff!);
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<PricingDb>>().OpenAsync(TenantScope.Of(tenant), default))
            await db.CommitAsync(ct => db.Versions.Where(row => row.Hash == made.Text("hash")).ExecuteUpdateAsync(set => set.SetProperty(row => row.Canonical, cheap), ct), default);
        var book = Book(server, new FakeTimeProvider());

        // Nor does the tariff below take its place: that would be another wrong price.
        Assert.Null(await book.FindAsync(Ask(tenant), default));
        Assert.Null(await book.PinnedAsync(tenant, made.Text("hash"), default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_change_is_seen_though_the_revisions_have_the_same_sum(DatabaseKind kind)
    {
        var (server, api, tenant) = await TenantAsync(kind);
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        var draft = (await api.PostAsync("tariffs", new { name = "draft", currency = "EUR", tariff = Tariffs.Energy(2), draft = true })).Text("id");
        var clock = new FakeTimeProvider();
        var elsewhere = Book(server, clock);
        Assert.NotNull(await elsewhere.FindAsync(Ask(tenant), default));
        (await api.DeleteAsync($"tariffs/{draft}")).Is(HttpStatusCode.NoContent);
        (await api.AssignAsync(id, "[]")).Is(HttpStatusCode.OK);
        clock.Advance(server.Services.GetRequiredService<Database>().BeliefAge);
        Assert.Null(await elsewhere.FindAsync(Ask(tenant), default));
    }

    private static TariffBook Book(RunningServer server, TimeProvider clock) => new(
        server.Services.GetRequiredService<Database>(), server.Services.GetRequiredService<RowReader>(), server.Services.GetRequiredService<RoomDbFactory<PricingDb>>(), clock, NullLogger<TariffBook>.Instance);

    private static TariffQuestion Ask(TenantId tenant) => new(tenant, null, Anywhere, 1, null, Instant.FromUtc(2026, 3, 2, 12, 0));

    private async Task<(RunningServer Server, ApiClient Api, TenantId Tenant)> TenantAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        return (server, api, server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id);
    }
}
