using System.Text.RegularExpressions;

namespace Busbar.Tests.Architecture;

public sealed partial class DocsTests
{
    private static IEnumerable<string> Pages => House.Files("*.md");

    [Fact]
    public void Every_relative_link_leads_somewhere() => Assert.Empty(Pages.SelectMany(page => Dead(page, File.ReadAllText(page)).Select(link => $"{House.Relative(page)}: {link}")));

    [Fact]
    public void A_dead_link_is_seen() => Assert.Equal(
        ["nowhere.md", "README.md#no-such-heading"],
        Dead(Path.Combine(House.Root, "README.md"), "[a](nowhere.md) [b](LICENSE) [c](https://example.org/x) [d](README.md#no-such-heading) `[e](in-code.md)`"));

    [Fact]
    public void The_map_names_every_project()
    {
        var map = File.ReadAllText(Path.Combine(House.Root, "docs", "map.md"));
        Assert.All(House.Projects, project => Assert.Matches($@"\b{Regex.Escape(project.Name)}\b", map));
    }

    [Fact]
    public void Every_file_that_the_map_walks_through_exists()
    {
        var names = MapFile().Matches(File.ReadAllText(Path.Combine(House.Root, "docs", "map.md"))).Select(match => match.Groups[1].Value).ToArray();
        Assert.NotEmpty(names);
        var files = House.Files("*.cs").Select(House.Relative).ToArray();
        Assert.All(names, name => Assert.Contains(files, file => file == name || file.EndsWith("/" + name, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_test_that_a_reading_names_exists()
    {
        var named = TestName().Matches(File.ReadAllText(Path.Combine(House.Root, "docs", "spec-readings.md"))).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.NotEmpty(named);
        var tests = House.Files("*.cs", "tests").Select(File.ReadAllText).ToArray();
        Assert.All(named, name => Assert.Contains(tests, text => text.Contains(" " + name + "(", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_decision_is_a_page_that_admits_its_drawbacks() => Assert.All(
        House.Files("*.md", "docs/adr"),
        page =>
        {
            Assert.Matches(@"^\d{4}-[a-z0-9-]+\.md$", Path.GetFileName(page));
            Assert.Contains("## Drawbacks", File.ReadAllText(page), StringComparison.Ordinal);
            Assert.InRange(File.ReadLines(page).Count(), 5, 70);
        });

    private static IEnumerable<string> Dead(string page, string text)
    {
        foreach (Match match in Link().Matches(Verbatim().Replace(text, "")))
        {
            var target = match.Groups[1].Value;
            if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            var parts = target.Split('#', 2);
            var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, Uri.UnescapeDataString(parts[0])));
            if (!File.Exists(file) && !Directory.Exists(file)) yield return target;
            else if (parts.Length == 2 && File.Exists(file) && !Anchors(file).Contains(parts[1])) yield return target;
        }
    }

    private static IEnumerable<string> Anchors(string file) =>
        from line in File.ReadLines(file)
        where line.StartsWith('#')
        select NotInAnchor().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\[[^\]]*\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("```.*?```|`[^`\n]*`", RegexOptions.Singleline)]
    private static partial Regex Verbatim();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"`([A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"`([\w./-]+\.cs)`")]
    private static partial Regex MapFile();
}
