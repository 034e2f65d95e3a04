using System.Net;
using System.Text;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>A provisioned station whose facts are put on the server's desk without a socket.</summary>
internal sealed class ToldStation(RunningServer server, StationKey key)
{
    private readonly IChargingDesk _desk = server.Services.GetRequiredService<IChargingDesk>();
    private long _n;

    public StationKey Key => key;
    public long Epoch { get; private set; }

    private StationSeat Seat => new(key.Tenant, new StationId(key.Station), Epoch);

    public static async Task<ToldStation> MadeAsync(RunningServer server, ApiClient api, string tenant, string name, object[]? evses = null)
    {
        var made = await api.PostAsync("stations", evses is null ? new { stationId = name } : new { stationId = name, evses });
        made.Is(HttpStatusCode.Created);
        var id = TypedId.TryParse<StationId>(made.Text("id"), out var parsed) ? parsed : throw new InvalidOperationException(made.Text("id"));
        var station = new ToldStation(server, new StationKey(server.Services.GetRequiredService<ITenants>().Find(tenant)!.Id, id.Value));
        await station.ClaimAsync();
        return station;
    }

    /// <summary>Two claims: in between the station was another connection's.</summary>
    public async Task ConnectAgainAsync()
    {
        await ClaimAsync();
        await ClaimAsync();
    }

    /// <returns>What the desk decided, once it is durable.</returns>
    public async Task<DeskDecision> TellAsync(Frame frame)
    {
        DeskDecision? decided = null;
        // Told now: nothing is silent, whenever it charged.
        var receivedAt = server.Services.GetRequiredService<TimeProvider>().GetInstant();
        var n = ++_n;
        // Read at its receipt, as from a socket and as at a replay.
        var fact = Frames.Read(frame.Protocol, frame.Action, Encoding.UTF8.GetString(frame.Raw), receivedAt).Fact;
        var outcome = await _desk.RecordAsync(Seat, new FactFrame(fact, n, frame.Protocol, frame.Action, $"m{n}", frame.Raw, receivedAt), decision =>
        {
            decided = decision;
            return "{}"u8.ToArray();
        }, TestContext.Current.CancellationToken);
        Assert.IsType<DeskOutcome.Recorded>(outcome);
        return decided!;
    }

    /// <summary>An hour with two kWh.</summary>
    public async Task ChargeAsync(string transaction)
    {
        var noon = Instant.FromUtc(2026, 6, 1, 12, 0);
        await TellAsync(Frames.Event("Started", transaction, 0, noon, 1_000, "Charging", "TAG", offline: true));
        await TellAsync(Frames.Event("Ended", transaction, 1, noon + Duration.FromHours(1), 3_000, offline: true));
    }

    public ValueTask<TokenVerdictText> AuthorizeAsync(string uid) => _desk.AuthorizeAsync(Seat, new PresentedToken(uid, ""), TestContext.Current.CancellationToken);

    /// <summary>Takes the station's rows out of the journal, as no program does; in the embedded store.</summary>
    public Task ForgetJournalAsync() => ChangeJournalAsync(table => $"DELETE FROM {table}");

    /// <summary>Its rows say what gives no fact.</summary>
    public Task DamageJournalAsync() => ChangeJournalAsync(table => $"UPDATE {table} SET action = 'Heartbeat'");

    private async Task ChangeJournalAsync(Func<string, string> change)
    {
        var database = server.Services.GetRequiredService<Database>();
        await using var connection = await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        var mine = $"WHERE hex(station_id) = '{Convert.ToHexString(key.Station.ToByteArray(bigEndian: true))}'";
        command.CommandText = $"{change(JournalTables.Journal)} {mine}; {change(JournalTables.Tail)} {mine}";
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
    }

    private async Task ClaimAsync() => Epoch = await server.Services.GetRequiredService<CommitLoop>().ClaimAsync(key, TestContext.Current.CancellationToken);
}
