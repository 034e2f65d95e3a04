using System.Text.RegularExpressions;

namespace Busbar.Tests.Architecture;

/// <summary>The page about ASVS names tests that are there.</summary>
public sealed partial class AsvsTests
{
    [Fact]
    public void Every_test_that_the_page_names_is_there()
    {
        var page = File.ReadAllText(Path.Combine(House.Root, "docs", "operating", "asvs.md"));
        var named = Named().Matches(page).Select(match => (Class: match.Groups[1].Value, Test: match.Groups[2].Value)).Distinct().ToList();
        Assert.True(named.Count >= 25, $"{named.Count} tests are named");
        var missing = named.Where(one => typeof(AsvsTests).Assembly.GetTypes().SingleOrDefault(type => type.Name == one.Class)?.GetMethod(one.Test) is null).Select(one => $"{one.Class}.{one.Test}");
        Assert.Empty(missing);
    }

    [GeneratedRegex("`([A-Za-z]+Tests)\\.([A-Za-z0-9_]+)`")]
    private static partial Regex Named();
}
