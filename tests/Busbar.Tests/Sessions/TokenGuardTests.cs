using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>A station that tries tags, and a token that is used at many stations at once.</summary>
public sealed class TokenGuardTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_that_tries_tags_is_told_nothing_of_new_ones_and_everything_of_those_in_use(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var api = server.Admin;
        foreach (var uid in new[] { "IN-USE", "NEW-1", "NEW-2" }) (await api.PostAsync("tokens", new { uid, type = "rfid" })).Is(HttpStatusCode.Created);
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        var neighbour = await ToldStation.MadeAsync(server, api, "default", "CP-2");
        Assert.Equal("Accepted", (await station.AuthorizeAsync("in-use")).Status);

        for (var i = 0; i < 20; i++)
        {
            Assert.Empty((await api.GetAsync("stations/CP-1")).Body.GetProperty("issues").EnumerateArray());
            // The same wrong card again and again is one tag.
            for (var again = 0; again < 3; again++) Assert.Equal("Invalid", (await station.AuthorizeAsync($"GUESS-{i}")).Status);
        }
        Assert.Equal("Invalid", (await station.AuthorizeAsync("NEW-1")).Status);
        Assert.Equal("Invalid", (await station.TellAsync(Started("T1", clock, "NEW-1"))).Token!.Status);
        Assert.Equal("Accepted", (await station.AuthorizeAsync("IN-USE")).Status);
        Assert.Equal("tagsTried", Assert.Single((await api.GetAsync("stations/CP-1")).Body.GetProperty("issues").EnumerateArray()).GetProperty("code").GetString());
        // What waited in an offline queue has happened.
        Assert.Equal("Accepted", (await station.TellAsync(Started("T2", clock, "NEW-2", Duration.FromHours(2)))).Token!.Status);

        Assert.Equal("Accepted", (await neighbour.AuthorizeAsync("NEW-1")).Status);
        Assert.Empty((await api.GetAsync("stations/CP-2")).Body.GetProperty("issues").EnumerateArray());
        clock.Advance(TimeSpan.FromMinutes(11));
        (await api.PostAsync("tokens", new { uid = "NEW-3", type = "rfid" })).Is(HttpStatusCode.Created);
        Assert.Equal("Accepted", (await station.AuthorizeAsync("NEW-3")).Status);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_late_queue_does_not_hide_who_tries_tags(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var api = server.Admin;
        (await api.PostAsync("tokens", new { uid = "NEW", type = "rfid" })).Is(HttpStatusCode.Created);
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");
        for (var i = 0; i < 200; i++) Assert.Equal("Invalid", (await station.TellAsync(Started($"T{i}", clock, $"GUESS-{i}", Duration.FromHours(2)))).Token!.Status);
        Assert.Equal("Invalid", (await station.TellAsync(Started("T", clock, "NEW", Duration.FromHours(2)))).Token!.Status);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_twenty_starts_at_the_same_moment_a_token_gets_as_many_as_it_may_have(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        (await api.PostAsync("tokens", new { uid = "TWO", type = "rfid", concurrentSessions = 2 })).Is(HttpStatusCode.Created);
        var clock = server.Services.GetRequiredService<TimeProvider>();
        var stations = new List<ToldStation>();
        for (var i = 0; i < 20; i++) stations.Add(await ToldStation.MadeAsync(server, api, "default", $"CP-{i}"));
        foreach (var (round, allowed) in new[] { (1, 2), (2, 2) })
        {
            var verdicts = await Task.WhenAll(stations.Select((station, i) => Task.Run(() => station.TellAsync(Started($"T{round}-{i}", clock, "TWO")))));
            Assert.Equal(allowed, verdicts.Count(verdict => verdict.Token!.Status == "Accepted"));
            Assert.Equal(20 - allowed, verdicts.Count(verdict => verdict.Token!.Status == "ConcurrentTx"));
            await Task.WhenAll(stations.Select((station, i) => station.TellAsync(
                Frames.Event("Ended", $"T{round}-{i}", 1, Instant.FromDateTimeOffset(clock.GetUtcNow()), 2_000))));
        }
        Assert.Equal(40, (await api.GetAsync("sessions?tokenUid=TWO&limit=100")).Items.Count());
    }

    private static Frame Started(string transaction, TimeProvider clock, string token, Duration? ago = null) =>
        Frames.Event("Started", transaction, 0, Instant.FromDateTimeOffset(clock.GetUtcNow()) - (ago ?? Duration.Zero), 1_000, "Charging", token, offline: ago is not null);
}
