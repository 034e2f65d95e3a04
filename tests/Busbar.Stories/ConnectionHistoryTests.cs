using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories;

/// <summary>A server that is ended as a power cut ends it says afterwards until when its stations were connected.</summary>
public sealed class ConnectionHistoryTests(Servers servers)
{
    private const string Password = "0123456789abcdef0123";

    [Fact]
    public async Task A_connection_that_a_killed_server_left_open_is_closed_when_the_server_is_back()
    {
        var ct = TestContext.Current.CancellationToken;
        var log = Path.GetTempFileName();
        await using var server = new ServerProcess(await servers.NewStoreAsync(DatabaseKind.Sqlite), log);
        await server.StartAsync();
        await server.Admin.PostAsync("stations", new { stationId = "CS-1", password = Password });
        await using (await WireStation.ConnectAsync(server.Address, "CS-1", "ocpp1.6", "CS-1", Password))
        {
            await RowsAsync(server, rows => rows is [_]);
            await server.KillAsync();
        }
        var killed = TimeProvider.System.GetUtcNow();
        await Task.Delay(TimeSpan.FromSeconds(2), ct);
        await server.StartAsync();
        await using var back = await WireStation.ConnectAsync(server.Address, "CS-1", "ocpp1.6", "CS-1", Password);
        var rows = await RowsAsync(server, rows => rows is [var open, var lost] && open.GetProperty("ending").ValueKind == JsonValueKind.Null && lost.GetProperty("ending").ValueKind != JsonValueKind.Null);
        var ended = rows[1];
        Assert.Equal(("serverLost", 1, 0), (ended.GetProperty("ending").GetString(), ended.GetProperty("connections").GetInt32(), ended.GetProperty("drops").GetInt32()));
        Assert.InRange(ended.GetProperty("endedAt").GetDateTimeOffset(), ended.GetProperty("connectedAt").GetDateTimeOffset(), killed);
        Assert.NotEqual(rows[0].GetProperty("node").GetString(), ended.GetProperty("node").GetString());
        Assert.Equal("(none)", await server.ComplaintsAsync(5));
        File.Delete(log);
    }

    private static async Task<List<JsonElement>> RowsAsync(ServerProcess server, Func<List<JsonElement>, bool> areSo)
    {
        for (var i = 0; ; i++)
        {
            var rows = (await server.Admin.GetAsync("stations/CS-1/connections")).Items.ToList();
            if (areSo(rows)) return rows;
            Assert.True(i < 200, string.Join('\n', rows));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
