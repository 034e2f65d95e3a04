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
        tariff.Components[component].Price.Curve is { Lock: CurveLock.EachInterval } && byComponent[component] is { } curve && curve.IndexAt(at) is { } index ? curve.FromMilliseconds + index * curve.StepMilliseconds : null;

    /// <summary>The first instant after this one at which a price may change; <see cref="long.MaxValue"/> when none does.</summary>
    public long Next(long at)
    {
        var next = long.MaxValue;
        foreach (var component in tariff.Intervals)
        {
            if (byComponent[component] is not { } curve) continue;
            if (at < curve.FromMilliseconds) next = Math.Min(next, curve.FromMilliseconds);
            else if (curve.IndexAt(at) is { } index) next = Math.Min(next, curve.FromMilliseconds + (index + 1) * curve.StepMilliseconds);
        }
        return next;
    }

    private decimal Read(int component, long at)
    {
        var price = tariff.Components[component].Price;
        return price.Curve is { } by && byComponent[component] is { } curve && curve.IndexAt(at) is { } index && curve.Prices[(int)index] is { } value ? by.PriceAt(value) : price.Price;
    }
}
