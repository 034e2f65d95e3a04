using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Busbar.Server;
using Busbar.Tests.Support;

namespace Busbar.Tests.Server;

/// <summary>A start that cannot be says why in a sentence, and ends.</summary>
[Trait("suite", "sockets")]
public sealed class StartTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_named_in_the_last_line_and_the_program_ends_with_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var folder = Directory.CreateTempSubdirectory("busbar-port-");
        try
        {
            using var server = Process.Start(new ProcessStartInfo("dotnet", [typeof(BusbarHost).Assembly.Location, $"--urls=http://127.0.0.1:{port}", $"--Busbar:DataDirectory={folder.FullName}"])
            {
                WorkingDirectory = folder.FullName, RedirectStandardError = true, RedirectStandardOutput = true,
            })!;
            var said = server.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var complained = (await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd().Split('\n');
            await server.WaitForExitAsync(TestContext.Current.CancellationToken);
            await said;
            Assert.Equal(1, server.ExitCode);
            Assert.Equal($"Failed to bind to address http://127.0.0.1:{port}: address already in use.", complained[^1].Trim());
            Assert.DoesNotContain(complained, line => line.Contains("Unhandled exception", StringComparison.Ordinal));
        }
        finally { folder.Delete(recursive: true); }
    }
}
