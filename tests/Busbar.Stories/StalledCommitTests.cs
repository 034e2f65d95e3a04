using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Stories;

/// <summary>
/// The stop of a session arrives between our remote stop and its answer, while the commit is stalled. A server that held the station's answer back until
/// the commit, or the commit until the answer, would stand still here.
/// </summary>
[Trait("suite", "stories")]
public sealed class StalledCommitTests(Servers servers)
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="waits">The station answers the command only when its stop is confirmed; else at once after sending it.</param>
    [Theory]
    [InlineData(OcppVersion.V16, false)]
    [InlineData(OcppVersion.V16, true)]
    [InlineData(OcppVersion.V201, false)]
    [InlineData(OcppVersion.V201, true)]
    [InlineData(OcppVersion.V21, false)]
    [InlineData(OcppVersion.V21, true)]
    public async Task A_stop_between_our_remote_stop_and_its_answer_with_a_stalled_commit_ends_in_one_bill(OcppVersion version, bool waits)
    {
        StallingWriter? writer = null;
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite),
            services => services.AddSingleton<ICommitWriter>(provider =>
                writer = new StallingWriter(new SqliteCommitWriter(provider.GetRequiredService<Database>(), provider.GetRequiredService<TimeProvider>()))));
        var api = server.Admin;
        await api.GivenTariffAsync("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.40, "vat": 19.0, "step_size": 1 } ] } ] }""");
        (await api.PostAsync("tokens", new { uid = "04A1B2C3", type = "rfid" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("stations", new { stationId = "CP-1" });
        made.Is(HttpStatusCode.Created);

        var (transaction, stopped) = ("", (Task<(CallOutcome Outcome, TimeSpan After)>?)null);
        StationClient? station = null;
        await using var client = station = await StationClient.ConnectAsync(new StationClientOptions
        {
            Socket = new StationSocketOptions
            {
                Url = new UriBuilder(server.Address) { Scheme = "ws", Path = "/ocpp" }.Uri, StationId = "CP-1", Password = Encoding.UTF8.GetBytes(made.Text("password")), Versions = [version],
            },
        }, async (call, ending) =>
        {
            if (!call.Action.EndsWith("StopTransaction", StringComparison.Ordinal)) return StationAnswer.Error("NotSupported");
            writer!.Arm(Stall);
            stopped = TimedAsync(TellAsync(station!, Words.Stop(version, transaction)));
            if (waits) await stopped;
            else await writer.Stalling.WaitAsync(Patience, ending);
            return StationAnswer.Result("""{"status":"Accepted"}"""u8.ToArray());
        }, TestContext.Current.CancellationToken);

        await TellAsync(client, Words.Boot(version));
        var started = await TellAsync(client, Words.Start(version));
        transaction = version == OcppVersion.V16 ? Json(started).GetProperty("transactionId").GetInt32().ToString(CultureInfo.InvariantCulture) : Words.TransactionId;
        var session = Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items);

        var since = TimeProvider.System.GetTimestamp();
        var command = await api.PostAsync("stations/CP-1/commands/stop", new { sessionId = session.GetProperty("id").GetString() }).WaitAsync(Patience);
        var answered = TimeProvider.System.GetElapsedTime(since);
        command.Is(HttpStatusCode.OK);
        Assert.Equal("accepted", command.Text("outcome"));
        Assert.Equal(waits, answered >= Stall);

        // Nothing is confirmed before it is durable, and the answer that overtook it changed nothing.
        var (outcome, after) = await stopped!.WaitAsync(Patience);
        Assert.True(outcome.IsResult, outcome.ToString());
        Assert.True(after >= Stall, $"The stop was confirmed after {after}, before it was durable.");
        var cdr = await api.OnlyCdrAsync("CP-1");
        Assert.Equal(5_000m, cdr.GetProperty("energyWh").GetDecimal());
        Assert.Equal("completed", (await api.GetAsync($"sessions/{session.GetProperty("id").GetString()}")).Text("status"));
        Assert.True((await client.CallAsync("Heartbeat", "{}"u8.ToArray(), ct: TestContext.Current.CancellationToken)).IsResult);
        Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience);
    }

    private static async Task<CallOutcome> TellAsync(StationClient client, (string Action, string Payload) message)
    {
        var outcome = await client.CallAsync(message.Action, Encoding.UTF8.GetBytes(message.Payload));
        Assert.True(outcome.IsResult, outcome.ToString());
        return outcome;
    }

    private static async Task<(CallOutcome Outcome, TimeSpan After)> TimedAsync(Task<CallOutcome> call)
    {
        var since = TimeProvider.System.GetTimestamp();
        return (await call, TimeProvider.System.GetElapsedTime(since));
    }

    private static JsonElement Json(CallOutcome outcome) => JsonElement.Parse(outcome.Payload.Span);

    /// <summary>A charge of 5 kWh in ten minutes, in each version's words.</summary>
    private static class Words
    {
        public const string TransactionId = "9d1a6c52";

        private static readonly DateTimeOffset End = TimeProvider.System.GetUtcNow();

        public static (string Action, string Payload) Boot(OcppVersion version) => ("BootNotification", version == OcppVersion.V16
            ? """{"chargePointVendor":"ACME","chargePointModel":"One"}"""
            : """{"reason":"PowerUp","chargingStation":{"vendorName":"ACME","model":"Two"}}""");

        public static (string Action, string Payload) Start(OcppVersion version) => version == OcppVersion.V16
            ? ("StartTransaction", $$"""{"connectorId":1,"idTag":"04A1B2C3","meterStart":1000,"timestamp":"{{At(-10)}}"}""")
            : Event("Started", 0, -10, 1_000, "Authorized", TransactionId, ""","idToken":{"idToken":"04A1B2C3","type":"ISO14443"}""");

        public static (string Action, string Payload) Stop(OcppVersion version, string transaction) => version == OcppVersion.V16
            ? ("StopTransaction", $$"""{"transactionId":{{transaction}},"meterStop":6000,"reason":"Remote","timestamp":"{{At(0)}}"}""")
            : Event("Ended", 1, 0, 6_000, "RemoteStop", transaction, "");

        private static (string Action, string Payload) Event(string type, int number, int minute, int register, string trigger, string transaction, string more) => ("TransactionEvent", $$"""
            {"eventType":"{{type}}","seqNo":{{number}},"timestamp":"{{At(minute)}}","triggerReason":"{{trigger}}","transactionInfo":{"transactionId":"{{transaction}}"},
             "evse":{"id":1,"connectorId":1},"meterValue":[{"timestamp":"{{At(minute)}}","sampledValue":[{"value":{{register}}}]}]{{more}}}
            """);

        private static string At(int minute) => End.AddMinutes(minute).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Holds the first batch after it was armed.</summary>
    private sealed class StallingWriter(ICommitWriter inner) : ICommitWriter
    {
        private readonly TaskCompletionSource _stalling = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _stall;

        public Task Stalling => _stalling.Task;

        public void Arm(TimeSpan stall) => Interlocked.Exchange(ref _stall, stall.Ticks);

        public Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct) => inner.ClaimAsync(claims, ct);

        public async Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
        {
            if (Interlocked.Exchange(ref _stall, 0) is > 0 and var ticks)
            {
                _stalling.TrySetResult();
                // A moment more, since timers may come early.
                await Task.Delay(TimeSpan.FromTicks(ticks) + TimeSpan.FromMilliseconds(50), ct);
            }
            await inner.WriteAsync(units, ct);
        }

        public Task TidyAsync(CancellationToken ct) => inner.TidyAsync(ct);
        public Task ResetAsync() => inner.ResetAsync();
        public bool IsOutage(Exception error) => inner.IsOutage(error);
        public bool IsTransient(Exception error) => inner.IsTransient(error);
        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
