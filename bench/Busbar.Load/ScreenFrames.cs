using System.Text;
using System.Text.Json;

namespace Busbar.Load;

/// <param name="At">Of the reading that it is the price of.</param>
public readonly record struct RunningCost(int Transaction, DateTimeOffset At, decimal Amount);

/// <summary>What a 1.6 station with a screen is asked and told ("OCPP and California Pricing Requirements"): few frames, so that they are parsed.</summary>
public static class ScreenFrames
{
    private const string CanShow = "CustomDisplayCostAndPrice";

    /// <summary>Whether a CALL asks what the station can show.</summary>
    public static bool AsksForScreen(ReadOnlySpan<byte> call) => call.IndexOf("\"GetConfiguration\""u8) >= 0 && call.IndexOf("CustomDisplayCostAndPrice"u8) >= 0;

    /// <summary>The answer to a CALL: it can show prices with two decimals, and takes what it is given.</summary>
    /// <returns>The bytes written.</returns>
    public static int Answer(Span<byte> output, ReadOnlySpan<byte> call)
    {
        var end = call[4..].IndexOf((byte)'"');
        var id = Encoding.UTF8.GetString(end < 0 ? default : call.Slice(4, end));
        if (AsksForScreen(call))
            return Encoding.UTF8.GetBytes($$"""[3,"{{id}}",{"configurationKey":[{"key":"{{CanShow}}","readonly":false,"value":"true"},{"key":"NumberOfDecimalsForCostValues","readonly":false,"value":"2"}]}]""", output);
        return call.IndexOf("\"DataTransfer\""u8) >= 0 || call.IndexOf("\"ChangeConfiguration\""u8) >= 0
            ? Encoding.UTF8.GetBytes($$"""[3,"{{id}}",{"status":"Accepted"}]""", output)
            : CallFrames.NotSupported(output, call);
    }

    /// <summary>The price so far, where a CALL tells one.</summary>
    public static bool TryRunningCost(ReadOnlySpan<byte> call, out RunningCost cost)
    {
        cost = default;
        if (call.IndexOf("\"RunningCost\""u8) < 0) return false;
        var data = JsonElement.Parse(JsonElement.Parse(call)[3].GetProperty("data").GetString()!);
        cost = new RunningCost(data.GetProperty("transactionId").GetInt32(), data.GetProperty("timestamp").GetDateTimeOffset(), data.GetProperty("cost").GetDecimal());
        return true;
    }
}
