using NodaTime;

namespace Busbar.Rating;

/// <summary>The prices of a tariff's components at an instant: their own, or those of the curves that this session was given.</summary>
internal sealed class Curves
{
    private readonly CompiledTariff tariff;
    private readonly PriceCurve?[] byComponent;
    private readonly decimal?[] locked;

    public Curves(CompiledTariff tariff, SessionContext context, long start)
    {
        this.tariff = tariff;
        byComponent = [.. tariff.Components.Select(component => component.Price.Curve is { } by ? context.Curves?.FirstOrDefault(curve => curve.Name == by.Name) : null)];
        locked = [.. tariff.Components.Select((component, i) => component.Price.Curve is { Lock: CurveLock.AtStart } ? byComponent[i] is { UnknownAtStart: true } ? component.Price.Price : Read(i, start) : (decimal?)null)];
    }

    public decimal Price(int component, long at) => locked[component] ?? Read(component, at);

    /// <summary>The start of the interval that the component's price was read from; null where it does not change with intervals.</summary>
    public long? Interval(int component, long at) =>
        tariff.Components[component].Price.Curve is { Lock: CurveLock.EachInterval } && byComponent[component] is { } curve && Index(curve, at) is { } index ? From(curve) + index * Step(curve) : null;

    /// <summary>The first instant after this one at which a price may change; <see cref="long.MaxValue"/> when none does.</summary>
    public long Next(long at)
    {
        var next = long.MaxValue;
        foreach (var component in tariff.Intervals)
        {
            if (byComponent[component] is not { } curve) continue;
            if (at < From(curve)) next = Math.Min(next, From(curve));
            else if (Index(curve, at) is { } index) next = Math.Min(next, From(curve) + (index + 1) * Step(curve));
        }
        return next;
    }

    private decimal Read(int component, long at)
    {
        var price = tariff.Components[component].Price;
        return price.Curve is { } by && byComponent[component] is { } curve && Index(curve, at) is { } index && curve.Prices[(int)index] is { } value ? by.PriceAt(value) : price.Price;
    }

    private static long? Index(PriceCurve curve, long at) =>
        at >= From(curve) && (at - From(curve)) / Step(curve) is var index && index < curve.Prices.Count ? index : null;

    private static long From(PriceCurve curve) => curve.From.ToUnixTimeMilliseconds();

    private static long Step(PriceCurve curve) => Math.Max(1L, curve.StepSeconds) * NodaConstants.MillisecondsPerSecond;
}
