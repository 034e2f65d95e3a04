using Busbar.Kernel;
using CsCheck;

namespace Busbar.Tests.Kernel;

public sealed class TypedIdTests
{
    [Fact]
    public void An_id_is_twenty_nine_characters_and_reads_back()
    {
        Gen.Guid.Sample(guid =>
        {
            var text = TypedId.Format(new TenantId(guid));
            return text.Length == 29 && TypedId.TryParse<TenantId>(text, out var back) && back.Value == guid;
        });
    }

    [Theory]
    [InlineData("")]
    [InlineData("ten")]
    [InlineData("ses00000000000000000000000000")]
    [InlineData("ten80000000000000000000000000")]        // past 128 bits
    [InlineData("ten0000000000000000000000000U")]        // not in the alphabet
    public void What_is_not_an_id_is_refused(string text) => Assert.False(TypedId.TryParse<TenantId>(text, out _));

    [Fact]
    public void A_derived_id_is_a_function_of_its_input()
    {
        var a = IdSource.Derived<TenantId>(1_700_000_000_000, "key"u8);
        Assert.Equal(a, IdSource.Derived<TenantId>(1_700_000_000_000, "key"u8));
        Assert.NotEqual(a, IdSource.Derived<TenantId>(1_700_000_000_000, "kez"u8));
        Assert.Equal(7, a.Value.Version);
    }
}
