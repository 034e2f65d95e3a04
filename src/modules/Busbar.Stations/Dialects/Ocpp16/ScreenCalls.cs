using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Screens;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>
/// Prices on the screen of a 1.6 station: "OCPP and California Pricing Requirements" of the Open Charge Alliance. What such a station understands it says by the
/// key CustomDisplayCostAndPrice; its own price is the key DefaultPrice, all else a DataTransfer.
/// </summary>
internal sealed class ScreenCalls : IScreenDialect
{
    private const string Vendor = "org.openchargealliance.costmsg";
    private const string CanShow = "CustomDisplayCostAndPrice";
    private const string DecimalsKey = "NumberOfDecimalsForCostValues";
    private const string DefaultPrice = "DefaultPrice";
    private const int MostDecimals = 6;
    private const int PriceDecimals = 6;

    // A key's value has 500 characters, the object's own among them.
    private const int DefaultTextLength = 400;
    private const int TextLength = 512;

    // Stations put the text on a screen as it is: no escapes that are not needed.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ScreenCalls Instance { get; } = new();

    public StationCall Question { get; } = new(Ocpp16Actions.GetConfiguration.Name, Ocpp16Json.Write(new GetConfigurationRequest { Key = [CanShow, DecimalsKey] }));

    public ScreenFacts Read(ReadOnlySpan<byte> answer)
    {
        if (!Ocpp16Json.TryRead<GetConfigurationResponse>(answer, out var response, out _)) return ScreenFacts.None;
        var can = ValueOf(CanShow) is { } told && (told.Equals("true", StringComparison.OrdinalIgnoreCase) || told == "1");
        var decimals = int.TryParse(ValueOf(DecimalsKey), NumberStyles.None, CultureInfo.InvariantCulture, out var some) ? Math.Min(some, MostDecimals) : (int?)null;
        return can ? new ScreenFacts(true, true, Decimals: decimals) : ScreenFacts.None;

        string? ValueOf(string key) => response.ConfigurationKeys?.OfType<ConfigurationKey>().FirstOrDefault(one => one.Key == key)?.Value?.Trim();
    }

    public StationCall? Price(StationPrices prices, ScreenFacts facts, bool hasShown)
    {
        var text = prices.Text.FirstOrDefault().Value ?? "";
        if (text.Length == 0 && !hasShown) return null;
        return new StationCall(Ocpp16Actions.ChangeConfiguration.Name, Ocpp16Json.Write(new ChangeConfigurationRequest
        {
            Key = DefaultPrice, Value = Json(writer => writer.WriteString("priceText", Fitting(text))),
        })) { Topic = DefaultPrice, About = prices.Name };
    }

    public StationCall? GiveTariff(DisplayPrice price, int evse, ScreenFacts facts) => null;

    public StationCall? TakeBack(string tariff, int evse) => null;

    public bool HasAlready(string action, ReadOnlySpan<byte> answer) => false;

    public StationCall? DriverPrice(string token, StationPrices prices)
    {
        if (prices.Text.Count == 0) return null;
        return Transfer("SetUserPrice", prices.Name, writer =>
        {
            writer.WriteString("idToken", token);
            writer.WriteString("priceText", DisplayText.Cut(prices.Text.First().Value, TextLength, TextLength));
            if (prices.Text.Count == 1) return;
            writer.WriteStartArray("priceTextExtra");
            foreach (var (language, text) in prices.Text.Skip(1))
            {
                writer.WriteStartObject();
                writer.WriteString("format", "UTF8");
                writer.WriteString("language", DisplayText.Cut(language, 8));
                writer.WriteString("content", DisplayText.Cut(text, TextLength, TextLength));
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    public StationCall? Cost(CostSoFar cost, decimal amount, Energy? register, bool idle)
    {
        if (!int.TryParse(cost.TransactionId, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var transaction)) return null;
        return cost.Final
            ? Transfer("FinalCost", cost.TransactionId, writer =>
            {
                writer.WriteNumber("transactionId", transaction);
                writer.WriteNumber("cost", amount);
                writer.WriteString("priceText", string.Create(CultureInfo.InvariantCulture, $"{amount} {cost.Currency}, {decimal.Round(cost.Energy.KilowattHours, 3)} kWh"));
            })
            : Transfer("RunningCost", cost.TransactionId, writer =>
            {
                writer.WriteNumber("transactionId", transaction);
                writer.WriteString("timestamp", cost.At.ToRfc3339());
                if (register is { } meter) writer.WriteNumber("meterValue", decimal.ToInt64(meter.WattHours));
                writer.WriteNumber("cost", amount);
                writer.WriteString("state", idle ? "Idle" : "Charging");
                Prices(writer, "chargingPrice", cost, ("energy", "kWhPrice"), ("time", "hourPrice"));
                Prices(writer, "idlePrice", cost, ("idle", "hourPrice"));
            });
    }

    public bool IsYes(string action, ReadOnlySpan<byte> answer) =>
        Salvage.Text(answer, "status") is { } status && (status == "Accepted" || (action == Ocpp16Actions.ChangeConfiguration.Name && status == "RebootRequired"));

    private static void Prices(Utf8JsonWriter writer, string name, CostSoFar cost, params ReadOnlySpan<(string Kind, string Member)> members)
    {
        writer.WriteStartObject(name);
        foreach (var (kind, member) in members)
        {
            if (cost.Prices.FirstOrDefault(price => price.Kind == kind) is { } price) writer.WriteNumber(member, decimal.Round(price.InclTax, PriceDecimals, MidpointRounding.AwayFromZero));
        }
        writer.WriteEndObject();
    }

    private static StationCall Transfer(string message, string about, Action<Utf8JsonWriter> write) =>
        new(Ocpp16Actions.DataTransfer.Name, Ocpp16Json.Write(new DataTransferRequest { VendorId = Vendor, MessageId = message, Data = Json(write) })) { Topic = message, About = about };

    // What is escaped is longer than what is shown.
    private static string Fitting(string text)
    {
        for (var most = DefaultTextLength; ; most -= 50)
        {
            var cut = DisplayText.Cut(text, most, most);
            if (most <= 100 || JsonEncodedText.Encode(cut, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes.Length <= DefaultTextLength) return cut;
        }
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
