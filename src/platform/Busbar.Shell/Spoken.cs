using System.Globalization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Shell;

/// <summary>Quantities as people read them, in the language of the moment.</summary>
public static class Spoken
{
    /// <summary><c>12 s ago</c>, <c>3 min ago</c>, <c>5 h ago</c>, <c>2 d ago</c>; a moment that is still to come, or just was, is now.</summary>
    public static string Ago(Instant at, Instant now)
    {
        var passed = now - at;
        return passed < Duration.FromSeconds(2)
            ? ShellTexts.Get("now")
            : ShellTexts.Get("ago", Rough(passed));
    }

    /// <summary>The largest unit that fits.</summary>
    private static string Rough(Duration passed) =>
        passed.TotalMinutes < 1 ? $"{(int)passed.TotalSeconds} s"
        : passed.TotalHours < 1 ? $"{(int)passed.TotalMinutes} min"
        : passed.TotalDays < 2 ? $"{(int)passed.TotalHours} h"
        : $"{((int)passed.TotalDays).ToString("N0", CultureInfo.CurrentCulture)} {ShellTexts.Get("days")}";

    /// <summary><c>12 s</c>, <c>3 min</c>, <c>3 h 12 min</c>, <c>5 d 4 h</c>: how long it was, without what does not matter.</summary>
    public static string Roughly(Duration length) =>
        length.TotalHours < 1 ? Rough(length)
        : length.TotalDays < 2 ? $"{(int)length.TotalHours} h {length.Minutes} min"
        : $"{Rough(length)} {length.Hours} h";

    /// <summary><c>0:07:31</c>: hours, minutes and seconds.</summary>
    public static string Lasted(Duration length) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)length.TotalHours}:{length.Minutes:00}:{length.Seconds:00}");

    /// <summary>kWh with two decimals.</summary>
    public static string Of(Energy energy) => $"{energy.KilowattHours.ToString("N2", CultureInfo.CurrentCulture)} kWh";

    /// <summary>Rounded to what can be paid, with the currency's code: a sign would not tell one dollar from another.</summary>
    public static string Of(Money money)
    {
        var payable = money.ToPayable();
        return $"{payable.Amount.ToString("N" + payable.Currency.Decimals, CultureInfo.CurrentCulture)} {payable.Currency.Code}";
    }

    /// <summary>kW with one decimal.</summary>
    public static string Kilowatts(decimal watts) => $"{(watts / 1_000m).ToString("N1", CultureInfo.CurrentCulture)} kW";

    public static string Count(long number) => number.ToString("N0", CultureInfo.CurrentCulture);
}
