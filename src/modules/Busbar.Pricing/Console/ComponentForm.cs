using Busbar.Rating;

namespace Busbar.Pricing.Console;

/// <summary>One price of an element as it is typed.</summary>
internal sealed class ComponentForm
{
    private const int Decimals = 10;

    public Dimension Dimension { get; set; }
    public string Price { get; set; } = "";

    /// <summary>The price is told per minute; it is kept per hour.</summary>
    public bool PerMinute { get; private set; }

    /// <summary>Wh or seconds; empty: 1.</summary>
    public string Step { get; set; } = "";

    public List<TaxForm> Taxes { get; } = [];

    /// <summary>Set: the price follows a curve.</summary>
    public CurveForm? Curve { get; set; }

    public bool IsTime => Dimension is Dimension.Time or Dimension.Idle;

    public static ComponentForm Of(PriceComponent component)
    {
        var form = new ComponentForm
        {
            Dimension = component.Dimension, Price = FormNumbers.Of(component.Price), Step = component.StepSize == 1 ? "" : FormNumbers.Of((decimal)component.StepSize),
            Curve = component.Curve is { } curve ? CurveForm.Of(curve) : null,
        };
        form.Taxes.AddRange(component.Taxes.Select(TaxForm.Of));
        return form;
    }

    /// <summary>Tells the same price the other way. False: it cannot be told so without becoming another one.</summary>
    public bool Tell(bool perMinute)
    {
        if (perMinute == PerMinute) return true;
        var price = new FormNumbers().Decimal(Price, "");
        if (price is { } hour && perMinute && decimal.Round(hour / 60, Decimals) * 60 != hour) return false;
        if (price is { } number) Price = FormNumbers.Of(perMinute ? number / 60 : number * 60);
        PerMinute = perMinute;
        return true;
    }

    public PriceComponent ToComponent(FormNumbers numbers, string at)
    {
        var price = numbers.Needed(Price, at + "/price");
        return new PriceComponent(
            Dimension, PerMinute && IsTime ? price * 60 : price, string.IsNullOrWhiteSpace(Step) ? 1 : numbers.Whole(Step, at + "/stepSize"),
            [.. Taxes.Select((tax, i) => tax.ToTax(numbers, $"{at}/taxes/{i}"))], Curve?.ToCurve(numbers, at + "/curve"));
    }
}

/// <summary>A tax as it is typed.</summary>
internal sealed class TaxForm
{
    public string Name { get; set; } = "VAT";
    public string Percent { get; set; } = "";
    public string Stack { get; set; } = "";
    public string From { get; set; } = "";
    public string Until { get; set; } = "";

    /// <summary>Its stack and its days are shown, which few need.</summary>
    public bool IsWide { get; set; }

    public static TaxForm Of(TaxRate tax) => new()
    {
        Name = tax.Name, Percent = FormNumbers.Of(tax.Percent), Stack = tax.Stack == 0 ? "" : FormNumbers.Of((decimal)tax.Stack), From = FormNumbers.Of(tax.From), Until = FormNumbers.Of(tax.Until),
        IsWide = tax.Stack != 0 || tax.From is not null || tax.Until is not null,
    };

    public TaxRate ToTax(FormNumbers numbers, string at) => new(
        Name.Trim(), numbers.Needed(Percent, at + "/percent"), numbers.Whole(Stack, at + "/stack"), numbers.Date(From, at + "/from"), numbers.Date(Until, at + "/until"));
}

/// <summary>A curve's part in a price as it is typed.</summary>
internal sealed class CurveForm
{
    public string Name { get; set; } = "";
    public CurveLock Lock { get; set; }
    public string Percent { get; set; } = "100";
    public string Add { get; set; } = "";
    public string Least { get; set; } = "";
    public string Most { get; set; } = "";

    public static CurveForm Of(CurvePricing curve) => new()
    {
        Name = curve.Name, Lock = curve.Lock, Percent = FormNumbers.Of(curve.Percent), Add = curve.Add == 0 ? "" : FormNumbers.Of(curve.Add), Least = FormNumbers.Of(curve.Least), Most = FormNumbers.Of(curve.Most),
    };

    public CurvePricing ToCurve(FormNumbers numbers, string at) => new(
        Name.Trim(), Lock, numbers.Needed(Percent, at + "/percent"), numbers.Decimal(Add, at + "/add") ?? 0, numbers.Decimal(Least, at + "/least"), numbers.Decimal(Most, at + "/most"));
}
