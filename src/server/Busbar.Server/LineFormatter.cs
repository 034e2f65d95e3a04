using System.Globalization;
using Busbar.Kernel;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Busbar.Server;

/// <summary>
/// The log on the console: an event is one line, whatever a station, a partner or a person wrote that stands in it. The framework's own formatter replaces the system's line end
/// and nothing else: a carriage return, a line separator, a terminal's escape or a mark that turns the direction would pass for another event, or hide one.
/// </summary>
internal sealed class LineFormatter(TimeProvider clock) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.Write(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture));
        textWriter.Write($"{NameOf(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id.ToString(CultureInfo.InvariantCulture)}] ");
        WriteReadable(textWriter, message);
        if (logEntry.Exception is { } error)
        {
            textWriter.Write(' ');
            WriteReadable(textWriter, error.ToString());
        }
        textWriter.Write(Environment.NewLine);
    }

    // Line ends become spaces, so that a stack can be read; what else cannot be read becomes a question mark.
    private static void WriteReadable(TextWriter output, string text)
    {
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (ReadableText.IsReadable(text[i])) continue;
            output.Write(text.AsSpan(from, i - from));
            output.Write(text[i] is '\n' or '\r' or '\t' ? ' ' : '?');
            from = i + 1;
        }
        output.Write(text.AsSpan(from));
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
