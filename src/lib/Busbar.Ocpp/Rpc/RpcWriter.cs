using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Busbar.Ocpp.Rpc;

/// <summary>
/// Writes OCPP-J frames. The payload is taken as it is: it must be one well-formed JSON object. Characters are escaped only where JSON demands it,
/// since parsers in stations do not all know <c>\u002B</c> for a plus sign.
/// </summary>
public static class RpcWriter
{
    /// <summary>The longest error description, in characters; a longer one is cut.</summary>
    public const int MaxErrorDescription = 255;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    public static void WriteCall(IBufferWriter<byte> output, string messageId, string action, ReadOnlySpan<byte> payload) =>
        WriteRequest(output, FrameKind.Call, messageId, action, payload);

    /// <summary>2.1 only: a message that is never answered.</summary>
    public static void WriteSend(IBufferWriter<byte> output, string messageId, string action, ReadOnlySpan<byte> payload) =>
        WriteRequest(output, FrameKind.Send, messageId, action, payload);

    public static void WriteCallResult(IBufferWriter<byte> output, string messageId, ReadOnlySpan<byte> payload)
    {
        var writer = Begin(output, FrameKind.CallResult, messageId);
        WritePayload(writer, payload);
        End(writer);
    }

    /// <param name="details">A JSON object; empty for none.</param>
    public static void WriteCallError(IBufferWriter<byte> output, string messageId, string code, string description = "", ReadOnlySpan<byte> details = default) =>
        WriteError(output, FrameKind.CallError, messageId, code, description, details);

    /// <summary>2.1 only: the answer to a CALLRESULT that could not be read.</summary>
    public static void WriteCallResultError(IBufferWriter<byte> output, string messageId, string code, string description = "", ReadOnlySpan<byte> details = default) =>
        WriteError(output, FrameKind.CallResultError, messageId, code, description, details);

    /// <summary>Writes the answer that <see cref="RpcReadOutcome.Answer"/> asks for.</summary>
    public static void WriteAnswer(IBufferWriter<byte> output, RpcErrorAnswer answer, string description = "") =>
        WriteError(output, answer.Kind, answer.MessageId, answer.ErrorCode, description, default);

    private static void WriteRequest(IBufferWriter<byte> output, FrameKind kind, string messageId, string action, ReadOnlySpan<byte> payload)
    {
        var writer = Begin(output, kind, messageId);
        writer.WriteStringValue(action);
        WritePayload(writer, payload);
        End(writer);
    }

    private static void WriteError(IBufferWriter<byte> output, FrameKind kind, string messageId, string code, string description, ReadOnlySpan<byte> details)
    {
        var writer = Begin(output, kind, messageId);
        writer.WriteStringValue(code);
        writer.WriteStringValue(Cut(description));
        WritePayload(writer, details);
        End(writer);
    }

    private static ReadOnlySpan<char> Cut(string description)
    {
        if (description.Length <= MaxErrorDescription)
        {
            return description;
        }

        var length = char.IsHighSurrogate(description[MaxErrorDescription - 1]) ? MaxErrorDescription - 1 : MaxErrorDescription;
        return description.AsSpan(0, length);
    }

    private static Utf8JsonWriter Begin(IBufferWriter<byte> output, FrameKind kind, string messageId)
    {
        var writer = t_writer;
        if (writer is null)
        {
            t_writer = writer = new Utf8JsonWriter(output, Options);
        }
        else
        {
            writer.Reset(output);
        }

        writer.WriteStartArray();
        writer.WriteNumberValue((int)kind);
        writer.WriteStringValue(messageId);
        return writer;
    }

    private static void WritePayload(Utf8JsonWriter writer, ReadOnlySpan<byte> payload) =>
        writer.WriteRawValue(payload.IsEmpty ? "{}"u8 : payload, skipInputValidation: true);

    private static void End(Utf8JsonWriter writer)
    {
        writer.WriteEndArray();
        writer.Flush();
        writer.Reset(Nowhere.Instance);      // the thread's writer must not keep the caller's buffer alive
    }

    private sealed class Nowhere : IBufferWriter<byte>
    {
        public static readonly Nowhere Instance = new();

        public void Advance(int count) => throw new InvalidOperationException();

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException();

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException();
    }
}
