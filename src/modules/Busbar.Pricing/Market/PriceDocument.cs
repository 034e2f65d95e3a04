using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Prices as Busbar's own form tells them: <c>{"currency":"EUR","prices":[{"at":"2026-03-02T12:00:00Z","price":"0.0915"}]}</c>, per kWh.</summary>
internal sealed record PriceDocument(Currency Currency, IReadOnlyList<CurvePriceInput> Prices)
{
    public static CurveRead Read(ReadOnlySpan<byte> json, int stepSeconds)
    {
        PriceDocument? document;
        try { document = JsonSerializer.Deserialize<PriceDocument>(json, ApiJson.Options); }
        catch (JsonException error) { return new CurveRead.Wrong(error.Message); }
        if (document?.Prices is null) return new CurveRead.Wrong("It has no prices.");
        if (document.Prices.Count > EntsoeDocument.MostIntervals) return new CurveRead.Wrong($"It tells more than {EntsoeDocument.MostIntervals} intervals.");
        var prices = new Dictionary<Instant, long?>();
        foreach (var told in document.Prices)
        {
            if (told is null || CurveShape.Floor(told.At, stepSeconds) != told.At) return new CurveRead.Wrong("A price is not for the start of an interval of the curve.");
            var nano = told.Price is { } text ? CurvePriceInput.Read(text) : null;
            if (told.Price is not null && nano is null) return new CurveRead.Wrong("A price is no number, or is too large or too fine.");
            if (!prices.TryAdd(told.At, nano)) return new CurveRead.Wrong("Two prices are for the same interval.");
        }
        return prices.Count == 0 ? new CurveRead.Nothing() : new CurveRead.Told(document.Currency.Code, prices);
    }
}
