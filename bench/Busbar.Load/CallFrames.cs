using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace Busbar.Load;

/// <summary>
/// OCPP 1.6 CALLs of a station, written by hand into the caller's buffer, and just enough reading of what comes back: a generator that serialises and parses JSON
/// costs as much as the server it measures. Every method returns the bytes written.
/// </summary>
public static class CallFrames
{
    /// <summary>Room for any of them.</summary>
    public const int Longest = 512;

    /// <summary>A message id has the length of a UUID, as most stations send.</summary>
    public const int IdLength = 36;

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>A message id that no other call of the run has.</summary>
    public static int Id(Span<byte> output, int station, long call) =>
        Written(Utf8.TryWrite(output, Plain, $"{station:x8}-0000-4000-8000-{call:x12}", out var length), length);

    public static int Boot(Span<byte> output, ReadOnlySpan<byte> id) =>
        Call(output, id, """BootNotification",{"chargePointVendor":"Busbar","chargePointModel":"Load"}]"""u8);

    public static int Heartbeat(Span<byte> output, ReadOnlySpan<byte> id) => Call(output, id, "Heartbeat\",{}]"u8);

    public static int Authorize(Span<byte> output, ReadOnlySpan<byte> id, string idTag)
    {
        var head = Call(output, id, default);
        return head + Written(Utf8.TryWrite(output[head..], Plain, $$"""Authorize",{"idTag":"{{idTag}}"}]""", out var length), length);
    }

    public static int Status(Span<byte> output, ReadOnlySpan<byte> id, string status, DateTimeOffset at)
    {
        var head = Call(output, id, default);
        return head + Written(Utf8.TryWrite(output[head..], Plain,
            $$"""StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"{{status}}","timestamp":"{{at:yyyy-MM-ddTHH:mm:ssZ}}"}]""", out var length), length);
    }

    /// <param name="register">Wh.</param>
    public static int Start(Span<byte> output, ReadOnlySpan<byte> id, string idTag, long register, DateTimeOffset at)
    {
        var head = Call(output, id, default);
        return head + Written(Utf8.TryWrite(output[head..], Plain,
            $$"""StartTransaction",{"connectorId":1,"idTag":"{{idTag}}","meterStart":{{register}},"timestamp":"{{at:yyyy-MM-ddTHH:mm:ssZ}}"}]""", out var length), length);
    }

    /// <param name="register">Wh.</param>
    /// <param name="power">W.</param>
    public static int Meter(Span<byte> output, ReadOnlySpan<byte> id, int transaction, long register, long power, DateTimeOffset at)
    {
        var head = Call(output, id, default);
        return head + Written(Utf8.TryWrite(output[head..], Plain,
            $$"""MeterValues",{"connectorId":1,"transactionId":{{transaction}},"meterValue":[{"timestamp":"{{at:yyyy-MM-ddTHH:mm:ssZ}}","sampledValue":[{"value":"{{register}}","context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","unit":"Wh"},{"value":"{{power}}","context":"Sample.Periodic","measurand":"Power.Active.Import","unit":"W"}]}]}]""",
            out var length), length);
    }

    /// <param name="register">Wh.</param>
    public static int Stop(Span<byte> output, ReadOnlySpan<byte> id, int transaction, string idTag, long register, DateTimeOffset at)
    {
        var head = Call(output, id, default);
        return head + Written(Utf8.TryWrite(output[head..], Plain,
            $$"""StopTransaction",{"transactionId":{{transaction}},"idTag":"{{idTag}}","meterStop":{{register}},"timestamp":"{{at:yyyy-MM-ddTHH:mm:ssZ}}","reason":"Local"}]""", out var length), length);
    }

    /// <summary>The answer to a CALL of the server's: this station can do nothing.</summary>
    public static int NotSupported(Span<byte> output, ReadOnlySpan<byte> call)
    {
        var end = call[4..].IndexOf((byte)'"');
        return Concat(output, "[4,\""u8, end < 0 ? default : call.Slice(4, end), "\",\"NotSupported\",\"\",{}]"u8);
    }

    public static bool IsCall(ReadOnlySpan<byte> frame) => frame.StartsWith("[2,\""u8);

    /// <summary>Whether a frame is the CALLRESULT of that message.</summary>
    public static bool IsResultOf(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> id) =>
        frame.StartsWith("[3,\""u8) && frame[4..].StartsWith(id) && frame[(4 + id.Length)..].StartsWith("\","u8);

    /// <summary>Whether a CALLRESULT says Accepted, to a tag or to a boot.</summary>
    public static bool IsAccepted(ReadOnlySpan<byte> result) => result.IndexOf("\"status\":\"Accepted\""u8) >= 0;

    /// <summary>The transaction of a StartTransaction's CALLRESULT.</summary>
    public static bool TryTransaction(ReadOnlySpan<byte> result, out int transaction)
    {
        transaction = 0;
        var at = result.IndexOf("\"transactionId\":"u8);
        return at >= 0 && Utf8Parser.TryParse(result[(at + 16)..], out transaction, out _);
    }

    // Up to the action's name, and what follows where that is fixed.
    private static int Call(Span<byte> output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> rest)
    {
        var head = Concat(output, "[2,\""u8, id, "\",\""u8);
        rest.CopyTo(output[head..]);
        return head + rest.Length;
    }

    private static int Concat(Span<byte> output, ReadOnlySpan<byte> one, ReadOnlySpan<byte> two, ReadOnlySpan<byte> three)
    {
        one.CopyTo(output);
        two.CopyTo(output[one.Length..]);
        three.CopyTo(output[(one.Length + two.Length)..]);
        return one.Length + two.Length + three.Length;
    }

    private static int Written(bool fits, int length) => fits ? length : throw new ArgumentException("The buffer is too small for the frame.");
}
