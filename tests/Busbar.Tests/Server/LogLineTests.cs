using System.Net;
using System.Net.WebSockets;
using System.Reflection;
using Busbar.Kernel;
using Busbar.Server;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Busbar.Tests.Server;

/// <summary>S7's half of the log: texts that a station supplies make one line of each event, and nothing that a terminal obeys.</summary>
public sealed class LogLineTests(Servers servers)
{
    public static TheoryData<string> Hostile { get; } =
    [
        "CP\n2026-11-26T00:00:00.000Z crit: Forged[1] all is lost", "CP\r\nforged", "CP\rforged", "CP\u2028forged", "CP\u2029forged", "CP\u0085forged", "CP\vforged\fforged",
        "CP\u001b[2J\u001b[1;1Hforged", "CP\u009b31mforged", "CP\u202edegrof", "CP\u2066x\u2069", "CP\u200b\ufeff", "CP\0\a\b\u007f", "CP\ud800",
    ];

    [Theory, MemberData(nameof(Hostile))]
    public void Every_event_of_every_room_is_one_readable_line(string hostile)
    {
        var formatter = new LineFormatter(TimeProvider.System);
        var events = Events();
        Assert.True(events.Count > 40);
        foreach (var one in events)
        {
            var line = LineOf(one, hostile, formatter);
            Assert.EndsWith("\n", line, StringComparison.Ordinal);
            Assert.True(line[..^1].All(ReadableText.IsReadable), $"{one.DeclaringType}.{one.Name}: {line}");
        }
    }

    /// <summary>The negative control: the framework's formatter, as it was before.</summary>
    [Fact]
    public void The_frameworks_formatter_is_caught()
    {
        using var services = new ServiceCollection().AddLogging(logging => logging.AddSimpleConsole(console => console.SingleLine = true)).BuildServiceProvider();
        var naive = services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == ConsoleFormatterNames.Simple);
        var told = Events().Single(one => one.Name == "StationRefused");
        // The system's line end is all that it replaces.
        Assert.All(Hostile.Skip(1), row => Assert.Contains(LineOf(told, row.Data, naive)[..^1], one => !ReadableText.IsReadable(one)));
    }

    [Fact, Trait("suite", "sockets")]
    public async Task A_name_at_the_door_makes_one_line_of_the_running_servers_log()
    {
        var written = new StringWriter();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<ILoggerProvider>(provider => new Written(
            provider.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == provider.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.FormatterName), written)));
        // What has no place in an address is left out.
        var names = Hostile.Select(row => row.Data).Where(name => !name.Contains('\0', StringComparison.Ordinal) && !name.Contains('\ud800', StringComparison.Ordinal)).ToList();
        foreach (var name in names)
        {
            await Assert.ThrowsAsync<WebSocketException>(() => WireStation.ConnectAsync(server.Address, Uri.EscapeDataString(name), "ocpp1.6", "CP", "0123456789abcdef0123"));
        }
        string log;
        lock (written) log = written.ToString();
        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(names.Count, lines.Count(line => line.Contains("refused from", StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.True(line.All(ReadableText.IsReadable) && line.Contains('Z', StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal), line));
    }

    /// <summary>All events that the rooms' <c>Log</c> classes tell.</summary>
    private static List<MethodInfo> Events() =>
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "Busbar.*.dll").Where(file => !file.Contains(".Tests.", StringComparison.Ordinal)).Select(Assembly.LoadFrom)
            .Select(assembly => assembly.GetType(assembly.GetName().Name + ".Log")).OfType<Type>()
            .SelectMany(log => log.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).Where(method => method.GetCustomAttribute<LoggerMessageAttribute>() is not null),
    ];

    private static string LineOf(MethodInfo told, string hostile, ConsoleFormatter formatter)
    {
        var output = new StringWriter();
        using var provider = new Written(formatter, output);
        told.Invoke(null, [.. told.GetParameters().Select(parameter => ValueOf(parameter.ParameterType, hostile, provider))]);
        return output.ToString();
    }

    private static object? ValueOf(Type type, string hostile, Written provider) =>
        type == typeof(ILogger) ? provider.CreateLogger("Test")
        : type == typeof(string) || type == typeof(object) ? hostile
        : type == typeof(Exception) ? Thrown(hostile)
        : type == typeof(IPAddress) ? IPAddress.Loopback
        : type.IsValueType ? Activator.CreateInstance(type)
        : null;

    private static Exception Thrown(string text)
    {
        try { throw new InvalidOperationException(text, new FormatException(text)); }
        catch (InvalidOperationException error) { return error; }
    }

    /// <summary>Writes what is told as the console does.</summary>
    private sealed class Written(ConsoleFormatter formatter, StringWriter output) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Log(categoryName, formatter, output);

        public void Dispose()
        {
        }

        private sealed class Log(string category, ConsoleFormatter formatter, StringWriter output) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format)
            {
                lock (output) formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, format), null, output);
            }
        }
    }
}
