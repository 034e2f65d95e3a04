using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Console;

/// <summary>
/// The texts of a tariff's form and what they mean. A text that means nothing is a fault at its field, and stays as it was typed. Points and commas both
/// part decimals, in every language: a price must not depend on who reads it.
/// </summary>
internal sealed class FormNumbers
{
    private const int MostDigits = 20;
    private readonly List<TariffFault> _faults = [];

    public IReadOnlyList<TariffFault> Faults => _faults;

    public decimal? Decimal(string text, string at)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var plain = text.Trim().Replace(',', '.');
        if (plain.Length <= MostDigits && decimal.TryParse(plain, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return number;
        return Wrong<decimal?>(at, "notANumber");
    }

    public decimal Needed(string text, string at) =>
        string.IsNullOrWhiteSpace(text) ? Wrong<decimal>(at, "required") : Decimal(text, at) ?? 0;

    public int Whole(string text, string at) => Decimal(text, at) is not { } number ? 0
        : number == decimal.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : Wrong<int>(at, "notWhole");

    /// <summary>In kWh; the rater counts milliwatt-hours.</summary>
    public Energy? KilowattHours(string text, string at) => Millionths(text, at) is { } number ? new Energy(number) : null;

    /// <summary>In kW.</summary>
    public Power? Kilowatts(string text, string at) => Millionths(text, at) is { } number ? new Power(number) : null;

    /// <summary>In minutes, or in seconds with an <c>s</c> after them, for lengths that no decimal of a minute tells.</summary>
    public Duration? Minutes(string text, string at)
    {
        var trimmed = text.Trim();
        var seconds = trimmed.EndsWith('s');
        if (Decimal(seconds ? trimmed[..^1] : trimmed, at) is not { } number) return null;
        var ms = number * (seconds ? 1_000 : 60_000);
        return ms == decimal.Truncate(ms) && Math.Abs(ms) < 100m * 366 * 86_400_000 ? Duration.FromMilliseconds((long)ms) : Wrong<Duration?>(at, "outOfRange");
    }

    public LocalTime? Time(string text, string at) => Parsed(text, LocalTimePattern.CreateWithInvariantCulture("HH:mm"), at, "notATime");

    /// <summary>Of a field for a date and a time; null: it says none. What a browser sends has no seconds, what the page hears of a change does.</summary>
    public static LocalDateTime? Moment(string? text) =>
        LocalDateTimePattern.GeneralIso.Parse(text?.Length == "0000-00-00T00:00".Length ? text + ":00" : text ?? "") is { Success: true } parsed ? parsed.Value : null;

    public LocalDate? Date(string text, string at) => Parsed(text, LocalDatePattern.Iso, at, "notADate");

    /// <summary>Dates with a comma, a space or a line between them.</summary>
    public IReadOnlyList<LocalDate> Dates(string text, string at) =>
        [.. text.Split([',', ' ', '\n', '\r', ';'], StringSplitOptions.RemoveEmptyEntries).Select((part, i) => Date(part, $"{at}/{i}")).OfType<LocalDate>()];

    public T Wrong<T>(string at, string code, T instead = default!)
    {
        _faults.Add(new TariffFault(at, code, code));
        return instead;
    }

    public static string Of(decimal? number) => number is { } value ? (value / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture) : "";

    public static string Of(Energy? energy) => Of(energy is { } value ? value.MilliwattHours / 1_000_000m : (decimal?)null);

    public static string Of(Power? power) => Of(power is { } value ? value.Milliwatts / 1_000_000m : (decimal?)null);

    public static string Of(Duration? length)
    {
        if (length is not { } value) return "";
        var ms = (decimal)(value.BclCompatibleTicks / NodaConstants.TicksPerMillisecond);
        var minutes = ms / 60_000m;
        return decimal.Round(minutes, 4) == minutes ? Of(minutes) : Of(ms / 1_000m) + " s";
    }

    public static string Of(LocalTime? time) => time is { } value ? LocalTimePattern.CreateWithInvariantCulture("HH:mm").Format(value) : "";

    public static string Of(LocalDate? date) => date is { } value ? LocalDatePattern.Iso.Format(value) : "";

    private long? Millionths(string text, string at)
    {
        if (Decimal(text, at) is not { } number) return null;
        return Math.Abs(number) < 1_000_000_000 && decimal.Truncate(number * 1_000_000) == number * 1_000_000 ? (long)(number * 1_000_000) : Wrong<long?>(at, "outOfRange");
    }

    private T? Parsed<T>(string text, IPattern<T> pattern, string at, string code) where T : struct =>
        string.IsNullOrWhiteSpace(text) ? null : pattern.Parse(text.Trim()) is { Success: true } parsed ? parsed.Value : Wrong<T?>(at, code);
}
