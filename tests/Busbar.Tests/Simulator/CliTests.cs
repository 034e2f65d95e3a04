using Busbar.Simulator.Cli;
using Busbar.Simulator.Stations;
using Busbar.Tests.Support;
using static Busbar.Tests.Simulator.SimulatedStationTests;

namespace Busbar.Tests.Simulator;

public sealed class CliTests
{
    [Theory]
    [InlineData("1.6")]
    [InlineData("2.0.1")]
    [InlineData("2.1")]
    public async Task Charge_ends_with_0_and_its_timestamps_end_about_now(string protocol)
    {
        await using var csms = await FakeCsms.StartAsync();
        var (code, output, errors) = await RunAsync($"charge --url {csms.Url} --station CP-1 --token TAG-1 --protocol {protocol} --kwh 1 --speed 600 --password x");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("transaction", output);
        var last = DateTimeOffset.Parse(Json(csms.Calls("StopTransaction", "TransactionEvent").Last()).GetProperty("timestamp").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(TimeProvider.System.GetUtcNow() - last, TimeSpan.FromMinutes(-20), TimeSpan.FromMinutes(20));
    }

    [Fact]
    public async Task Fleet_counts_what_was_accepted()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = (call, _) => Task.FromResult<string?>(call.Action == "Authorize" && call.Payload.Contains("TAG-3", StringComparison.Ordinal) ? """{"idTagInfo":{"status":"Blocked"},"idTokenInfo":{"status":"Blocked"}}""" : csms.Usual(call));
        var (code, output, _) = await RunAsync($"fleet --url {csms.Url} --count 6 --token TAG-{{n}} --protocol mixed --kwh 1 --speed 1000 --source 127.0.1.3");
        Assert.Equal(1, code);
        Assert.Contains("5 of 6 sessions accepted", output);
        Assert.Contains("SIM-3: Blocked", output);
    }

    [Theory]
    [InlineData("", 2, "")]
    [InlineData("dance", 2, "'dance' is unknown")]
    [InlineData("charge --station CP-1", 2, "--url is missing")]
    [InlineData("charge --url http://x --station CP-1 --token T", 2, "--url: a ws:")]
    [InlineData("charge --url ws://x --station CP-1 --token", 2, "--token needs a value")]
    [InlineData("charge --url ws://x --station CP-1 --token T --kwh -3", 2, "--kwh -3: a number above 0")]
    [InlineData("charge --url ws://x --station CP-1 --token T --protocol 3.0", 2, "--protocol 3.0")]
    [InlineData("charge --url ws://x --station CP-1 --token T --misbehave Polite", 2, "'Polite' is no misbehaviour")]
    [InlineData("charge --url ws://x --station CP-1 --token T --volts 3", 2, "--volts is unknown")]
    [InlineData("charge --url ws://127.0.0.1:1/ocpp --station CP-1 --token T", 3, "The server is not reached")]
    public async Task What_makes_no_sense_is_explained(string arguments, int code, string error)
    {
        var (actual, _, errors) = await RunAsync(arguments);
        Assert.Equal(code, actual);
        Assert.Contains(error, errors);
    }

    [Fact]
    public async Task A_wrong_password_is_explained()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Refuse = _ => 401;
        var (code, _, errors) = await RunAsync($"charge --url {csms.Url} --station CP-1 --token T --password wrong");
        Assert.Equal(3, code);
        Assert.Contains("password is wrong", errors);
    }

    [Fact]
    public async Task Help_lists_every_misbehaviour()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(0, code);
        Assert.All(MisbehaviourText.All, known => Assert.Contains(known.Misbehaviour.ToString(), output));
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await Commands.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), TextWriter.Synchronized(output), errors, TimeProvider.System, default).WaitAsync(TimeSpan.FromSeconds(60));
        return (code, output.ToString(), errors.ToString());
    }
}
