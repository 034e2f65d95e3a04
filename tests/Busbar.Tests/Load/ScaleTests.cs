using System.Diagnostics;
using System.Text.Json;
using Busbar.Tests.Architecture;

namespace Busbar.Tests.Load;

/// <summary>Bars C3 and C18, by the program that measures them at full size.</summary>
[Trait("suite", "scale")]
public sealed class ScaleTests
{
    [Fact]
    public async Task Two_thousand_stations_that_are_cut_at_once_are_back_within_fifteen_seconds()
    {
        // A CALLERROR, a boot that is not accepted, and a session that is not found again end the program with 1.
        var hold = await MeasureAsync("hold", "--stations", "2000", "--targets", "sqlite", "--seconds", "2", "--warm-up", "1");
        foreach (var storm in hold.GetProperty("storms").EnumerateArray())
            Assert.True(storm.GetProperty("acceptedSeconds").GetDouble() <= 15, hold.ToString());
        Assert.Equal(4_000, hold.GetProperty("verifiedSessions").GetInt32());
    }

    [Fact]
    public async Task A_start_on_a_hundred_thousand_stations_and_a_million_sessions_listens_within_three_seconds_and_answers_a_boot_within_one()
    {
        // Such a store has 7 GB.
        Assert.SkipWhen(new DriveInfo(Path.GetTempPath()).AvailableFreeSpace < 10_000_000_000, "There are not 10 GB free where temporary files lie.");
        var cold = await MeasureAsync("cold");
        Assert.True(cold.GetProperty("listeningSeconds").GetDouble() <= 3, cold.ToString());
        Assert.True(cold.GetProperty("bootAnswerSeconds").GetDouble() <= 1, cold.ToString());
        Assert.True(cold.GetProperty("firstBootSeconds").GetDouble() <= 3, cold.ToString());
        Assert.Equal((100_000, 1_000_000), (cold.GetProperty("stations").GetInt32(), cold.GetProperty("sessions").GetInt32()));
    }

    [Fact]
    public async Task A_price_is_on_the_screen_within_fifty_milliseconds_of_its_readings_acknowledgement()
    {
        // A later one, fewer prices than readings, and a price that is not that of the frames end the program with 1.
        var cost = await MeasureAsync("cost", "--stations", "200", "--seconds", "24", "--warm-up", "15");
        // Two of each, give or take those at the edges.
        Assert.InRange(cost.GetProperty("readings").GetInt32(), 380, 420);
        Assert.Equal(200, cost.GetProperty("verifiedSessions").GetInt32());
    }

    private static async Task<JsonElement> MeasureAsync(params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("busbar-scale-").FullName;
        try
        {
            var figures = Path.Combine(folder, "figures.json");
            var server = Path.Combine(House.Root, "src/server/Busbar.Server/bin/Release/net10.0/busbar.dll");
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Busbar.Load.dll"), .. arguments, "--server", server, "--folder", folder, "--json", figures])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var program = Process.Start(start)!;
            using var gone = TestContext.Current.CancellationToken.Register(program.Kill);
            var (said, complained) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
            await program.WaitForExitAsync();
            TestContext.Current.TestOutputHelper?.WriteLine(await said);
            Assert.True(program.ExitCode == 0, $"{await said}{await complained}");
            return JsonElement.Parse(await File.ReadAllTextAsync(figures)).GetProperty("figures")[0];
        }
        finally { Directory.Delete(folder, recursive: true); }
    }
}
