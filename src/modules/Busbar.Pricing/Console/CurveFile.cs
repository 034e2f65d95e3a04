using System.Text;
using Busbar.Identity.Http;
using Busbar.Pricing.Api;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <summary>Prices from a file that somebody chose: by what is in it, and not by its name.</summary>
/// <param name="Prices">Null: nothing of it can be used.</param>
/// <param name="Fault">The first thing that is wrong, in English.</param>
internal sealed record CurveFile(IReadOnlyDictionary<Instant, long?>? Prices, string? Fault)
{
    public const int MostBytes = 1 << 20;

    public static CurveFile Read(byte[] bytes, CurveRow curve, Instant now)
    {
        var check = new Check();
        // A byte order mark is no part of any of the three.
        var text = bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);
        IReadOnlyDictionary<Instant, long?>? prices = null;
        try
        {
            var first = text.Span.TrimStart(" \t\r\n"u8);
            if (first.StartsWith("<"u8) || first.StartsWith("{"u8))
            {
                using var stream = new MemoryStream(text.ToArray());
                var read = first.StartsWith("<"u8) ? EntsoeDocument.Read(stream, curve.StepSeconds) : PriceDocument.Read(text.Span, curve.StepSeconds);
                CurvePriceInput.Examine(read, curve, now, "", check);
                prices = (read as CurveRead.Told)?.Prices;
            }
            else
            {
                var rows = ImportRows<CurvePriceInput>.Read(text, isCsv: !first.StartsWith("["u8), check);
                if (check.Ok) prices = CurvePriceInput.Take(rows.Items, curve, now, check);
            }
        }
        catch (ProblemException broken)
        {
            return new CurveFile(null, broken.Message);
        }
        return check.Ok && prices is { Count: > 0 } ? new CurveFile(prices, null)
            : new CurveFile(null, check.Errors.Select(wrong => $"{wrong.Pointer} {wrong.Error.Detail}".Trim()).FirstOrDefault() ?? "It tells no prices.");
    }
}
