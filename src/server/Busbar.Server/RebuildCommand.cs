using Busbar.Identity;
using Busbar.Sessions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Busbar.Server;

/// <summary><c>busbar rebuild --verify</c>: replays the journal of a stopped server's store and compares every session and CDR with it.</summary>
internal static class RebuildCommand
{
    /// <summary>0: everything follows from the journal; 1: it does not, and each difference is a line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = BusbarHost.Build(args, LooksOnly);
        await app.StartAsync();
        var report = await SessionsModule.VerifyAsync(app.Services, CancellationToken.None);
        await app.StopAsync();
        foreach (var difference in report.Differences) await Console.Out.WriteLineAsync(difference);
        await Console.Out.WriteLineAsync($"{report.Facts} facts replayed: {report.Sessions} sessions, {report.Cdrs} CDRs, {report.Forgotten} of them no longer kept, {report.Differences.Count} differences");
        return report.Differences.Count == 0 ? 0 : 1;
    }

    public static int Usage()
    {
        Console.Error.WriteLine("usage: busbar rebuild --verify [--Busbar:DataDirectory=… | --ConnectionStrings:Busbar=…]");
        return 2;
    }

    internal static void LooksOnly(IServiceCollection services)
    {
        services.AddSingleton<IServer, NoServer>();
        var identity = (IdentityOptions)services.Last(service => service.ServiceType == typeof(IdentityOptions)).ImplementationInstance!;
        services.AddSingleton(identity with { IsServer = false });
    }

    /// <summary>Nothing listens while the store is examined.</summary>
    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
