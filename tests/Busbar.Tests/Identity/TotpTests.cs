using System.Text;
using Busbar.Identity.Operators;
using NodaTime;

namespace Busbar.Tests.Identity;

public sealed class TotpTests
{
    // RFC 6238, appendix B, for SHA-1.
    [Theory]
    [InlineData(59L, "94287082")]
    [InlineData(1111111109L, "07081804")]
    [InlineData(1111111111L, "14050471")]
    [InlineData(1234567890L, "89005924")]
    [InlineData(2000000000L, "69279037")]
    [InlineData(20000000000L, "65353130")]
    public void Codes_are_those_of_the_standard(long seconds, string code) =>
        Assert.Equal(code, Totp.CodeOf("12345678901234567890"u8, Totp.StepOf(Instant.FromUnixTimeSeconds(seconds)), digits: 8));

    // RFC 4648, 10, without padding.
    [Theory]
    [InlineData("", "")]
    [InlineData("f", "MY")]
    [InlineData("fo", "MZXQ")]
    [InlineData("foo", "MZXW6")]
    [InlineData("foob", "MZXW6YQ")]
    [InlineData("fooba", "MZXW6YTB")]
    [InlineData("foobar", "MZXW6YTBOI")]
    public void A_secret_is_written_as_apps_read_it(string bytes, string text) => Assert.Equal(text, Totp.Base32(Encoding.ASCII.GetBytes(bytes)));

    [Fact]
    public void A_clock_may_be_a_step_off_and_no_more_and_a_step_is_good_once()
    {
        var secret = "12345678901234567890"u8;
        var now = Instant.FromUnixTimeSeconds(1_800_000_000);
        var step = Totp.StepOf(now);
        for (var off = -3; off <= 3; off++) Assert.Equal(Math.Abs(off) <= 1 ? step + off : null, Totp.Match(secret, Totp.CodeOf(secret, step + off), now, last: -1));
        var code = Totp.CodeOf(secret, step);
        Assert.Null(Totp.Match(secret, code, now, last: step));
        Assert.Null(Totp.Match(secret, code, now, last: step + 1));
        Assert.Equal(step, Totp.Match(secret, code, now, last: step - 1));
        foreach (var wrong in new[] { "", "0", code + "0", code[..5], "０１２３４５" }) Assert.Null(Totp.Match(secret, wrong, now, last: -1));
    }

    [Fact]
    public void The_uri_carries_a_hostile_address_as_text() =>
        Assert.Equal("otpauth://totp/Busbar:a%26secret%3Db%40x?secret=GEZDG&issuer=Busbar&algorithm=SHA1&digits=6&period=30", Totp.UriOf("123"u8, "Busbar", "a&secret=b@x"));
}
