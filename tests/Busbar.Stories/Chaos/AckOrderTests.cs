using System.Globalization;
using System.Text;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Chaos;

/// <summary>
/// R2: the system calls of the server itself, as the kernel saw them: for every acknowledged message its bytes are written to the log, the log is
/// flushed, and only then does the answer leave.
/// </summary>
[Trait("suite", "chaos-sqlite")]
public sealed class AckOrderTests(Servers servers, ITestOutputHelper output)
{
    private const int Stations = 8;
    private const int MessagesEach = 130;
    private const string Password = "chaos-password-0123";

    [Fact]
    public async Task An_answer_leaves_after_its_message_was_written_and_flushed()
    {
        var order = await TraceAsync("none");
        output.WriteLine(order.ToString());
        Assert.True(order.Messages >= 1_000, order.ToString());
        Assert.Empty(order.Violations);
    }

    /// <summary>The negative control.</summary>
    [Fact]
    public async Task An_answer_that_leaves_first_is_seen()
    {
        var order = await TraceAsync("ack-first");
        output.WriteLine(order.ToString());
        Assert.NotEmpty(order.Violations);
    }

    private async Task<AckOrder> TraceAsync(string plan)
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("strace is not installed here: the order of system calls was not checked.");
        var folder = Directory.CreateTempSubdirectory("busbar-strace-").FullName;
        try
        {
            var trace = Path.Combine(folder, "trace");
            await using var server = new ServerProcess(await servers.NewStoreAsync(DatabaseKind.Sqlite), Path.Combine(folder, "server.log"));
            await server.StartAsync(plan, "strace", "-f", "-y", "-s", "8192", "-e", "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write,writev", "-o", trace);
            var made = await server.Admin.PostAsync("stations/import", Enumerable.Range(0, Stations).Select(number => new { stationId = $"R2-{number}", password = Password }).ToArray());
            Assert.Equal(System.Net.HttpStatusCode.OK, made.Status);
            await Task.WhenAll(Enumerable.Range(0, Stations).Select(number => TellAsync(server.StationsUrl, number)));
            await Task.Delay(500);
            await server.EndTracedAsync();
            return AckOrder.Read(trace);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>One station: a boot and then meter values, each with a message id that occurs nowhere else.</summary>
    private static async Task TellAsync(Uri url, int number)
    {
        await using var station = await StationClient.ConnectAsync(
            new StationClientOptions
            {
                Socket = new StationSocketOptions { Url = url, StationId = $"R2-{number}", Password = Encoding.UTF8.GetBytes(Password) },
            },
            null);
        Assert.True((await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}"""u8.ToArray())).IsResult);
        for (var i = 0; i < MessagesEach; i++)
        {
            var payload = string.Create(CultureInfo.InvariantCulture,
                $$"""{"connectorId":1,"meterValue":[{"timestamp":"2026-11-01T{{i / 60:00}}:{{i % 60:00}}:00Z","sampledValue":[{"value":"{{1000 + i}}"}]}]}""");
            var id = string.Create(CultureInfo.InvariantCulture, $"r2x{number:00}x{i}z");
            Assert.True((await station.CallAsync("MeterValues", Encoding.UTF8.GetBytes(payload), id)).IsResult);
        }
    }
}
