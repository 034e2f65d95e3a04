using System.Text.RegularExpressions;
using System.Xml.Linq;
using Busbar.Tests.Architecture;

namespace Busbar.Tests.Shell;

/// <summary>Every text of the console is there in every language, and every one that a page names is there at all.</summary>
public sealed partial class TextsTests
{
    public static TheoryData<string> Files => [.. House.Files("*.de.resx", "src").Select(file => House.Relative(file).Replace(".de.resx", ".resx", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Files))]
    public void A_text_is_there_in_every_language_with_the_same_places(string file)
    {
        var (english, german) = (Read(file), Read(file.Replace(".resx", ".de.resx", StringComparison.Ordinal)));
        Assert.Equal(english.Keys.Order(), german.Keys.Order());
        Assert.Empty(english.Where(text => !Places(text.Value).SequenceEqual(Places(german[text.Key]))).Select(text => text.Key));
    }

    [Theory, MemberData(nameof(Files))]
    public void A_text_that_is_named_exists(string file)
    {
        var texts = Read(file);
        var folder = Path.GetDirectoryName(file)!.Replace('\\', '/');
        var named = House.Files("*.razor", folder).Concat(House.Files("*.cs", folder)).SelectMany(code => NamedIn(code, Path.GetFileNameWithoutExtension(file))).ToHashSet();
        Assert.NotEmpty(named);
        // "state-" + x names many: at least one of them.
        Assert.DoesNotContain(named, name => name.EndsWith('-') ? !texts.Keys.Any(key => key.StartsWith(name, StringComparison.Ordinal)) : !texts.ContainsKey(name));
    }

    /// <summary>A folder may have several sets of texts: one is named with its class, or is the one that the file, or all pages of the folder, use.</summary>
    private static IEnumerable<string> NamedIn(string code, string set)
    {
        var text = File.ReadAllText(code);
        var imports = Path.Combine(Path.GetDirectoryName(code)!, "_Imports.razor");
        var used = Path.GetFileNameWithoutExtension(code) is var name && name.EndsWith("Texts", StringComparison.Ordinal) ? name
            : Used().Match(text) is { Success: true } own ? own.Groups[1].Value
            : code.EndsWith(".razor", StringComparison.Ordinal) && File.Exists(imports) && Used().Match(File.ReadAllText(imports)) is { Success: true } all ? all.Groups[1].Value : set;
        return Named().Matches(text).Where(match => (match.Groups[1].Success ? match.Groups[1].Value : used) == set).Select(match => match.Groups[2].Value);
    }

    private static Dictionary<string, string> Read(string file) =>
        XDocument.Load(Path.Combine(House.Root, file)).Root!.Elements("data").ToDictionary(data => (string)data.Attribute("name")!, data => (string)data.Element("value")!);

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value).Distinct().Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    [GeneratedRegex(@"using static [\w.]*?(\w+Texts)\b")]
    private static partial Regex Used();

    [GeneratedRegex(@"(?:(\w+Texts)\.)?(?:\bSay|(?<=ShellTexts\.)Get)\(""([\w-]+)""")]
    private static partial Regex Named();
}
