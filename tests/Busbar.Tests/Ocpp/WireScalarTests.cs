using System.Text.Json;
using Busbar.Ocpp;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Ocpp;

public sealed class WireScalarTests
{
    [Theory]
    [InlineData("12", 12L, false)]
    [InlineData("-1", -1L, false)]
    [InlineData("9223372036854775807", long.MaxValue, false)]
    [InlineData("\"12\"", 12L, true)]
    [InlineData("\" 12 \"", 12L, true)]
    [InlineData("12.0", 12L, true)]
    [InlineData("12.9", 12L, true)]
    [InlineData("1e3", 1000L, true)]
    [InlineData("\"12.0\"", 12L, true)]
    [InlineData("9223372036854775808", null, true)]
    [InlineData("1e308", null, true)]
    [InlineData("\"\"", null, true)]
    [InlineData("\"12,5\"", null, true)]
    [InlineData("\"abc\"", null, true)]
    [InlineData("\"\\ud800\"", null, true)]
    [InlineData("null", null, true)]
    [InlineData("true", null, true)]
    [InlineData("{\"a\":[1]}", null, true)]
    [InlineData("[1]", null, true)]
    public void A_whole_number_is_read_as_far_as_it_can_be(string json, long? value, bool deviation)
    {
        var read = JsonSerializer.Deserialize<WireInt>(json);
        Assert.Equal((value, deviation), (read.Value, read.IsDeviation));
        Assert.Equal(value, JsonSerializer.Deserialize<WireInt>(JsonSerializer.Serialize(read)).Value);
    }

    [Theory]
    [InlineData("12.50", "12.50", "12.50", false)]
    [InlineData("\"12.50\"", "12.50", "12.50", true)]
    [InlineData("\"+3\"", "3", "+3", true)]
    [InlineData("1e308", null, "1e308", true)]
    [InlineData("\"NaN\"", null, "NaN", true)]
    [InlineData("\"1,5\"", null, "1,5", true)]
    [InlineData("null", null, "null", true)]
    [InlineData("[]", null, "[]", true)]
    public void A_number_is_read_as_far_as_it_can_be(string json, string? value, string raw, bool deviation)
    {
        var read = JsonSerializer.Deserialize<WireDecimal>(json);
        Assert.Equal(value, read.Value?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((raw, deviation), (read.Raw, read.IsDeviation));
    }

    [Theory]
    [InlineData("2026-11-23T06:00:00Z", "2026-11-23T06:00:00.000Z", WireTimeQuality.Ok, false)]
    [InlineData("2026-11-23T06:00:00.1239Z", "2026-11-23T06:00:00.123Z", WireTimeQuality.Ok, false)]
    [InlineData("2026-11-23T06:00:00.123456789+02:00", "2026-11-23T04:00:00.123Z", WireTimeQuality.Ok, false)]
    [InlineData("2026-11-23t06:00:00-09:30", "2026-11-23T15:30:00.000Z", WireTimeQuality.Ok, false)]
    [InlineData("2026-11-23T06:00:00+0200", "2026-11-23T04:00:00.000Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-11-23T06:00:00+02", "2026-11-23T04:00:00.000Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-11-23 06:00:00Z", "2026-11-23T06:00:00.000Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-11-23T06:00Z", "2026-11-23T06:00:00.000Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-11-23T06:00:00,5Z", "2026-11-23T06:00:00.500Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-11-23T06:00:00", "2026-11-23T06:00:00.000Z", WireTimeQuality.ZoneMissing, true)]
    [InlineData("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000Z", WireTimeQuality.Ok, true)]
    [InlineData("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z", WireTimeQuality.Ok, false)]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z", WireTimeQuality.Ok, false)]
    [InlineData("1970-01-01T00:00:07Z", "1970-01-01T00:00:07.000Z", WireTimeQuality.ClockUnset, false)]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", WireTimeQuality.ClockUnset, false)]
    [InlineData("1999-01-01T00:00:00", "1999-01-01T00:00:00.000Z", WireTimeQuality.ClockUnset, true)]
    [InlineData("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z", WireTimeQuality.FarFuture, false)]
    [InlineData("9999-12-31T23:59:59-18:00", null, WireTimeQuality.Unreadable, true)]
    [InlineData("0001-01-01T00:00:00+18:00", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2023-02-29T00:00:00Z", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2026-00-01T00:00:00Z", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2026-01-01T25:00:00Z", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2026-01-01T00:00:00.Z", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2026-01-01T00:00:00Zulu", null, WireTimeQuality.Unreadable, true)]
    [InlineData("2026-01-01", null, WireTimeQuality.Unreadable, true)]
    [InlineData("1000000", null, WireTimeQuality.Unreadable, true)]
    [InlineData("", null, WireTimeQuality.Unreadable, true)]
    public void A_time_has_an_instant_and_a_quality(string text, string? instant, WireTimeQuality quality, bool deviation)
    {
        var time = JsonSerializer.Deserialize<WireTime>(JsonSerializer.Serialize(text));
        Assert.Equal((text, quality, deviation), (time.Raw, time.Quality, time.IsDeviation));
        Assert.Equal(instant, time.Instant is { } i ? new WireTime(i).Raw : null);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1700000000")]
    [InlineData("{}")]
    [InlineData("\"\\ud800\"")]
    public void What_is_no_time_is_kept_and_flagged(string json)
    {
        var time = JsonSerializer.Deserialize<WireTime>(json);
        Assert.Null(time.Instant);
        Assert.NotEqual("", time.Raw);
    }

    [Fact]
    public void A_time_that_we_made_reads_back()
    {
        Gen.Long[-62_135_596_800_000, 253_402_300_799_999].Sample(milliseconds =>
        {
            var time = new WireTime(Instant.FromUnixTimeMilliseconds(milliseconds));
            var back = WireTime.Parse(time.Raw);
            return back.Instant == time.Instant && back.Quality == time.Quality && !back.IsDeviation;
        });
    }
}
