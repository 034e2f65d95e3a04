using System.Text;
using Busbar.Kernel;

namespace Busbar.Tests.Kernel;

public sealed class AsciiTextTests
{
    [Theory]
    [InlineData("{\"idTag\":\"04a1b2\"}", "04A1B2", 10)]
    [InlineData("004A1", "04a1", 1)]
    [InlineData("aab", "AAB", 0)]
    [InlineData("aaab", "aab", 1)]
    [InlineData("ab", "abc", -1)]
    [InlineData("", "a", -1)]
    [InlineData("[@`{", "{", 3)]
    [InlineData("@", "`", -1)]
    [InlineData("Grüße", "grüße", -1)]
    [InlineData("xGrüße", "Grüße", 1)]
    public void A_word_is_found_in_any_case_of_its_letters(string text, string word, int expected) => Assert.Equal(expected, AsciiText.IndexOf(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(word)));
}
