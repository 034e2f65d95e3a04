using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Busbar.Tests;

namespace Busbar.Stories;

/// <summary>What <c>./publish</c> makes is all that is deployed.</summary>
[Trait("suite", "publish")]
public sealed partial class PublishTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task One_file_in_an_empty_folder_serves_its_pages()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64, "./publish is for linux-x64.");
        var folder = Directory.CreateTempSubdirectory("busbar-one-").FullName;
        try
        {
            using (var publish = Process.Start(new ProcessStartInfo("/bin/bash", ["./publish"]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true })!)
            {
                var said = await Task.WhenAll(publish.StandardOutput.ReadToEndAsync(), publish.StandardError.ReadToEndAsync()).WaitAsync(Patience);
                await publish.WaitForExitAsync();
                Assert.True(publish.ExitCode == 0, string.Concat(said));
            }
            var file = Path.Combine(folder, "busbar");
            File.Copy(Path.Combine(Repository.Root, "artifacts", "publish", "busbar"), file);

            var start = new ProcessStartInfo(file, ["--urls=http://127.0.0.1:0"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
            // Nothing of this machine's: neither its .NET nor its settings, nor a home; as deploy/busbar.service starts it.
            start.Environment.Clear();
            start.Environment["HOME"] = "/proc";
            start.Environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Path.Combine(folder, "cache");
            using var server = Process.Start(start)!;
            try
            {
                var address = new Uri(await AddressOfAsync(server.StandardOutput).WaitAsync(Patience));
#pragma warning disable RS0030 // The tests' client speaks to its own server only.
                using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
#pragma warning restore RS0030
                // It listens before it has started whole.
                await ReadyAsync(http).WaitAsync(Patience);
                // The first operator sets it up; the page has its style and its script.
                var page = await http.GetStringAsync("/setup");
                foreach (Match asset in Asset().Matches(page)) Assert.NotEmpty(await http.GetStringAsync(asset.Groups[1].Value));
                Assert.Equal(2, Asset().Count(page));
                Assert.Equal("/console", (await http.GetAsync("/")).Headers.Location?.ToString());
                Assert.Equal(HttpStatusCode.SeeOther, (await http.GetAsync("/console")).StatusCode);
                foreach (var name in new[] { "console.css", "console.js", "blazor.web.js" }) Assert.NotEmpty(await http.GetStringAsync("/console/assets/" + name));
                Assert.Equal(["busbar", "cache", "data"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            }
            finally
            {
                server.Kill();
                await server.WaitForExitAsync();
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static async Task<string> AddressOfAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
            if (Listening().Match(line) is { Success: true } match) return match.Groups[1].Value;
        throw new InvalidOperationException("The server ended before it listened.");
    }

    private static async Task ReadyAsync(HttpClient http)
    {
        while ((await http.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK) await Task.Delay(TimeSpan.FromMilliseconds(50));
    }

    [GeneratedRegex("(?:href|src)=\"(/[^\"]+\\.(?:css|js))\"")]
    private static partial Regex Asset();

    [GeneratedRegex("Now listening on: (http:[^ ]+)")]
    private static partial Regex Listening();
}
