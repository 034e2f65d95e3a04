using System.Diagnostics;
using Busbar.Tests.Architecture;

namespace Busbar.Tests.Shell;

/// <summary>A script that does not parse runs not at all, and every page looks alive and is not.</summary>
[Trait("suite", "console")]
public sealed class ScriptTests
{
    [Fact]
    public void Every_script_of_the_console_parses()
    {
        var scripts = House.Files("*.js", "src").ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts) Assert.True(Parse(File.ReadAllText(script)) is "", $"{House.Relative(script)}: {Parse(File.ReadAllText(script))}");
        Assert.NotEqual("", Parse("document.addEventListener('click', event => {"));
    }

    private static string Parse(string text)
    {
        using var node = Process.Start(new ProcessStartInfo("node", ["--check", "--input-type=module", "-"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        node.StandardInput.Write(text);
        node.StandardInput.Close();
        var said = node.StandardError.ReadToEnd();
        node.WaitForExit();
        return node.ExitCode == 0 ? "" : said;
    }
}
