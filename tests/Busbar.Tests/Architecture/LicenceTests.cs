using System.Text.Json;
using System.Xml.Linq;

namespace Busbar.Tests.Architecture;

/// <summary>Everything that is fetched is under a permissive licence, by its own word (nuspec) or by a reading of its licence's text.</summary>
public sealed class LicenceTests
{
    private static readonly string[] Permissive = ["MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "MS-PL", "PostgreSQL", "Unlicense", "CC0-1.0", "BlueOak-1.0.0", "Zlib", "PSF-2.0"];

    /// <summary>Programs that only our tests run, as they come: nothing of them is in what is built or shipped, so a licence that asks for changes to be published asks for nothing here.</summary>
    private static readonly Dictionary<string, string> Tools = new()
    {
        ["node_modules/axe-core"] = "MPL-2.0",
    };

    /// <summary>Packages that name no licence expression, and what their licence text says.</summary>
    private static readonly Dictionary<string, string> Read = new()
    {
        ["CommandLineParser"] = "MIT",          // its file License.md
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",  // its file LICENSE.TXT
        ["NETStandard.Library"] = "MIT",        // the LICENSE.TXT that its licenseUrl names
        ["SmtpServer"] = "MIT",                 // its file LICENSE
        ["zxcvbn-core"] = "MIT",                // the LICENSE that its licenseUrl names
        ["node_modules/precond"] = "MIT",       // the head of each of its files; package.json has no such member
    };

    private static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    [Fact]
    public void Every_package_is_under_a_permissive_licence()
    {
        var packages = House.Files("packages.lock.json").SelectMany(Locked).Distinct().Order().ToArray();
        Assert.NotEmpty(packages);
        Assert.Empty(packages.Select(package => Fault(package.Id, Licence(package.Id, package.Version))).OfType<string>());
    }

    [Fact]
    public void Every_reading_of_a_licence_is_of_a_package_in_use()
    {
        var used = House.Files("packages.lock.json").SelectMany(Locked).Select(package => package.Id).Concat(NodePackages().Select(package => package.Name)).ToHashSet();
        Assert.Subset(used, Read.Keys.Concat(Tools.Keys).ToHashSet());
    }

    [Fact]
    public void Every_node_package_is_under_a_permissive_licence() =>
        Assert.Empty(NodePackages().Where(package => Tools.GetValueOrDefault(package.Name) is not { } licence || package.Licence != licence)
            .Select(package => Fault(package.Name, package.Licence ?? Read.GetValueOrDefault(package.Name))).OfType<string>());

    [Theory]
    [InlineData("MIT", true)]
    [InlineData("MS-PL OR Apache-2.0", true)]
    [InlineData("GPL-3.0-only OR MIT", true)]
    [InlineData("MIT AND Apache-2.0", true)]
    [InlineData("(MIT AND BSD-3-Clause)", true)]
    [InlineData("GPL-3.0-only", false)]
    [InlineData("MIT AND LGPL-3.0-or-later", false)]
    [InlineData("LicenseRef-Commercial", false)]
    [InlineData(null, false)]
    public void Only_permissive_licences_pass(string? expression, bool permitted) => Assert.Equal(permitted, Fault("Some.Package", expression) is null);

    private static string? Fault(string id, string? licence) =>
        licence is null ? $"{id} names no licence"
        : licence.Trim('(', ')').Split(" OR ").Any(choice => choice.Trim('(', ')').Split(" AND ").All(part => Permissive.Contains(part.Trim('(', ')', ' ')))) ? null
        : $"{id} is under {licence}";

    private static IEnumerable<(string Id, string Version)> Locked(string file) =>
        from framework in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("dependencies").EnumerateObject()
        from package in framework.Value.EnumerateObject()
        where package.Value.GetProperty("type").GetString() != "Project"
        select (package.Name, package.Value.GetProperty("resolved").GetString()!);

    private static IEnumerable<(string Name, string? Licence)> NodePackages() =>
        from file in House.Files("package-lock.json", "tests")
        from package in JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("packages").EnumerateObject()
        where package.Name.Length > 0
        select (package.Name, package.Value.TryGetProperty("license", out var licence) ? licence.GetString() : null);

    private static string? Licence(string id, string version)
    {
        if (Read.TryGetValue(id, out var read)) return read;
        var nuspec = Path.Combine(Cache, id.ToLowerInvariant(), version.ToLowerInvariant(), id.ToLowerInvariant() + ".nuspec");
        Assert.True(File.Exists(nuspec), $"{id} {version} is in a lock file and not in the package cache: restore first.");
        return XDocument.Load(nuspec).Descendants().FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression")?.Value;
    }
}
