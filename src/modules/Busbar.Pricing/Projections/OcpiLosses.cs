using Busbar.Rating;

namespace Busbar.Pricing;

/// <summary>What an OCPI version has no member for: without it the object says another price.</summary>
internal static class OcpiLosses
{
    /// <summary>Whether the element's condition can be said; where it cannot, the element must not be written.</summary>
    public static bool Sayable(TariffElement element, OcpiTariffVersion version) => element.When is not { } when || (!Unsaid(when, version).Any() && !Empty(when));

    public static void Find(Tariff tariff, OcpiTariffVersion version, OcpiSchedule schedule, List<Loss> losses)
    {
        var old = version == OcpiTariffVersion.V211;
        if (version != OcpiTariffVersion.V230 && tariff.TaxMode == TaxMode.Inclusive)
            losses.Add(new Loss("/taxMode", "pricesBeforeTax", "This version knows prices before taxes only: prices were divided by their taxes, to 10 decimals.", LossEffect.None));
        if (tariff.WaiveBelow is not null) losses.Add(new Loss("/waiveBelow", "waiverNotSaid", "OCPI has no sessions that are too small to be charged.", LossEffect.More));
        Bound(tariff.Min, "/min", LossEffect.Less, old, losses);
        Bound(tariff.Max, "/max", LossEffect.More, old, losses);
        if (tariff.Idle?.Grace is not null) losses.Add(new Loss("/idle/graceSeconds", "graceNotSaid", "OCPI has no idle time that is free at first.", LossEffect.More));
        if (tariff.Idle?.Cap is not null) losses.Add(new Loss("/idle/cap", "idleCapNotSaid", "OCPI has no most that idle time costs.", LossEffect.More));
        if (tariff.TaxPoint != TaxPoint.SessionEnd) losses.Add(new Loss("/taxPoint", "taxPointNotSaid", "OCPI does not say which day's tax counts.", LossEffect.Unknown));
        for (var i = 0; i < tariff.Elements.Count; i++) Element(tariff.Elements[i], i, tariff.TaxMode, version, schedule, losses);
    }

    private static void Bound(PriceBound? bound, string at, LossEffect effect, bool old, List<Loss> losses)
    {
        if (bound is null) return;
        if (old) losses.Add(new Loss(at, "boundNotSaid", "OCPI 2.1.1 has no least and no most that a session costs.", effect));
        else if (bound.BeforeTax is null) losses.Add(new Loss(at, "boundAfterTaxAlone", "OCPI has no bound after taxes without one before.", effect));
    }

    private static void Element(TariffElement element, int index, TaxMode mode, OcpiTariffVersion version, OcpiSchedule schedule, List<Loss> losses)
    {
        var at = $"/elements/{index}";
        if (element.When is { } when)
        {
            var unsaid = Unsaid(when, version).ToList();
            foreach (var name in unsaid)
                losses.Add(new Loss($"{at}/when/{name}", "conditionNotSaid", "This version has no such condition. The element is left out, since without it its prices would hold always.", LossEffect.Unknown));
            if (unsaid.Count > 0) return;
            foreach (var (duration, name) in new[] { (when.MinDuration, "minDurationSeconds"), (when.MaxDuration, "maxDurationSeconds") })
                if (!OcpiTariffExtensions.Whole(duration)) losses.Add(new Loss($"{at}/when/{name}", "wholeSeconds", "OCPI counts whole seconds: the window was made smaller.", LossEffect.Unknown));
            if (Empty(when)) return;
        }
        for (var j = 0; j < element.Components.Count; j++)
        {
            var (component, here) = (element.Components[j], $"{at}/components/{j}");
            if (component.Dimension == Dimension.Export)
            {
                losses.Add(new Loss(here, "exportNotSaid", "OCPI has no price for energy given back.", component.Price < 0 ? LossEffect.More : LossEffect.Less));
                continue;
            }
            if (component.Curve is not null)
                losses.Add(schedule.Has(index, j)
                    ? new Loss(here + "/curve", "curveOfTheDay", "OCPI has no price that follows a curve: those of the day are written with their hours, and the one that stands in for all others.", LossEffect.Unknown)
                    : new Loss(here + "/curve", "curveNotSaid", "OCPI has no price that follows a curve: the one that stands in for it is written.", LossEffect.Unknown));
            Taxes(component, here + "/taxes", mode, version, losses);
        }
    }

    private static void Taxes(PriceComponent component, string at, TaxMode mode, OcpiTariffVersion version, List<Loss> losses)
    {
        var taxes = component.Taxes;
        if (taxes.Count == 0 || (mode == TaxMode.NotApplicable && version != OcpiTariffVersion.V230)) return;
        if (version == OcpiTariffVersion.V211)
            losses.Add(new Loss(at, "taxesNotSaid", "OCPI 2.1.1 has no taxes: its prices are before them.", LossEffect.Less));
        else if (taxes.Any(tax => tax.From is not null || tax.Until is not null))
            losses.Add(new Loss(at, "datedTaxes", "OCPI has one VAT rate without days: the one of the day is written.", mode == TaxMode.NotApplicable ? LossEffect.None : LossEffect.Unknown));
        else if (taxes is not [{ Name: "VAT", Stack: 0 }])
            losses.Add(new Loss(at, "oneVat", "OCPI has one VAT rate: one that comes to the same as all of these is written.", LossEffect.None));
    }

    private static IEnumerable<string> Unsaid(Restrictions when, OcpiTariffVersion version)
    {
        var old = version == OcpiTariffVersion.V211;
        (bool Set, string Name)[] all =
        [
            (old && when.MinCurrentA is not null, "minCurrentA"), (old && when.MaxCurrentA is not null, "maxCurrentA"), (old && when.Reservation is not null, "reservation"),
            (when.MinChargingTime is not null, "minChargingTimeSeconds"), (when.MaxChargingTime is not null, "maxChargingTimeSeconds"),
            (when.MinIdleTime is not null, "minIdleTimeSeconds"), (when.MaxIdleTime is not null, "maxIdleTimeSeconds"),
            (when.SpecialDays is not null, "specialDays"), (when.ExceptSpecialDays is not null, "exceptSpecialDays"),
            (when.EvseKind is not null, "evseKind"), (when.PaymentBrand is not null, "paymentBrand"),
            (when.PaymentRecognition is not null, "paymentRecognition"), (when.TokenGroup is not null, "tokenGroup"),
        ];
        return all.Where(condition => condition.Set).Select(condition => condition.Name);
    }

    // Of a window inside one second nothing is left in whole ones.
    private static bool Empty(Restrictions when) =>
        (when.MinDuration, when.MaxDuration) is ({ } min, { } max) && Math.Ceiling(min.TotalSeconds) >= Math.Floor(max.TotalSeconds);
}
