using System.Net;
using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Console;
using Busbar.Operations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Stations;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Operations;

/// <summary>A test reaches an address that somebody typed: so many leave, and no more.</summary>
public sealed class TestAllowanceTests(Servers servers)
{
    private static readonly TenantId Tenant = new(Guid.Parse("01890000-0000-7000-8000-000000000001"));
    private static readonly TenantId Neighbour = new(Guid.Parse("01890000-0000-7000-8000-000000000002"));

    [Fact]
    public void A_channel_takes_five_a_minute_and_a_tenant_thirty_an_hour()
    {
        var clock = new FakeTimeProvider();
        var allowance = new TestAllowance(clock);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(TimeSpan.Zero, allowance.Take(Tenant, Channel(1)));
            clock.Advance(TimeSpan.FromSeconds(10));
        }
        Assert.Equal(TimeSpan.FromSeconds(10), allowance.Take(Tenant, Channel(1)));     // the first of them left 50 seconds ago
        Assert.Equal(TimeSpan.Zero, allowance.Take(Tenant, Channel(2)));                // another one is another
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, allowance.Take(Tenant, Channel(1)));
        for (var i = 0; i < 23; i++) Assert.Equal(TimeSpan.Zero, allowance.Take(Tenant, Channel(3 + i)));
        // Thirty: a new channel helps nobody, and no other tenant suffers.
        Assert.Equal(TimeSpan.FromHours(1) - TimeSpan.FromMinutes(1), allowance.Take(Tenant, Channel(99)));
        Assert.Equal(TimeSpan.Zero, allowance.Take(Neighbour, Channel(99)));
        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, allowance.Take(Tenant, Channel(99)));
        Assert.Equal(TimeSpan.FromSeconds(10), allowance.Take(Tenant, Channel(99)));
    }

    [Fact]
    public async Task Who_asks_for_too_many_is_told_when_the_next_may_leave_and_stands_in_the_log()
    {
        var log = new LinesOf<ChannelDesk>();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<ILogger<ChannelDesk>>(log));
        var api = await server.NewTenantAsync();
        async Task<string> NewAsync(string name) =>
            (await api.PostAsync("notification-channels", new { kind = "mail", name, address = name + "@example.com" })).Body.GetProperty("channel").GetProperty("id").GetString()!;
        var (one, two) = (await NewAsync("one"), await NewAsync("two"));
        for (var i = 0; i < 5; i++) (await api.PostAsync($"notification-channels/{one}/test", new { })).Is(HttpStatusCode.Accepted);
        var sixth = await api.PostAsync($"notification-channels/{one}/test", new { });
        sixth.Is(HttpStatusCode.TooManyRequests, "tooManyRequests");
        Assert.InRange(sixth.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        (await api.PostAsync($"notification-channels/{two}/test", new { })).Is(HttpStatusCode.Accepted);
        // Somebody else's is not there, however often it was asked for.
        var other = await server.NewTenantAsync();
        (await other.PostAsync($"notification-channels/{one}/test", new { })).Is(HttpStatusCode.NotFound);
        Assert.Equal((5, 1), ((await api.GetAsync($"deliveries?channelId={one}")).Items.Count(), (await api.GetAsync($"deliveries?channelId={two}")).Items.Count()));

        var actor = (await api.GetAsync("me")).Body.GetProperty("id").GetString()!;
        Assert.Equal(6, log.Lines.Count(line => line.StartsWith($"Information: {actor} sends a test to nch", StringComparison.Ordinal)));
        Assert.Single(log.Lines, $"Warning: {actor} asked for more tests of {one} than may leave");
    }

    [Theory]
    [InlineData("en", "It waited for too long: what was before it could not be delivered either.")]
    [InlineData("de", "Es wartete zu lange: Auch was davor lag, ließ sich nicht zustellen.")]
    public void What_is_given_up_because_of_its_age_says_so_in_words(string language, string words) =>
        Assert.Equal(words, Languages.Speaking(language, () => AlertTexts.Why(Delivery.Expired)));

    private static ChannelId Channel(int number) => new(new Guid(number, 0, 0, new byte[8]));
}
