using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Busbar.Storage.Audit;

/// <summary>
/// A chain as JSON Lines, with all that its hashes are made of: ids as UUIDs, the time as Unix milliseconds, <c>before</c> and <c>after</c> as the very texts, hashes in hexadecimal.
/// </summary>
public static class AuditFile
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] TextNames = ["actor", "way", "source", "action", "kind", "thing", "name", "outcome", "before", "after"];

    public static async Task WriteAsync(PipeWriter output, IAsyncEnumerable<SealedEntry> entries, CancellationToken ct)
    {
        await foreach (var entry in entries.WithCancellation(ct))
        {
            WriteLine(output, entry);
            if (output.UnflushedBytes > 32 * 1024) await output.FlushAsync(ct);
        }
        await output.FlushAsync(ct);
    }

    private static void WriteLine(IBufferWriter<byte> output, SealedEntry sealedEntry)
    {
        var entry = sealedEntry.Entry;
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("tenant", entry.Tenant.Value);
            json.WriteNumber("sequence", sealedEntry.Sequence);
            json.WriteString("id", entry.Id.Value);
            json.WriteNumber("at", entry.At.ToUnixTimeMilliseconds());
            string?[] texts = [entry.Actor, entry.Way, entry.Source, entry.Action, entry.Kind, entry.Thing, entry.Name, entry.Outcome, entry.Before, entry.After];
            for (var i = 0; i < texts.Length; i++) json.WriteString(TextNames[i], texts[i]);
            json.WriteString("previous", Convert.ToHexStringLower(sealedEntry.Previous));
            json.WriteString("hash", Convert.ToHexStringLower(sealedEntry.Hash));
            json.WriteEndObject();
        }
        output.Write("\n"u8);
    }

    /// <exception cref="FormatException">A line is none of such a file.</exception>
    internal static async IAsyncEnumerable<ChainRow> ReadAsync(Stream file, [EnumeratorCancellation] CancellationToken ct)
    {
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 256 * 1024, leaveOpen: true));
        var row = new ChainRow();
        for (var number = 1L; ;)
        {
            var read = await reader.ReadAsync(ct);
            var rest = read.Buffer;
            while (TryLine(ref rest, read.IsCompleted, out var line))
            {
                if (line.Length > 0)
                {
                    Fill(row, line, number);
                    yield return row;
                }
                number++;
            }
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted && rest.Length == 0) break;
        }
        await reader.CompleteAsync();
    }

    private static bool TryLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }
        line = rest;
        if (!isLast || rest.Length == 0) return false;
        rest = rest.Slice(rest.End);
        return true;
    }

    private static void Fill(ChainRow row, in ReadOnlySequence<byte> line, long number)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            Step(ref json, JsonTokenType.StartObject);
            Member(ref json, "tenant");
            row.Tenant = json.GetGuid();
            Member(ref json, "sequence");
            row.Sequence = json.GetInt64();
            row.Bytes.Begin();
            Member(ref json, "id");
            row.Bytes.Add(json.GetGuid());
            Member(ref json, "at");
            row.Bytes.Add(json.GetInt64());
            foreach (var name in TextNames)
            {
                Member(ref json, name);
                row.Bytes.Add(json.GetString());
            }
            Member(ref json, "previous");
            row.Previous = Convert.FromHexString(json.GetString()!);
            Member(ref json, "hash");
            row.Hash = Convert.FromHexString(json.GetString()!);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new FormatException($"Line {number} is no entry of an audit.", error);
        }
    }

    private static void Member(ref Utf8JsonReader json, string name)
    {
        Step(ref json, JsonTokenType.PropertyName);
        if (!json.ValueTextEquals(name)) throw new FormatException($"'{name}' is expected.");
        json.Read();
    }

    private static void Step(ref Utf8JsonReader json, JsonTokenType type)
    {
        if (!json.Read() || json.TokenType != type) throw new FormatException($"{type} is expected.");
    }
}
