using System.Net.Sockets;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Server.Demo;
using Busbar.Shell;
using Busbar.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Busbar.Server;

/// <summary>The composition root: the same host for the program, the tests and the tools.</summary>
public static class BusbarHost
{
    private const string DefaultUrl = "http://localhost:8080";
    private const string DefaultDirectory = "./data";
    private const int LeastThreads = 8;
    private static readonly TimeSpan StartLasts = TimeSpan.FromSeconds(15);

    /// <summary>Builds the server. Starting it applies migrations first; its port opens when everything is loaded.</summary>
    /// <param name="args">As on the command line, such as <c>--urls=http://127.0.0.1:0</c> or <c>--Busbar:DataDirectory=/tmp/x</c>.</param>
    /// <param name="configure">Replaces services, after all rooms have added theirs.</param>
    /// <exception cref="InvalidOperationException">The configuration is wrong, or a route does not say who may call it.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var isDemo = DemoMode.IsAsked(args);
        args = DemoMode.Rest(args);
        // Settings are read once. A watch on their files would watch all of the working folder, and with it each write to the store that lies there by default.
        var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
        builder.AddQuietLogging();
        builder.AddListener(DefaultUrl);
        var identity = new IdentityOptions(Text(builder, "Busbar:AdminKey"), Text(builder, "Busbar:SecretKey")) { OtherSecretKey = Text(builder, "Busbar:OtherSecretKey") };
        identity.Verify();
        DemoFolder? demo = null;
        if (isDemo) (demo, identity) = DemoMode.Prepare(builder.Configuration, identity, DefaultUrl);

        var database = Text(builder, "ConnectionStrings:Busbar") is { } postgres
            ? Database.Postgres(postgres)
            : Database.Sqlite(demo?.Directory ?? DirectoryOf(builder));
        // The first to start and the last to go: nothing reads a table before it.
        builder.Services.AddHostedService(_ => new StoreStartup(database));
        builder.Services.AddSingleton<WarmUp>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<WarmUp>());
        RehearsedServer.Use(builder.Services);
        Rooms.Add(builder.Services, database, identity, builder.Configuration);
        builder.AddCluster(database);
        builder.Services.AddApiDescription();
        builder.AddTelemetry();
        if (demo is not null) builder.Services.AddSingleton(demo).AddHostedService<DemoService>();
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        app.UseStationsListener();
        app.UseWebSockets();
        app.UseIdentity();
        app.UseShell();
        Rooms.Map(app);
        if (demo is not null) IdentityModule.MapDemo(app);
        app.MapHealth();
        app.MapApiDescription();
        app.MapMetrics();
        app.VerifyAnnotated();
        return app;
    }

    /// <summary>Serves until it is told to stop. Answers the exit code.</summary>
    internal static async Task<int> RunAsync(string[] args)
    {
        // What runs for the first time is compiled on the pool's threads. Where there are two of them, two such parts would let the first stations wait until the pool grows,
        // which it does once a second. Later so many threads only take turns: a frame costs a fifth less with one for each processor.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, LeastThreads), completions);
        try
        {
            await using var app = Build(args);
            using var later = new Timer(_ => ThreadPool.SetMinThreads(workers, completions), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            using var started = app.Lifetime.ApplicationStarted.Register(() => later.Change(StartLasts, Timeout.InfiniteTimeSpan));
            try
            {
                await app.RunAsync();
            }
            catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
            {
                // Told to stop before it had started.
            }
            return 0;
        }
        catch (Exception error) when (error is InvalidOperationException or OptionsValidationException or SocketException or IOException { InnerException: AddressInUseException })
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }

    private static string DirectoryOf(WebApplicationBuilder builder)
    {
        var directory = Path.GetFullPath(Text(builder, "Busbar:DataDirectory") ?? DefaultDirectory);
        return DemoFolder.Is(directory) ? throw new InvalidOperationException($"{directory} is a demo's: start it with --demo, or name another folder by Busbar:DataDirectory.") : directory;
    }

    private static string? Text(WebApplicationBuilder builder, string key) => builder.Configuration[key] is { Length: > 0 } value ? value : null;
}
