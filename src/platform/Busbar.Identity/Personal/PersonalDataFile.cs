using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Identity.Http;

namespace Busbar.Identity.Personal;

/// <summary>A person's data as one JSON document, written as it is read: <c>{"records":[{"room","kind","data"}…]}</c>.</summary>
public static class PersonalDataFile
{
    private const int FlushAt = 32 * 1024;

    public static async Task WriteAsync(PipeWriter output, IAsyncEnumerable<(string Room, PersonalRecord Record)> records, CancellationToken ct)
    {
        await using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartArray("records");
        await foreach (var (room, record) in records.WithCancellation(ct))
        {
            json.WriteStartObject();
            json.WriteString("room", room);
            json.WriteString("kind", record.Kind);
            json.WritePropertyName("data");
            JsonSerializer.Serialize(json, record.Data, record.Data.GetType(), ApiJson.Options);
            json.WriteEndObject();
            if (output.UnflushedBytes > FlushAt) await output.FlushAsync(ct);
        }
        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(ct);
        await output.FlushAsync(ct);
    }
}
