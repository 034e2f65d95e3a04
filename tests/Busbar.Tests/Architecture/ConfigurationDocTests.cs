using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Busbar.Tests.Architecture;

/// <summary><c>docs/operating/configuration.md</c> says what the options classes say. With <c>BUSBAR_WRITE_DOCS=1</c> this test writes it anew.</summary>
public sealed partial class ConfigurationDocTests
{
    private const string Begin = "<!-- written by ConfigurationDocTests from the options classes: begin -->";
    private const string End = "<!-- end -->";
    private static readonly string Page = Path.Combine(House.Root, "docs", "operating", "configuration.md");

    [Fact]
    public void The_reference_says_what_the_options_say()
    {
        var page = File.ReadAllText(Page);
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        var written = Written();
        if (Environment.GetEnvironmentVariable("BUSBAR_WRITE_DOCS") == "1") File.WriteAllText(Page, page[..begin] + "\n" + written + page[end..]);
        else Assert.Equal(written, page[begin..end].TrimStart('\n'));
    }

    [Fact]
    public void Every_section_is_found_and_every_setting_has_a_sentence()
    {
        var settings = Options().SelectMany(Settings).ToList();
        Assert.Contains(settings, setting => setting is { Name: "Busbar__WireLog__Days", Default: "14" });
        Assert.Contains(settings, setting => setting is { Name: "Busbar__Reconciliation__Silence", Default: "00:20:00" });
        Assert.All(settings, setting => Assert.False(string.IsNullOrWhiteSpace(setting.Does), setting.Name));
        // In the source there are as many sections as were found in the assemblies.
        Assert.Equal(House.Files("*.cs", "src").Sum(file => SectionText().Count(File.ReadAllText(file))), Options().Count());
    }

    private sealed record Setting(string Name, string Default, string Does);

    private static string Written()
    {
        var text = new StringBuilder();
        foreach (var section in Options().GroupBy(SectionOf))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {section.Key}\n\n| setting | default | what it says |\n|---|---|---|\n");
            foreach (var setting in section.SelectMany(Settings)) text.Append(CultureInfo.InvariantCulture, $"| `{setting.Name}` | {(setting.Default.Length == 0 ? "" : $"`{setting.Default}`")} | {setting.Does} |\n");
        }
        return text.Append('\n').ToString().TrimStart('\n');
    }

    private static IEnumerable<Type> Options() =>
        from project in House.Projects
        where project.Folder.StartsWith("src/", StringComparison.Ordinal)
        from type in TypesOf(Assembly.Load(project.Assembly))
        where type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is { IsLiteral: true }
        orderby SectionOf(type), type.Name
        select type;

    // What a tool of design time derives from is not beside the tests; that no section is lost by it is counted above.
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try { return assembly.GetTypes(); }
        catch (ReflectionTypeLoadException incomplete) { return incomplete.Types.OfType<Type>(); }
    }

    private static string SectionOf(Type type) => (string)type.GetField("Section", BindingFlags.Public | BindingFlags.Static)!.GetRawConstantValue()!;

    private static IEnumerable<Setting> Settings(Type type)
    {
        var source = House.Files("*.cs", "src").Select(File.ReadAllText).Single(text => text.Contains($" class {type.Name}\n", StringComparison.Ordinal));
        var instance = Activator.CreateInstance(type, nonPublic: true);
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var summary = Regex.Match(source, $@"/// <summary>((?:(?!</summary>).)*)</summary>\s*public [^\n]+ {property.Name} {{ get; set; }}", RegexOptions.Singleline).Groups[1].Value;
            yield return new Setting($"{SectionOf(type)}:{property.Name}".Replace(":", "__", StringComparison.Ordinal), Text(property.GetValue(instance)), Plain(summary));
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        IEnumerable list => string.Join(", ", list.Cast<object>()),
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Plain(string summary) => WebUtility.HtmlDecode(Tag().Replace(Code().Replace(Break().Replace(summary, " "), "`$1`"), "$1")).Trim();

    [GeneratedRegex(@"\s*///\s*")]
    private static partial Regex Break();

    [GeneratedRegex("<c>(.*?)</c>")]
    private static partial Regex Code();

    [GeneratedRegex("<see cref=\"(?:[^\"]*\\.)?([^\"]+)\"/>")]
    private static partial Regex Tag();

    [GeneratedRegex("const string Section = \"Busbar:")]
    private static partial Regex SectionText();
}
