using System.Collections.Concurrent;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects.Ocpp16;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Who listens hears what sessions cost, after the commit and without holding up the desk.</summary>
public sealed class CostTellerTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 10, 0);

    [Fact]
    public async Task A_listener_hears_the_price_so_far_with_the_prices_in_force_and_the_last_one()
    {
        var heard = new Heard();
        await using var server = await StartAsync(heard);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Updated", "T", 1, Noon + Duration.FromMinutes(30), 3_000, offline: true));
        var running = await heard.UntilAsync(cost => cost.At == Noon + Duration.FromMinutes(30));
        // 2 kWh at 0.49, half an hour at 1.20, 0.50 to begin with.
        Assert.Equal((2.08m, 2.4752m, "EUR", false), (running.ExclTax, running.InclTax, running.Currency, running.Final));
        Assert.Equal((Duration.FromMinutes(30), Duration.Zero, "T", 1), (running.Charging, running.Idle, running.TransactionId, running.Evse));
        // 19 % are on top of 0.49, 1.20 and 6.00.
        Assert.Equal([new PriceInForce("energy", 0.5831m), new PriceInForce("time", 1.428m), new PriceInForce("idle", 7.14m)], running.Prices);
        Assert.Equal(OneTariff.Pinned.Id + "-1", running.Tariff);
        var shown = JsonDocument.Parse(JsonDocument.Parse(ScreenCalls.Instance.Cost(running with { TransactionId = "7" }, 2.48m, null, false)!.Payload).RootElement.GetProperty("data").GetString()!).RootElement;
        var (charging, idle) = (shown.GetProperty("chargingPrice"), shown.GetProperty("idlePrice"));
        Assert.Equal((2.48m, 0.5831m, 1.428m, 7.14m), (shown.GetProperty("cost").GetDecimal(), charging.GetProperty("kWhPrice").GetDecimal(), charging.GetProperty("hourPrice").GetDecimal(), idle.GetProperty("hourPrice").GetDecimal()));
        await station.TellAsync(Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(1), 4_000, offline: true));
        var last = await heard.UntilAsync(cost => cost.Final);
        var cdr = Assert.Single((await server.Admin.GetAsync("cdrs")).Items);
        Assert.Equal(cdr.GetProperty("totalCost").GetProperty("exclTax").GetString(), last.ExclTax.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty(last.Prices);
    }

    [Fact]
    public async Task A_listener_that_hangs_or_fails_holds_up_nobody_and_hears_the_newest_afterwards()
    {
        var (slow, failing, heard) = (new Hanging(), new Failing(), new Heard());
        await using var server = await StartAsync(slow, failing, heard);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        await slow.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        for (var i = 1; i <= 20; i++) await station.TellAsync(Frames.Event("Updated", "T", i, Noon + Duration.FromMinutes(i), 1_000 + 100 * i, offline: true));
        await heard.UntilAsync(cost => cost.At == Noon + Duration.FromMinutes(20));
        Assert.True(failing.Asked > 1);
        slow.Leave.SetResult();
        var newest = await slow.Heard.UntilAsync(cost => cost.At == Noon + Duration.FromMinutes(20));
        Assert.Equal(2_000m, newest.Energy.WattHours);
        Assert.Equal(2, slow.Heard.Count);
    }

    private async Task<RunningServer> StartAsync(params ICostListener[] listeners) => await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services =>
    {
        services.AddSingleton<ITariffBook>(new OneTariff());
        foreach (var listener in listeners) services.AddSingleton(listener);
    });

    private sealed class Heard : ICostListener
    {
        private readonly ConcurrentQueue<CostSoFar> _costs = new();

        public int Count => _costs.Count;

        public bool Hears(TenantId tenant, StationId station) => true;

        public void Tell(CostSoFar cost) => _costs.Enqueue(cost);

        public async Task<CostSoFar> UntilAsync(Func<CostSoFar, bool> holds)
        {
            for (var i = 0; i < 1_000; i++)
            {
                if (_costs.FirstOrDefault(holds) is { } found) return found;
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
            throw new TimeoutException($"Not told; last: {_costs.LastOrDefault()}.");
        }
    }

    private sealed class Hanging : ICostListener
    {
        public Heard Heard { get; } = new();
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Leave { get; } = new();

        public bool Hears(TenantId tenant, StationId station) => true;

        public void Tell(CostSoFar cost)
        {
            Heard.Tell(cost);
            Entered.TrySetResult();
            ((IAsyncResult)Leave.Task).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30));
        }
    }

    private sealed class Failing : ICostListener
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public bool Hears(TenantId tenant, StationId station) => true;

        public void Tell(CostSoFar cost)
        {
            Interlocked.Increment(ref _asked);
            throw new InvalidOperationException("no room");
        }
    }
}
