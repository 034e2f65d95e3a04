using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;

namespace Busbar.Pricing.Console;

/// <summary>
/// A tariff as it is typed: every member of <see cref="Tariff"/> has its place in it, so nothing is lost between the form and the JSON beside it. Faults stand by the
/// pointers of the canonical JSON, those of a text and those of the lint alike.
/// </summary>
internal sealed class TariffForm
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Currency { get; set; } = "EUR";
    public TaxMode TaxMode { get; set; } = TaxMode.Inclusive;
    public TaxPoint TaxPoint { get; set; }
    public List<ElementForm> Elements { get; } = [];
    public List<CalendarForm> Calendars { get; } = [];
    public BoundForm Min { get; } = new();
    public BoundForm Max { get; } = new();
    public BoundForm IdleCap { get; } = new();

    /// <summary>Minutes.</summary>
    public string Grace { get; set; } = "";

    /// <summary>kWh.</summary>
    public string GraceAgain { get; set; } = "";

    /// <summary>kWh.</summary>
    public string WaiveEnergy { get; set; } = "";

    /// <summary>Minutes.</summary>
    public string WaiveTime { get; set; } = "";

    /// <summary>What a new tariff begins with: one price per kWh, with a tax.</summary>
    public static TariffForm New(Currency currency)
    {
        var form = new TariffForm { Currency = currency.Code };
        var price = new ComponentForm { Dimension = Dimension.Energy, Price = "0.49" };
        price.Taxes.Add(new TaxForm { Percent = "21" });
        form.Elements.Add(new ElementForm { Components = { price } });
        return form;
    }

    public static TariffForm Of(Tariff tariff)
    {
        var form = new TariffForm
        {
            Currency = tariff.Currency.Code, TaxMode = tariff.TaxMode, TaxPoint = tariff.TaxPoint,
            Grace = FormNumbers.Of(tariff.Idle?.Grace), GraceAgain = FormNumbers.Of(tariff.Idle?.RestartAbove),
            WaiveEnergy = FormNumbers.Of(tariff.WaiveBelow?.Energy), WaiveTime = FormNumbers.Of(tariff.WaiveBelow?.Duration),
        };
        form.Min.Take(tariff.Min);
        form.Max.Take(tariff.Max);
        form.IdleCap.Take(tariff.Idle?.Cap);
        form.Elements.AddRange(tariff.Elements.Select(ElementForm.Of));
        form.Calendars.AddRange((tariff.Calendars ?? []).Select(CalendarForm.Of));
        return form;
    }

    /// <summary>What the form says, as far as it can be understood, and everything that is wrong with it.</summary>
    public FormReading Read()
    {
        var numbers = new FormNumbers();
        if (!Kernel.Currency.TryParse(Currency.Trim().ToUpperInvariant(), out var currency)) numbers.Wrong("/currency", "unknownCurrency", 0);
        var (grace, again, cap) = (numbers.Minutes(Grace, "/idle/graceSeconds"), numbers.KilowattHours(GraceAgain, "/idle/restartAboveWh"), IdleCap.Read(numbers, "/idle/cap"));
        var (waiveEnergy, waiveTime) = (numbers.KilowattHours(WaiveEnergy, "/waiveBelow/energyWh"), numbers.Minutes(WaiveTime, "/waiveBelow/durationSeconds"));
        var tariff = new Tariff
        {
            Currency = currency ?? Kernel.Currency.Eur, TaxMode = TaxMode, TaxPoint = TaxPoint,
            Elements = [.. Elements.Select((element, i) => element.Read(numbers, $"/elements/{i}"))],
            Min = Min.Read(numbers, "/min"), Max = Max.Read(numbers, "/max"),
            Idle = grace is null && again is null && cap is null ? null : new IdleTerms { Grace = grace, RestartAbove = again, Cap = cap },
            WaiveBelow = waiveEnergy is null && waiveTime is null ? null : new Waiver { Energy = waiveEnergy, Duration = waiveTime },
            Calendars = Calendars.Count == 0 ? null : [.. Calendars.Select((calendar, i) => new SpecialDays(calendar.Name.Trim(), numbers.Dates(calendar.Dates, $"/calendars/{i}/dates")))],
        };
        // What was not understood is not judged a second time by what stands in for it.
        var typed = numbers.Faults.Select(fault => fault.Pointer).ToHashSet(StringComparer.Ordinal);
        return new FormReading(tariff, [.. numbers.Faults, .. TariffLint.Check(tariff).Where(fault => !typed.Contains(fault.Pointer))]);
    }

    /// <summary>The canonical JSON with line breaks, for people.</summary>
    public static string Json(Tariff tariff)
    {
        using var document = JsonDocument.Parse(TariffJson.Write(tariff));
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented)) document.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}

/// <param name="Tariff">Not to be priced by while there are faults.</param>
internal sealed record FormReading(Tariff Tariff, IReadOnlyList<TariffFault> Faults)
{
    public bool Ok => Faults.Count == 0;

    /// <summary>The faults of one field, and of what lies in it.</summary>
    public IEnumerable<TariffFault> At(string pointer) => Faults.Where(fault => fault.Pointer == pointer || fault.Pointer.StartsWith(pointer + "/", StringComparison.Ordinal));
}

/// <summary>An element as it is typed.</summary>
internal sealed class ElementForm
{
    public List<ComponentForm> Components { get; } = [];
    public List<RestrictionForm> Restrictions { get; } = [];

    public static ElementForm Of(TariffElement element)
    {
        var form = new ElementForm();
        form.Components.AddRange(element.Components.Select(ComponentForm.Of));
        form.Restrictions.AddRange(RestrictionForm.Of(element.When));
        return form;
    }

    public TariffElement Read(FormNumbers numbers, string at) => new(
        [.. Components.Select((component, i) => component.ToComponent(numbers, $"{at}/components/{i}"))],
        Restrictions.Count == 0 ? null : Restrictions.Aggregate(new Restrictions(), (when, restriction) => restriction.AddTo(when, numbers, at + "/when")));
}

/// <summary>Days that are priced apart, as they are typed.</summary>
internal sealed class CalendarForm
{
    public string Name { get; set; } = "";
    public string Dates { get; set; } = "";

    public static CalendarForm Of(SpecialDays days) => new() { Name = days.Name, Dates = string.Join(", ", days.Dates.Select(date => FormNumbers.Of((NodaTime.LocalDate?)date))) };
}

/// <summary>A least or a most as it is typed.</summary>
internal sealed class BoundForm
{
    public string Net { get; set; } = "";
    public string Gross { get; set; } = "";

    public void Take(PriceBound? bound) => (Net, Gross) = (FormNumbers.Of(bound?.BeforeTax), FormNumbers.Of(bound?.AfterTax));

    public PriceBound? Read(FormNumbers numbers, string at)
    {
        var (net, gross) = (numbers.Decimal(Net, at + "/beforeTax"), numbers.Decimal(Gross, at + "/afterTax"));
        return net is null && gross is null ? null : new PriceBound(net, gross);
    }
}
