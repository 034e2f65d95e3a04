using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Ocpp;

/// <summary>How far a time that a station wrote can be trusted. The first that holds, from the top.</summary>
public enum WireTimeQuality
{
    /// <summary>No instant could be read.</summary>
    Unreadable,

    /// <summary>Before 2020: the clock had not been set when this was written.</summary>
    ClockUnset,

    /// <summary>From the year 2100 on: a broken clock, or "never" in a validity.</summary>
    FarFuture,

    /// <summary>Without a zone or offset; taken as UTC.</summary>
    ZoneMissing,
    Ok,
}

/// <summary>
/// A time as a station wrote it: the raw text, the instant it means (UTC, truncated to milliseconds) and how far to trust it. Never interpreted in the
/// server's zone. Equal when the instant and the text are.
/// </summary>
[JsonConverter(typeof(WireTimeConverter))]
public readonly record struct WireTime
{
    private static readonly InstantPattern Canonical = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss.fff'Z'");

    private static readonly long Epoch2020 = NodaTime.Instant.FromUtc(2020, 1, 1, 0, 0).ToUnixTimeMilliseconds();
    private static readonly long Epoch2100 = NodaTime.Instant.FromUtc(2100, 1, 1, 0, 0).ToUnixTimeMilliseconds();

    private readonly string? _raw;
    private readonly long _milliseconds;

    public WireTime(Instant instant)
    {
        _milliseconds = instant.ToUnixTimeMilliseconds();
        Quality = Judge(_milliseconds, zoned: true);
    }

    private WireTime(string raw, long milliseconds, WireTimeQuality quality, bool isDeviation)
    {
        _raw = raw;
        _milliseconds = milliseconds;
        Quality = quality;
        IsDeviation = isDeviation;
    }

    /// <summary>Null if it could not be read.</summary>
    public Instant? Instant => Quality == WireTimeQuality.Unreadable ? null : NodaTime.Instant.FromUnixTimeMilliseconds(_milliseconds);

    public WireTimeQuality Quality { get; }

    /// <summary>What came was not an RFC 3339 time with zone.</summary>
    public bool IsDeviation { get; }

    /// <summary>What came, as text; for a time that we made, how it is written.</summary>
    public string Raw => _raw ?? (Instant is { } instant ? Canonical.Format(instant) : "");

    public static implicit operator WireTime(Instant instant) => new(instant);

    public static WireTime FromInstant(Instant instant) => new(instant);

    /// <summary>Reads what a station wrote; never throws.</summary>
    public static WireTime Parse(string text)
    {
        if (!WireTimeParser.TryParse(text, out var milliseconds, out var zoned, out var strict))
        {
            return new(text, 0, WireTimeQuality.Unreadable, isDeviation: true);
        }

        return new(text, milliseconds, Judge(milliseconds, zoned), isDeviation: !strict || !zoned);
    }

    private static WireTimeQuality Judge(long milliseconds, bool zoned) =>
        milliseconds < Epoch2020 ? WireTimeQuality.ClockUnset
        : milliseconds >= Epoch2100 ? WireTimeQuality.FarFuture
        : zoned ? WireTimeQuality.Ok
        : WireTimeQuality.ZoneMissing;

    public override string ToString() => Raw;
}

public sealed class WireTimeConverter : JsonConverter<WireTime>
{
    public override bool HandleNull => true;

    public override WireTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => WireTime.Parse(WireText.Any(ref reader));

    public override void Write(Utf8JsonWriter writer, WireTime value, JsonSerializerOptions options) => writer.WriteStringValue(value.Raw);
}

