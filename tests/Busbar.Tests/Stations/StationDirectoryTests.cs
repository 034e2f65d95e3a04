using System.Net;
using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Stations;

public sealed class StationDirectoryTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_password_opens_as_its_bytes_or_as_the_text_of_a_hexadecimal_key(DatabaseKind kind)
    {
        var (server, api, directory) = await OpenAsync(kind);
        const string hex = "00FF10203040506070a0b0c0d0e0f001";
        (await api.PostAsync("stations", new { stationId = "HEX", password = hex })).Is(HttpStatusCode.Created);
        var text = (await api.PostAsync("stations", new { stationId = "TEXT" })).Text("password");

        var byHex = await directory.FindAsync(api.Tenant!, "HEX", CancellationToken.None);
        Assert.True(directory.Accepts(byHex, Convert.FromHexString(hex)));
        Assert.True(directory.Accepts(byHex, Encoding.ASCII.GetBytes(hex)));
        Assert.True(directory.Accepts(byHex, Encoding.ASCII.GetBytes(hex.ToUpperInvariant())));
        Assert.False(directory.Accepts(byHex, Encoding.ASCII.GetBytes(hex + "00")));

        var byText = await directory.FindAsync(api.Tenant!, "TEXT", CancellationToken.None);
        Assert.True(directory.Accepts(byText, Encoding.ASCII.GetBytes(text)));
        Assert.True(directory.Accepts(byText, Encoding.ASCII.GetBytes(Convert.ToHexString(Encoding.ASCII.GetBytes(text)))));
        Assert.False(directory.Accepts(byText, Encoding.ASCII.GetBytes(text + "x")));
        Assert.False(directory.Accepts(byText, []));
        Assert.False(directory.Accepts(null, Encoding.ASCII.GetBytes(text)));
        Assert.False(directory.Accepts(null, new byte[32]));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_an_evse_can_deliver_is_known_at_once_when_it_changes(DatabaseKind kind)
    {
        var (server, api, directory) = await OpenAsync(kind);
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        (await api.PostAsync("stations", """{"stationId":"CP","evses":[{"id":1,"connectors":[{"id":1,"maxPower":22000},{"id":2,"maxPower":50000}]},{"id":2,"connectors":[{"id":1}]}]}""")).Is(HttpStatusCode.Created);
        var id = (await directory.FindAsync(tenant, "CP", CancellationToken.None))!.Id;
        Assert.Equal(Power.FromWatts(50_000), (await directory.RatingsAsync(tenant, id, CancellationToken.None))!.Of(1));
        Assert.Null((await directory.RatingsAsync(tenant, id, CancellationToken.None))!.Of(2));
        Assert.Null((await directory.RatingsAsync(tenant, id, CancellationToken.None))!.Of(3));

        (await api.PatchAsync("stations/CP", """{"evses":[{"id":1,"connectors":[{"id":1,"maxPower":11000}]}]}""")).Is(HttpStatusCode.OK);
        Assert.Equal(Power.FromWatts(11_000), (await directory.RatingsAsync(tenant, id, CancellationToken.None))!.Of(1));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_door_sees_each_change_at_once(DatabaseKind kind)
    {
        var (_, api, directory) = await OpenAsync(kind);
        Assert.Null(await FindAsync());
        (await api.PostAsync("stations", new { stationId = "CP", password = "the-first-password" })).Is(HttpStatusCode.Created);
        var found = (await FindAsync())!;
        // Without a location: the tenant's.
        Assert.Equal(("Europe/Amsterdam", "EUR", 1), (found.TimeZone, found.Currency.Code, found.SecurityProfile));
        Assert.Null(await directory.FindAsync(api.Tenant!, "cp", CancellationToken.None));
        Assert.Null(await directory.FindAsync("default", "CP", CancellationToken.None));
        Assert.Null(await directory.FindAsync("nowhere", "CP", CancellationToken.None));

        (await api.PatchAsync("stations/CP", new { password = "the-second-password" })).Is(HttpStatusCode.OK);
        Assert.False(directory.Accepts(await FindAsync(), "the-first-password"u8));
        Assert.True(directory.Accepts(await FindAsync(), "the-second-password"u8));

        var location = (await api.PostAsync("locations", new { name = "n", timeZone = "Asia/Tokyo", country = "JP", address = "a", city = "c", currency = "JPY" })).Text("id");
        (await api.PatchAsync("stations/CP", new { locationId = location })).Is(HttpStatusCode.OK);
        Assert.Equal(("Asia/Tokyo", "JPY"), ((await FindAsync())!.TimeZone, (await FindAsync())!.Currency.Code));
        (await api.PatchAsync($"locations/{location}", """{"timeZone":"Asia/Seoul","currency":null}""")).Is(HttpStatusCode.OK);
        Assert.Equal(("Asia/Seoul", "EUR"), ((await FindAsync())!.TimeZone, (await FindAsync())!.Currency.Code));

        (await api.DeleteAsync("stations/CP")).Is(HttpStatusCode.NoContent);
        Assert.Null(await FindAsync());

        ValueTask<StationCredential?> FindAsync() => directory.FindAsync(api.Tenant!, "CP", CancellationToken.None);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_lookup_in_memory_costs_no_database(DatabaseKind kind)
    {
        var (server, api, directory) = await OpenAsync(kind);
        (await api.PostAsync("stations", new { stationId = "CP" })).Is(HttpStatusCode.Created);
        await directory.FindAsync(api.Tenant!, "CP", CancellationToken.None);
        await directory.FindAsync(api.Tenant!, "NOT", CancellationToken.None);
        Assert.True(IsInMemory("CP"));
        Assert.True(IsInMemory("NOT"));
        Assert.True(IsInMemory("not:an/identity"));

        var catalog = server.Services.GetRequiredService<IStationCatalog>();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        var card = (await catalog.FindAsync(tenant, "CP", CancellationToken.None))!;
        Assert.Equal(card, await catalog.FindAsync(tenant, card.Id, CancellationToken.None));

        bool IsInMemory(string identity)
        {
            var asked = directory.FindAsync(api.Tenant!, identity, CancellationToken.None).AsTask();
            return asked.IsCompletedSuccessfully;
        }
    }

    private async Task<(RunningServer, ApiClient, StationDirectory)> OpenAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        return (server, await server.NewTenantAsync(), server.Services.GetRequiredService<StationDirectory>());
    }
}
