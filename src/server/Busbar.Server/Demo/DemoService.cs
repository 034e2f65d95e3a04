using Busbar.Identity;

namespace Busbar.Server.Demo;

/// <summary>Sets the demo up when the server listens, prints the way in, and lets its stations live until the server stops.</summary>
internal sealed class DemoService(
    DemoFolder folder, DemoDoor door, IdentityOptions identity, IWebAddresses web, IHostApplicationLifetime lifetime, ILogger<DemoService> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartedAsync(stoppingToken);
            var address = new Uri(web.All.First(url => url.StartsWith("http:", StringComparison.Ordinal)));
            var isNew = !folder.IsReady;
            if (isNew)
            {
                using var http = DemoSetUp.Client(new Uri(address, "api/v1/"), identity.AdminKey!);
                await new DemoSetUp(http, folder).RunAsync(stoppingToken);
            }
            var link = new Uri(address, await door.OpenAsync(DemoNetwork.Slug, stoppingToken));
            // Straight to the terminal: a log goes to places where a secret should not be.
            await Console.Out.WriteLineAsync($"A network of {DemoNetwork.Stations.Count} stations is charging. Look at it at\n  {link}".AsMemory(), stoppingToken);
            var stations = new UriBuilder(address) { Scheme = "ws", Path = $"/ocpp/{DemoNetwork.Slug}" }.Uri;
            await Task.WhenAll(DemoNetwork.Stations.Select((station, number) => LiveAsync(station, number, stations, isNew, stoppingToken)));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception error) when (error is HttpRequestException or InvalidOperationException)
        {
            Log.DemoFailed(log, error);
        }
    }

    private async Task LiveAsync(DemoStation station, int number, Uri url, bool isNew, CancellationToken ct)
    {
        if (station.Character == DemoCharacter.Absent) return;
        await using var life = new DemoLife(station, number, url, folder.PasswordOf(station.Id));
        await life.RunAsync(isNew, ct);
    }

    /// <summary>Only then are the addresses known.</summary>
    private async Task StartedAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(ct);
    }
}
