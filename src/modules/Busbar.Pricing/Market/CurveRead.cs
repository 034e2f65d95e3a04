using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>What a document of prices says.</summary>
internal abstract record CurveRead
{
    private CurveRead()
    {
    }

    /// <param name="Currency">ISO 4217.</param>
    /// <param name="Prices">By the start of each interval of the asked length, in billionths of the currency's unit per kWh; null withdraws.</param>
    public sealed record Told(string Currency, IReadOnlyDictionary<Instant, long?> Prices) : CurveRead;

    /// <summary>There are no prices yet.</summary>
    public sealed record Nothing : CurveRead;

    /// <summary>It is no such document, or one that cannot be trusted; or it did not come.</summary>
    public sealed record Wrong(string Detail) : CurveRead;
}
