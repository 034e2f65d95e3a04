using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Shell;

/// <summary>CSV as RFC 4180 has it, in UTF-8 with its mark, by which Excel knows it. Numbers and times are written for programs, whatever the language.</summary>
internal static partial class CsvFile
{
    private const int Often = 32 * 1024;

    public static async Task WriteAsync(PipeWriter output, FileOfList list, FileRequest request, DateTimeZone zone, CancellationToken ct)
    {
        var line = new StringBuilder("\uFEFF");
        foreach (var (title, isTime) in list.Heads) Append(line, isTime ? $"{title} ({zone.Id})" : title);
        End(line);
        await foreach (var row in list.RowsAsync(request, ct))
        {
            foreach (var cell in row) Append(line, TextOf(cell, zone));
            End(line);
            if (line.Length >= Often) await FlushAsync(output, line, ct);
        }
        await FlushAsync(output, line, ct);
    }

    private static string TextOf(in FileCell cell, DateTimeZone zone) => cell switch
    {
        // Where a comma is for decimals, programs part a line at semicolons or tabs, quoted or not: what then begins a cell must begin no formula either.
        { Text: { } text } => AfterSeparator().Replace(HarmlessText.Of(text), "$1'$2"),
        { Number: { } number } => number.ToString(CultureInfo.InvariantCulture),
        { At: { } at } => OffsetDateTimePattern.Rfc3339.Format(Calendar.Clamp(at).InZone(zone).ToOffsetDateTime()),
        _ => "",
    };

    [GeneratedRegex(@"([;\t|] *)([=+\-@＝＋－＠])")]
    private static partial Regex AfterSeparator();

    private static void Append(StringBuilder line, string text)
    {
        if (text.AsSpan().ContainsAny(",\"\r\n") || text is [' ', ..] or [.., ' ']) line.Append('"').Append(text).Replace("\"", "\"\"", line.Length - text.Length, text.Length).Append('"');
        else line.Append(text);
        line.Append(',');
    }

    private static void End(StringBuilder line)
    {
        line.Length--;
        line.Append("\r\n");
    }

    private static async Task FlushAsync(PipeWriter output, StringBuilder line, CancellationToken ct)
    {
        Encoding.UTF8.GetBytes(line.ToString(), output);
        line.Clear();
        await output.FlushAsync(ct);
    }
}
