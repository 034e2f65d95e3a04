using System.Collections.Concurrent;
using System.Net;
using Busbar.Simulator.Crowds;
using Busbar.Simulator.Stations;
using Busbar.Tests.Support;
using NodaTime;
using static Busbar.Tests.Simulator.SimulatedStationTests;

namespace Busbar.Tests.Simulator;

public sealed class CrowdTests : IDisposable
{
    private readonly string _log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_log);

    [Fact]
    public async Task A_crowd_and_an_honest_server_agree_although_connections_die_all_the_time()
    {
        var server = new HonestServer();
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = server.AnswerAsync;
        await using var proxy = TcpProxy.Start(csms.Port);
        await using (var crowd = new Crowd(Options(proxy.Port, 20)))
        {
            crowd.Start();
            for (var kill = 1; kill <= 5; kill++)
            {
                await crowd.AcknowledgedAsync(kill * 100).WaitAsync(TimeSpan.FromSeconds(20));
                foreach (var connection in proxy.Connections)
                {
                    connection.CutAfter(kill * 40, kill % 2 == 0 ? ProxyDirection.ToServer : ProxyDirection.ToClient);
                }
            }

            Assert.True(await crowd.FinishAsync(TimeSpan.FromSeconds(20)), crowd.Stats.ToString());
            Assert.True(crowd.Stats.Unknown > 0, "No message was without an answer: nothing was tried.");
            Assert.Equal(0, crowd.Stats.Errors);
        }

        var log = ClientLog.ReadFiles(_log);
        Assert.True(log.Acknowledged >= 500);
        var report = TruthChecker.Check(log, server.Observe());
        Assert.True(report.IsClean, report.ToString());
    }

    [Fact]
    public async Task A_server_that_takes_every_retry_for_new_is_caught()
    {
        var server = new HonestServer { Forgets = true };
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = server.AnswerAsync;
        await using var proxy = TcpProxy.Start(csms.Port);
        await using (var crowd = new Crowd(Options(proxy.Port, 20)))
        {
            crowd.Start();
            for (var kill = 1; kill <= 5; kill++)
            {
                await crowd.AcknowledgedAsync(kill * 100).WaitAsync(TimeSpan.FromSeconds(20));
                foreach (var connection in proxy.Connections)
                {
                    connection.CutAfter(20, ProxyDirection.ToClient);
                }
            }

            await crowd.FinishAsync(TimeSpan.FromSeconds(20));
        }

        var report = TruthChecker.Check(ClientLog.ReadFiles(_log), server.Observe());
        Assert.Contains(report.Violations, violation => violation.Kind is ViolationKind.DoubledSession or ViolationKind.DoubledCdr);
    }

    [Fact]
    public async Task The_rate_is_kept_and_every_station_comes_from_its_own_address()
    {
        await using var csms = await FakeCsms.StartAsync();
        var sources = new ConcurrentDictionary<IPAddress, bool>();
        csms.Refuse = http =>
        {
            sources.TryAdd(http.Connection.RemoteIpAddress!, true);
            return 0;
        };
        await using var crowd = new Crowd(Options(csms.Port, 10) with { MessagesPerSecond = 200, Sources = [IPAddress.Parse("127.0.1.1"), IPAddress.Parse("127.0.1.2")] });
        crowd.Start();
        await crowd.AcknowledgedAsync(1);
        var before = crowd.Stats.Acknowledged;
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.InRange(crowd.Stats.Acknowledged - before, 200, 460);
        await crowd.FinishAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(2, sources.Count);
    }

    [Fact]
    public async Task A_crowd_that_may_not_finish_leaves_unknown_ones_and_ends()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = (call, _) => Task.FromResult(call.Action == "StopTransaction" ? null : csms.Usual(call));
        await using var crowd = new Crowd(Options(csms.Port, 3));
        crowd.Start();
        await Until(() => csms.Calls("StopTransaction").Count() >= 3);
        Assert.False(await crowd.FinishAsync(TimeSpan.FromMilliseconds(300)));
        var log = ClientLog.ReadFiles(_log);
        Assert.All(log.Sessions, session => Assert.True(session.Stop is DeliveryState.Invoke or DeliveryState.Unknown));
    }

    private CrowdOptions Options(int port, int stations) => new()
    {
        Url = new Uri($"ws://127.0.0.1:{port}/ocpp"),
        Stations = stations,
        LogFile = _log,
        Reconnect = new RetryPolicy(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100), 0.5m),
        Resend = new RetryPolicy(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100), 0.5m),
        CallTimeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>The least that a server can do and be right: it knows a start by its natural key and a stop by its transaction.</summary>
    private sealed class HonestServer
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, int> _starts = [];
        private readonly Dictionary<int, (string Station, Instant At, long From, long Last, int Cdrs)> _sessions = [];

        public bool Forgets { get; init; }

        public Task<string?> AnswerAsync(SeenCall call, FakeConnection connection)
        {
            lock (_gate)
            {
                return Task.FromResult<string?>(Answer(call));
            }
        }

        public IReadOnlyList<ObservedSession> Observe()
        {
            lock (_gate)
            {
                return [.. _sessions.Select(pair => new ObservedSession(pair.Value.Station, pair.Key.ToString(System.Globalization.CultureInfo.InvariantCulture), pair.Value.At, pair.Value.Last - pair.Value.From, pair.Value.Cdrs))];
            }
        }

        private string Answer(SeenCall call)
        {
            var json = Json(call);
            switch (call.Action)
            {
                case "BootNotification":
                    return """{"status":"Accepted","currentTime":"2026-11-23T06:00:00Z","interval":300}""";
                case "StartTransaction":
                    var key = Forgets ? $"{_starts.Count}" : $"{call.Station} {call.Payload}";
                    if (!_starts.TryGetValue(key, out var id))
                    {
                        _starts[key] = id = 1000 + _starts.Count;
                        var at = NodaTime.Text.InstantPattern.ExtendedIso.Parse(json.GetProperty("timestamp").GetString()!).Value;
                        var from = json.GetProperty("meterStart").GetInt64();
                        _sessions[id] = (call.Station, at, from, from, 0);
                    }

                    return $$"""{"idTagInfo":{"status":"Accepted"},"transactionId":{{id}} }""";
                case "MeterValues":
                    var metered = json.GetProperty("transactionId").GetInt32();
                    _sessions[metered] = _sessions[metered] with { Last = long.Parse(Register(call), System.Globalization.CultureInfo.InvariantCulture) };
                    return "{}";
                case "StopTransaction":
                    var stopped = json.GetProperty("transactionId").GetInt32();
                    var session = _sessions[stopped];
                    _sessions[stopped] = session with { Last = json.GetProperty("meterStop").GetInt64(), Cdrs = Forgets ? session.Cdrs + 1 : 1 };
                    return "{}";
                default:
                    return "{}";
            }
        }
    }
}