/// <summary>
/// RFC 3339, and what stations make of it: a blank for the T, a comma before the fraction, no seconds, an offset without colon or minutes, no offset at all.
/// </summary>
internal static class WireTimeParser
{
    public static bool TryParse(ReadOnlySpan<char> text, out long milliseconds, out bool zoned, out bool strict)
    {
        milliseconds = 0;
        zoned = false;
        strict = true;
        var rest = text.Trim(' ');
        strict &= rest.Length == text.Length;

        if (!Digits(ref rest, 4, out var year) || !Skip(ref rest, '-') || !Digits(ref rest, 2, out var month) || !Skip(ref rest, '-') || !Digits(ref rest, 2, out var day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > CalendarSystem.Iso.GetDaysInMonth(year, month))
        {
            return false;
        }

        if (Skip(ref rest, ' '))
        {
            strict = false;
        }
        else if (!Skip(ref rest, 'T') && !Skip(ref rest, 't'))
        {
            return false;
        }

        if (!Digits(ref rest, 2, out var hour) || !Skip(ref rest, ':') || !Digits(ref rest, 2, out var minute))
        {
            return false;
        }

        var second = 0;
        var millisecond = 0;
        if (Skip(ref rest, ':'))
        {
            if (!Digits(ref rest, 2, out second) || !Fraction(ref rest, out millisecond, ref strict))
            {
                return false;
            }
        }
        else
        {
            strict = false;
        }

        // 24:00:00 is the end of the day, and :60 is a leap second, which lasts as the second after it.
        var endOfDay = hour == 24 && minute == 0 && second == 0 && millisecond == 0;
        if ((hour > 23 && !endOfDay) || minute > 59 || second > 60)
        {
            return false;
        }

        strict &= !endOfDay;
        if (!Offset(ref rest, out var offset, out zoned, ref strict) || !rest.IsEmpty)
        {
            return false;
        }

        var date = new LocalDate(year, month, day);
        var days = Period.DaysBetween(new LocalDate(1970, 1, 1), date);
        milliseconds = ((((((days * 24L) + hour) * 60) + minute - offset) * 60) + second) * 1000 + millisecond;
        return milliseconds is >= MinMilliseconds and <= MaxMilliseconds;
    }

    // The years 1 to 9999, so that what is read can always be written again.
    private const long MinMilliseconds = -62_135_596_800_000;
    private const long MaxMilliseconds = 253_402_300_799_999;

    private static bool Digits(ref ReadOnlySpan<char> rest, int count, out int value)
    {
        value = 0;
        if (rest.Length < count)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!char.IsAsciiDigit(rest[i]))
            {
                return false;
            }

            value = (value * 10) + (rest[i] - '0');
        }

        rest = rest[count..];
        return true;
    }

    private static bool Skip(ref ReadOnlySpan<char> rest, char c)
    {
        if (rest.IsEmpty || rest[0] != c)
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static bool Fraction(ref ReadOnlySpan<char> rest, out int millisecond, ref bool strict)
    {
        millisecond = 0;
        if (Skip(ref rest, ','))
        {
            strict = false;
        }
        else if (!Skip(ref rest, '.'))
        {
            return true;
        }

        var scale = 100;
        var count = 0;
        while (count < rest.Length && char.IsAsciiDigit(rest[count]))
        {
            millisecond += (rest[count] - '0') * scale;
            scale /= 10;
            count++;
        }

        rest = rest[count..];
        return count > 0;
    }

    private static bool Offset(ref ReadOnlySpan<char> rest, out int minutes, out bool zoned, ref bool strict)
    {
        minutes = 0;
        zoned = true;
        if (rest.IsEmpty)
        {
            zoned = false;
            return true;
        }

        if (Skip(ref rest, 'Z') || Skip(ref rest, 'z'))
        {
            return true;
        }

        var west = Skip(ref rest, '-');
        if ((!west && !Skip(ref rest, '+')) || !Digits(ref rest, 2, out var hour))
        {
            return false;
        }

        var minute = 0;
        if (rest.IsEmpty)
        {
            strict = false;
        }
        else
        {
            strict &= Skip(ref rest, ':');
            if (!Digits(ref rest, 2, out minute))
            {
                return false;
            }
        }

        minutes = ((hour * 60) + minute) * (west ? -1 : 1);
        return hour <= 18 && minute <= 59;
    }
}
