using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using NodaTime;

namespace Busbar.Server.Demo;

/// <summary>One station of the demo: what it did since yesterday, told once, and what it does from an hour ago on, first in a rush and then as slowly as life.</summary>
internal sealed class DemoLife : IAsyncDisposable
{
    private static readonly TimeSpan Behind = TimeSpan.FromMinutes(55);
    private const decimal Rush = 220;

    private readonly DemoStation _station;
    private readonly CatchUpClock _clock;
    private readonly Random _random;
    private readonly SimulatedStation _simulated;

    /// <param name="url">Where stations of the demo's tenant connect, without the station.</param>
    /// <param name="number">Counts from 0; the same number, the same cars.</param>
    public DemoLife(DemoStation station, int number, Uri url, string password)
    {
        _station = station;
        _clock = new CatchUpClock(TimeProvider.System, Behind, Rush);
        _random = new Random(number);
        _simulated = new SimulatedStation(new StationOptions
        {
            Url = url, StationId = station.Id, Password = password, LifeClock = _clock, Seed = number + 1, Vendor = station.Vendor, Model = station.Model,
            SerialNumber = FormattableString.Invariant($"D-{1000 + number}"), Firmware = "4.2.0", Connectors = station.Connectors, Outlet = station.Outlet, RegisterWh = 250_000 + (number * 13_579),
            MeterInterval = TimeSpan.FromSeconds(30), Misbehaviours = station.Character == DemoCharacter.Resetting ? Misbehaviours.MeterResets : Misbehaviours.None,
            RemotePlan = new ChargePlan { EnergyWh = 20_000, Vehicle = Car(station.Outlet, 35) },
        }.Speaking(station.Version));
    }

    /// <param name="tellsHistory">The server does not know yet what the station did since yesterday.</param>
    public async Task RunAsync(bool tellsHistory, CancellationToken ct)
    {
        await _simulated.ConnectAsync(ct: ct);
        if (tellsHistory) await TellHistoryAsync(ct);
        var charging = Enumerable.Range(1, _station.Connectors).Where(connector => !Breaks(connector)).Select(connector => ChargeOnAndOnAsync(connector, ct));
        await Task.WhenAll(_station.Character switch
        {
            DemoCharacter.Breaking => charging.Append(BreakAgainAndAgainAsync(ct)),
            DemoCharacter.Wavering => charging.Append(WaverAsync(ct)),
            _ => charging,
        });
    }

    public ValueTask DisposeAsync() => _simulated.DisposeAsync();

    // The last outlet of a breaking station is nobody's to charge at.
    private bool Breaks(int connector) => _station.Character == DemoCharacter.Breaking && connector == _station.Connectors;

    /// <summary>Some charges of the last day, on the first outlet, as an offline queue would tell them.</summary>
    private async Task TellHistoryAsync(CancellationToken ct)
    {
        var at = Instant.FromDateTimeOffset(_clock.GetUtcNow()) - Duration.FromHours(23);
        for (var i = 0; i < 4; i++)
        {
            var charges = _station.Outlet.IsDc ? Duration.FromMinutes(_random.Next(12, 35)) : Duration.FromMinutes(_random.Next(50, 200));
            var session = new PhysicalSessionBuilder(at + Duration.FromMinutes(_random.Next(10, 90)), Token(), _simulated.Register())
                .PlugIn().Wait(Duration.FromSeconds(_random.Next(8, 40))).Start()
                .Charge(charges, _station.Outlet.RatedPowerW * _random.Next(55, 95) / 100, Duration.FromMinutes(5))
                .Suspend().Wait(Duration.FromMinutes(_random.Next(1, 25))).Stop().Unplug().Build();
            await _simulated.TellAsync(i == 2 && _station.Character == DemoCharacter.Resetting ? WithLowStop(session) : session, ct: ct);
            at += Duration.FromMinutes(330);
        }
    }

    private async Task ChargeOnAndOnAsync(int connector, CancellationToken ct)
    {
        await Pass(TimeSpan.FromSeconds(_random.Next(1, 35 * 60)), ct);
        while (!ct.IsCancellationRequested)
        {
            var plan = new ChargePlan
            {
                Connector = connector, EnergyWh = _station.Outlet.IsDc ? _random.Next(18_000, 45_000) : _random.Next(6_000, 26_000), Vehicle = Car(_station.Outlet, _random.Next(15, 55)),
                Fumbling = TimeSpan.FromSeconds(_random.Next(8, 40)), Idle = TimeSpan.FromMinutes(_random.Next(0, 15)),
            };
            await _simulated.ChargeAsync(Token(), plan, ct);
            await Pass(TimeSpan.FromMinutes(_random.Next(2, 12)), ct);
        }
    }

    private async Task BreakAgainAndAgainAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            _simulated.Fail(_station.Connectors);
            await Task.Delay(TimeSpan.FromSeconds(_random.Next(40, 100)), ct);
            _simulated.Mend(_station.Connectors);
            await Task.Delay(TimeSpan.FromSeconds(_random.Next(60, 240)), ct);
        }
    }

    private async Task WaverAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(_random.Next(30, 120)), ct);
            _simulated.GoOffline();
            await Task.Delay(TimeSpan.FromSeconds(_random.Next(20, 60)), ct);
            _simulated.GoOnline();
        }
    }

    // Less than was measured before: a person must look at it.
    private static PhysicalSession WithLowStop(PhysicalSession session) => session with
    {
        Events = [.. session.Events.Select(it => it.Happening == Happening.Stop ? it with { RegisterWh = it.RegisterWh - 2_000 } : it)],
    };

    private string Token() => DemoNetwork.Tokens[_random.Next(DemoNetwork.Tokens.Count)];

    private Task Pass(TimeSpan time, CancellationToken ct) => Task.Delay(time, _clock, ct);

    private static Vehicle Car(Outlet outlet, int socPercent) =>
        new() { CapacityWh = 77_000, SocPercent = socPercent, MaxPowerW = outlet.IsDc ? 135_000 : 11_000, TargetPercent = 80 };
}
