using System.Buffers;
using System.Text;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using CsCheck;

namespace Busbar.Tests.Ocpp;

public sealed class FramingTests
{
    private static readonly string Id36 = new('x', 36);

    public static TheoryData<string, OcppVersion, RpcVerdict, string?> BadFrames => new()
    {
        { "", OcppVersion.V16, RpcVerdict.NotJson, null },
        { " ", OcppVersion.V16, RpcVerdict.NotJson, null },
        { "hello", OcppVersion.V16, RpcVerdict.NotJson, null },
        { "\0", OcppVersion.V16, RpcVerdict.NotJson, null },
        { "[2,\"a\",\"Heartbeat\",{}]\0", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "{}", OcppVersion.V16, RpcVerdict.NotAnArray, null },
        { "2", OcppVersion.V16, RpcVerdict.NotAnArray, null },
        { "null", OcppVersion.V16, RpcVerdict.NotAnArray, null },
        { "[", OcppVersion.V16, RpcVerdict.NotJson, null },
        { "[]", OcppVersion.V16, RpcVerdict.UnknownKind, null },
        { "[[[]]]", OcppVersion.V16, RpcVerdict.UnknownKind, null },
        { "[1,\"a\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.UnknownKind, "a" },
        { "[\"2\",\"a\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.UnknownKind, "a" },
        { "[1e308,\"a\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.UnknownKind, "a" },
        { "[99999999999,\"a\",{}]", OcppVersion.V21, RpcVerdict.UnknownKind, "a" },
        { "[2.5,\"a\",{}]", OcppVersion.V21, RpcVerdict.UnknownKind, "a" },
        { "[5,\"a\",\"GenericError\",\"\",{}]", OcppVersion.V201, RpcVerdict.UnknownKind, "a" },
        { "[6,\"a\",\"NotifyPeriodicEventStream\",{}]", OcppVersion.V16, RpcVerdict.UnknownKind, "a" },
        { "[2]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,", OcppVersion.V16, RpcVerdict.NotJson, null },
        { "[2,7,\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,null,\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,\"\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,\"a\\u0000b\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,\"\\ud800\",\"Heartbeat\",{}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { $"[2,\"{new string('x', 256)}\",\"Heartbeat\",{{}}]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { "[2,\"a\"]", OcppVersion.V16, RpcVerdict.BadAction, "a" },
        { "[2,\"a\",{}]", OcppVersion.V16, RpcVerdict.BadAction, "a" },
        { "[2,\"a\",\"\",{}]", OcppVersion.V16, RpcVerdict.BadAction, "a" },
        { "[2,\"a\",\"\\udc00\",{}]", OcppVersion.V16, RpcVerdict.BadAction, "a" },
        { "[2,\"a\",\"Heartbeat\"]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[2,\"a\",\"Heartbeat\",[]]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[2,\"a\",\"Heartbeat\",\"{}\"]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[2,\"a\",\"Heartbeat\",{},1]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[2,\"a\",\"Heartbeat\",{\"x\":1,}]", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "[2,\"a\",\"Heartbeat\",{\"x\":NaN}]", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "[2,\"a\",\"Heartbeat\",{\"x\":\"", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "[2,\"a\",\"Heartbeat\",{}] []", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "[2,\"a\",\"Heartbeat\",{}]]", OcppVersion.V16, RpcVerdict.NotJson, "a" },
        { "[3,\"a\"]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[3,\"a\",[]]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[3,\"a\",{},{}]", OcppVersion.V16, RpcVerdict.BadPayload, "a" },
        { "[4]", OcppVersion.V16, RpcVerdict.BadMessageId, null },
        { Nested(63), OcppVersion.V16, RpcVerdict.TooDeep, "a" },
        { Nested(64), OcppVersion.V16, RpcVerdict.TooDeep, "a" },
        { Nested(10_000), OcppVersion.V16, RpcVerdict.TooDeep, "a" },
        { new string('[', 10_000), OcppVersion.V16, RpcVerdict.UnknownKind, null },
        { $"[4,\"a\",\"InternalError\",{new string('[', 10_000)}", OcppVersion.V16, RpcVerdict.TooDeep, "a" },
    };

    [Theory]
    [MemberData(nameof(BadFrames))]
    public void A_bad_frame_is_told_by_its_fault(string text, OcppVersion version, RpcVerdict verdict, string? messageId)
    {
        var outcome = RpcReader.Read(Encoding.UTF8.GetBytes(text), version, out var frame);
        Assert.Equal(verdict, outcome.Verdict);
        Assert.Equal(messageId, outcome.MessageId);
        Assert.Equal(default, frame);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { (byte)'[', (byte)'2', (byte)',', (byte)'"', 0xC3, (byte)'"', (byte)',', (byte)'"', (byte)'A', (byte)'"', (byte)',', (byte)'{', (byte)'}', (byte)']' })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    public void Bytes_that_are_no_utf8_are_refused(byte[] bytes) =>
        Assert.Equal(RpcVerdict.NotUtf8, RpcReader.Read(bytes, OcppVersion.V16, out _).Verdict);

    [Fact]
    public void A_call_is_read_and_its_payload_is_a_slice()
    {
        var bytes = Encoding.UTF8.GetBytes($"  [ 2 , \"{Id36}\" , \"StopTransaction\" , {{ \"a\" : [1e308, {{}}], \"a\": 2 }} ] \r\n");
        Assert.True(RpcReader.Read(bytes, OcppVersion.V16, out var frame).IsOk);
        Assert.Equal(FrameKind.Call, frame.Kind);
        Assert.Equal(Id36, frame.MessageId);
        Assert.Same(string.IsInterned("StopTransaction"), frame.Action);
        Assert.Equal("{ \"a\" : [1e308, {}], \"a\": 2 }", Encoding.UTF8.GetString(frame.Payload.Span));
        Assert.True(bytes.AsSpan().Overlaps(frame.Payload.Span));
    }

    [Theory]
    [InlineData("[2,\"a\",\"Heartbeat\",null]", OcppVersion.V16)]
    [InlineData("[3,\"a\",null]", OcppVersion.V201)]
    [InlineData("[6,\"a\",\"NotifyPeriodicEventStream\",null]", OcppVersion.V21)]
    public void A_null_payload_is_an_empty_one(string text, OcppVersion version)
    {
        Assert.True(RpcReader.Read(Encoding.UTF8.GetBytes(text), version, out var frame).IsOk);
        Assert.Equal("{}", Encoding.UTF8.GetString(frame.Payload.Span));
    }

    [Theory]
    [InlineData("[4,\"a\",\"NotSupported\",\"no\",{\"x\":1}]", "NotSupported", "no", "{\"x\":1}")]
    [InlineData("[4,\"a\",\"NotSupported\",null,null]", "NotSupported", "", "{}")]
    [InlineData("[4,\"a\",\"NotSupported\",\"no\"]", "NotSupported", "no", "{}")]
    [InlineData("[4,\"a\",\"NotSupported\"]", "NotSupported", "", "{}")]
    [InlineData("[4,\"a\"]", "GenericError", "", "{}")]
    [InlineData("[4,\"a\",17,[],\"why\",{}]", "GenericError", "", "{}")]
    public void An_error_is_read_as_far_as_it_goes(string text, string code, string description, string details)
    {
        Assert.True(RpcReader.Read(Encoding.UTF8.GetBytes(text), OcppVersion.V16, out var frame).IsOk);
        Assert.Equal((FrameKind.CallError, "a", code, description), (frame.Kind, frame.MessageId, frame.ErrorCode, frame.ErrorDescription));
        Assert.Equal(details, Encoding.UTF8.GetString(frame.Payload.Span));
    }

    [Fact]
    public void Sixty_four_levels_are_read_and_long_ids_are_taken()
    {
        Assert.True(RpcReader.Read(Encoding.UTF8.GetBytes(Nested(62)), OcppVersion.V16, out _).IsOk);
        Assert.True(RpcReader.Read(Encoding.UTF8.GetBytes($"[2,\"{new string('x', 255)}\",\"MyAction\",{{}}]"), OcppVersion.V16, out var frame).IsOk);
        Assert.Equal("MyAction", frame.Action);
    }

    [Theory]
    [InlineData("x", OcppVersion.V16, null)]
    [InlineData("x", OcppVersion.V201, "4 -1 RpcFrameworkError")]
    [InlineData("[2,\"a\",\"Heartbeat\",{", OcppVersion.V201, "4 a FormatViolation")]
    [InlineData("[2,\"a\",\"Heartbeat\",{", OcppVersion.V16, "4 a FormationViolation")]
    [InlineData("[2,7]", OcppVersion.V21, "4 -1 RpcFrameworkError")]
    [InlineData("[2,\"a\",\"Heartbeat\",[]]", OcppVersion.V21, "4 a FormatViolation")]
    [InlineData("[9,\"a\",{}]", OcppVersion.V201, "4 a MessageTypeNotSupported")]
    [InlineData("[9,\"a\",{}]", OcppVersion.V16, null)]
    [InlineData("[3,\"a\",[]]", OcppVersion.V201, null)]
    [InlineData("[3,\"a\",[]]", OcppVersion.V21, "5 a FormatViolation")]
    [InlineData("[4,7]", OcppVersion.V21, null)]
    [InlineData("[6,\"a\",\"X\",[]]", OcppVersion.V21, null)]
    public void A_bad_frame_has_the_answer_of_its_version(string text, OcppVersion version, string? expected)
    {
        var answer = RpcReader.Read(Encoding.UTF8.GetBytes(text), version, out _).Answer(version);
        Assert.Equal(expected, answer is { } a ? $"{(int)a.Kind} {a.MessageId} {a.ErrorCode}" : null);
    }

    [Fact]
    public void What_is_written_reads_back()
    {
        Gen.Select(Gen.String[1, 30], Gen.String[1, 20], Gen.String[0, 300], Gen.Enum<FrameKind>()).Sample((id, action, description, kind) =>
        {
            (id, action, description) = (Clean(id), Clean(action), description.Replace("\0", "", StringComparison.Ordinal));
            var output = new ArrayBufferWriter<byte>();
            var payload = "{\"x\":[1,2]}"u8;
            switch (kind)
            {
                case FrameKind.Call: RpcWriter.WriteCall(output, id, action, payload); break;
                case FrameKind.CallResult: RpcWriter.WriteCallResult(output, id, payload); break;
                case FrameKind.CallError: RpcWriter.WriteCallError(output, id, action, description, payload); break;
                case FrameKind.CallResultError: RpcWriter.WriteCallResultError(output, id, action, description, payload); break;
                case FrameKind.Send: RpcWriter.WriteSend(output, id, action, payload); break;
                default: throw new InvalidOperationException();
            }

            Assert.True(RpcReader.Read(output.WrittenMemory, OcppVersion.V21, out var frame).IsOk, Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.Equal((kind, id), (frame.Kind, frame.MessageId));
            Assert.Equal("{\"x\":[1,2]}", Encoding.UTF8.GetString(frame.Payload.Span));
            var isError = kind is FrameKind.CallError or FrameKind.CallResultError;
            Assert.Equal(isError ? action : "", frame.ErrorCode);
            Assert.Equal(kind is FrameKind.Call or FrameKind.Send ? action : "", frame.Action);
            Assert.True(frame.ErrorDescription.Length <= 255);
            Assert.True(!isError || description.Length > 255 || !IsWellFormed(description) || frame.ErrorDescription == description);
        });
    }

    [Fact]
    public void Any_bytes_are_answered_and_never_thrown_at()
    {
        var seeds = BadFrames.Select(row => Encoding.UTF8.GetBytes(row.Data.Item1)).Where(bytes => bytes.Length is > 0 and < 200).ToArray();
        Gen.Select(Gen.Int[0, seeds.Length - 1], Gen.Select(Gen.Int[0, 199], Gen.Byte).Array[0, 6], Gen.Enum<OcppVersion>()).Sample((index, hits, version) =>
        {
            var bytes = seeds[index].ToArray();
            foreach (var (at, value) in hits)
            {
                bytes[at % bytes.Length] = value;
            }

            var outcome = RpcReader.Read(bytes, version, out var frame);
            _ = outcome.Answer(version);
            return outcome.IsOk == (frame != default);
        }, iter: 20_000);
    }

    [Fact]
    public void Text_is_escaped_only_where_json_demands_it()
    {
        var output = new ArrayBufferWriter<byte>();
        RpcWriter.WriteCallError(output, "a\"b", RpcErrorCodes.GenericError, "1+1 <é> 'ok' \\ \n");
        Assert.Equal("""[4,"a\"b","GenericError","1+1 <é> 'ok' \\ \n",{}]""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    /// <summary>A CALL whose payload holds <paramref name="depth"/> arrays inside its object.</summary>
    private static string Nested(int depth) => $"[2,\"a\",\"X\",{{\"x\":{new string('[', depth)}{new string(']', depth)}}}]";

    private static bool IsWellFormed(string text) => !text.Contains('\uFFFD') && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static string Clean(string text)
    {
        var clean = string.Concat(text.Where(c => !char.IsControl(c) && !char.IsSurrogate(c)));
        return clean.Length == 0 ? "x" : clean;
    }
}
