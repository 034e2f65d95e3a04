using System.Globalization;
using System.Text;
using System.Xml;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing;

/// <summary>A tariff as DATEX II.</summary>
/// <param name="Xml">One <c>energyRate</c>, to stand in a publication's <c>energyProduct</c>.</param>
internal sealed record Datex2Written(string Xml, IReadOnlyList<Loss> Lost);

/// <summary>One rate in the AFIR part of DATEX II 3.7 (namespace afirEnergyInfrastructure: EnergyRate, EnergyPrice), for the price of who comes without a contract.</summary>
internal static class Datex2Rate
{
    private const string Aegi = "http://datex2.eu/schema/3/afirEnergyInfrastructure";
    private const string Common = "http://datex2.eu/schema/3/common";
    private const int MaximumText = 1_024;             // Common, MultilingualStringValue
    private static readonly XmlWriterSettings Form = new() { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true };

    /// <param name="tariff">Linted.</param>
    /// <param name="id">Of the rate: a status publication names it by that.</param>
    /// <param name="name">Of the tariff, as it was given.</param>
    /// <param name="moment">Whose taxes are in the prices, and whose price of the market.</param>
    public static Datex2Written Of(Tariff tariff, string id, string name, Instant lastUpdated, ProjectionMoment moment, Instant? from = null, Instant? until = null)
    {
        var losses = new List<Loss>();
        tariff = DisplayText.ForEverybody(tariff, losses);
        var prices = Datex2Prices.Of(tariff, moment, losses);
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, Form))
        {
            xml.WriteStartElement("aegi", "energyRate", Aegi);
            xml.WriteAttributeString("xmlns", "com", null, Common);
            xml.WriteAttributeString("id", id);
            Write(xml, "ratePolicy", "adHoc");
            Write(xml, "lastUpdated", InstantPattern.General.Format(lastUpdated));
            Write(xml, "applicableCurrency", tariff.Currency.Code);
            Texts(xml, "rateName", [("en", name)]);
            if (prices.Any(price => price.Dimension == Dimension.Idle)) Write(xml, "combinationWithParkingFee", "false");
            Fee(xml, "maximumDeliveryFee", tariff, tariff.Max, "/max", LossEffect.More, losses);
            Fee(xml, "minimumDeliveryFee", tariff, tariff.Min, "/min", LossEffect.Less, losses);
            Texts(xml, "additionalInformation", [.. DisplayText.Languages.Select(language => (language, DisplayText.Of(tariff, language, MaximumText, moment.Day, moment).Text))]);
            for (var i = 0; i < prices.Count; i++) Price(xml, prices[i], i + 1, prices[i].IsOfTheDay ? moment.DayStart : from ?? lastUpdated, prices[i].IsOfTheDay ? moment.DayEnd : null);
            if ((from ?? until) is not null)
            {
                xml.WriteStartElement("aegi", "overallPeriod", Aegi);
                xml.WriteElementString("com", "overallStartTime", Common, InstantPattern.General.Format(from ?? lastUpdated));
                if (until is { } end) xml.WriteElementString("com", "overallEndTime", Common, InstantPattern.General.Format(end));
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        if (prices.Count == 0) losses.Add(new Loss("/elements", "nothingSaid", "No price of this tariff can be said as a number; the text tells of it.", LossEffect.Unknown));
        return new Datex2Written(text.ToString(), losses);
    }

    private static void Price(XmlWriter xml, Datex2Price price, int index, Instant from, Instant? until)
    {
        xml.WriteStartElement("aegi", "energyPrice", Aegi);
        Write(xml, "priceGroupIndex", index.ToString(CultureInfo.InvariantCulture));
        Write(xml, "priceType", price.Type);
        Write(xml, "value", Money(price.Value));
        if (price.Cap is { } cap) Write(xml, "priceCap", Money(cap));
        if (price.TaxRate is { } rate)
        {
            Write(xml, "taxIncluded", "true");
            Write(xml, "taxRate", rate.ToString("0.##", CultureInfo.InvariantCulture));
        }
        if (price.Says.Count > 0) Texts(xml, "additionalInformation", price.Says);
        if (price.Windows.Count > 0 || price.Weekdays is not null || price.IsOfTheDay)
        {
            xml.WriteStartElement("aegi", "overallPeriod", Aegi);
            xml.WriteElementString("com", "overallStartTime", Common, InstantPattern.General.Format(from));
            if (until is { } end) xml.WriteElementString("com", "overallEndTime", Common, InstantPattern.General.Format(end));
            if (price.Windows.Count > 0 || price.Weekdays is not null) Valid(xml, price);
            xml.WriteEndElement();
        }
        Band(xml, "timeBasedApplicability", "fromMinute", "toMinute", price.Minutes);
        Band(xml, "energyBasedApplicability", "fromKWh", "toKWh", price.KilowattHours);
        xml.WriteEndElement();
    }

    private static void Valid(XmlWriter xml, Datex2Price price)
    {
        xml.WriteStartElement("com", "validPeriod", Common);
        foreach (var (start, end) in price.Windows)
        {
            xml.WriteStartElement("com", "recurringTimePeriodOfDay", Common);
            xml.WriteElementString("com", "startTimeOfPeriod", Common, start);
            xml.WriteElementString("com", "endTimeOfPeriod", Common, end);
            xml.WriteEndElement();
        }
        if (price.Weekdays is { } days)
        {
            xml.WriteStartElement("com", "recurringDayWeekMonthPeriod", Common);
            foreach (var day in OcpiReading.Days.Where((_, day) => ((int)days & (1 << day)) != 0)) xml.WriteElementString("com", "applicableDay", Common, day.ToLowerInvariant());
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void Band(XmlWriter xml, string name, string from, string to, Band band)
    {
        if (band is { From: null, To: null }) return;
        xml.WriteStartElement("aegi", name, Aegi);
        if (band.From is { } low) Write(xml, from, low.ToString("0", CultureInfo.InvariantCulture));
        if (band.To is { } high) Write(xml, to, high.ToString("0", CultureInfo.InvariantCulture));
        xml.WriteEndElement();
    }

    private static void Fee(XmlWriter xml, string name, Tariff tariff, PriceBound? bound, string at, LossEffect effect, List<Loss> losses)
    {
        if (bound is null) return;
        if ((bound.AfterTax ?? (tariff.TaxMode == TaxMode.NotApplicable ? bound.BeforeTax : null)) is not { } amount)
        {
            losses.Add(new Loss(at, "boundBeforeTaxAlone", "A fee in DATEX II is the one with taxes, and this bound is before them.", effect));
            return;
        }
        if (bound.BeforeTax is not null && tariff.TaxMode != TaxMode.NotApplicable) losses.Add(new Loss(at + "/beforeTax", "boundBeforeTax", "Only the bound after taxes is said.", effect));
        Datex2Prices.Cents(amount, at, losses);
        Write(xml, name, Money(amount));
    }

    private static void Texts(XmlWriter xml, string name, IEnumerable<(string Language, string Text)> texts)
    {
        xml.WriteStartElement("aegi", name, Aegi);
        xml.WriteStartElement("com", "values", Common);
        foreach (var (language, text) in texts)
        {
            xml.WriteStartElement("com", "value", Common);
            xml.WriteAttributeString("lang", language);
            // A name may hold what no XML may (XML 1.0, 2.2): it is left out.
            xml.WriteString(string.Concat(text.EnumerateRunes().Where(rune => rune.Value is 9 or 10 or 13 or >= 0x20 and not (0xFFFE or 0xFFFF)).Select(rune => rune.ToString())));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Write(XmlWriter xml, string name, string value) => xml.WriteElementString("aegi", name, Aegi, value);

    // AfirFacilities, AmountOfMoney: two decimal places.
    private static string Money(decimal amount) => decimal.Round(amount, 2, MidpointRounding.AwayFromZero).ToString("0.00", CultureInfo.InvariantCulture);
}
