using System.Diagnostics;
using System.Globalization;

namespace Busbar.Tests.Architecture;

/// <summary>The guards of ./test, each seen failing: the command runs in a house of paper, where <c>dotnet</c> is a stub that does what the case wants.</summary>
public sealed class TestCommandTests : IDisposable
{
    private const string Stub = """
        #!/usr/bin/env bash
        case $1 in
          restore | tool) exit 0 ;;
          build) [[ $STUB != broken-build ]] || { echo "x.cs(1,1): error CS0000: broken"; exit 1; }; exit 0 ;;
        esac
        while (($#)); do [[ $1 == -result-xml ]] && report=$2; shift; done
        says() { echo "<assemblies><assembly name=\"x\" errors=\"$4\" failed=\"$2\" not-run=\"0\" passed=\"$1\" skipped=\"$3\" total=\"9\">$5</assembly></assemblies>" >"$report"; }
        case $STUB in
          passes) says 4 0 1 0 '<test><reason><![CDATA[no such file]]></reason></test>' ;;
          fails) says 3 1 0 0 '<test name="Good(x: 1)" result="Pass" /><test id="2" name="Bad(x: \&quot;a\&quot;)" result="Fail"><failure><message><![CDATA[1 is &lt; 2
        and more]]></message></failure></test><test name="Other" result="Pass" />'; exit 1 ;;
          errs) says 4 0 0 1; exit 1 ;;
          runs-nothing) says 0 0 0 0 ;;
          skips-all) says 0 0 2 0 ;;
          crashes) exit 134 ;;
          lies) says 4 0 0 0; exit 3 ;;
          is-slow) sleep 2; says 4 0 0 0 ;;
          hangs) sleep 600 ;;
          leaves-a-process) setsid sleep 600 & says 4 0 0 0 ;;
        esac
        """;

    private readonly string _house = Directory.CreateTempSubdirectory("busbar-").FullName;

    public TestCommandTests()
    {
        Write("bin/dotnet", Stub);
        Write("bin/apt-get", "#!/usr/bin/env bash\nexit 1\n");
        Write("repo/test", File.ReadAllText(Path.Combine(House.Root, "test")));
        Write("repo/.ci/run", File.ReadAllText(Path.Combine(House.Root, ".ci", "run")));
        Write("repo/tests/Busbar.Tests/Rating/Tests.cs", "[Trait(\"suite\", \"sockets\")]");
    }

    [Theory]
    [InlineData("echo; echo '5 passed, 0 failed, 1 skipped'", "5 passed, 0 failed, 1 skipped")]
    [InlineData("echo '5 passed, 2 failed, 1 skipped'; exit 1", "5 passed, 2 failed, 1 skipped")]
    [InlineData("echo '5 passed, 0 failed, 0 skipped'; exit 1", "5 passed, 1 failed, 0 skipped")]
    [InlineData("echo '0 passed, 0 failed, 0 skipped'", "0 passed, 1 failed, 0 skipped")]
    [InlineData("echo nothing", "0 passed, 2 failed, 0 skipped")]
    public void The_clients_of_others_are_counted_by_their_last_line(string script, string last)
    {
        Write("repo/tests/interop/run", "#!/usr/bin/env bash\n" + script + "\n");

        var (code, output) = Run("repo/test", "passes", null, "interop");

        Assert.Equal(last, output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(last.Contains(" 0 failed", StringComparison.Ordinal) ? 0 : 1, code);
    }

    public void Dispose() => Directory.Delete(_house, recursive: true);

    [Theory]
    [InlineData("passes", "4 passed, 0 failed, 1 skipped", "skipped in sockets: 1 x no such file")]
    [InlineData("fails", "3 passed, 1 failed, 0 skipped", "Failed tests:\n  sockets: Bad(x: \\\"a\\\"): 1 is < 2 and more\n\n")]
    [InlineData("errs", "4 passed, 1 failed, 0 skipped", "")]
    [InlineData("runs-nothing", "0 passed, 1 failed, 0 skipped", "no test of it is known to have run")]
    [InlineData("skips-all", "0 passed, 1 failed, 2 skipped", "no test of it is known to have run")]
    [InlineData("crashes", "0 passed, 2 failed, 0 skipped", "exit code 134 and no report")]
    [InlineData("lies", "4 passed, 1 failed, 0 skipped", "its report has no failure")]
    [InlineData("leaves-a-process", "4 passed, 1 failed, 0 skipped", "left processes behind")]
    [InlineData("broken-build", "0 passed, 1 failed, 0 skipped", "error CS0000: broken")]
    public void Each_guard_breaks_the_run(string stub, string last, string said)
    {
        var (code, output) = Run("repo/test", stub, null, "sockets");

        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Equal(last, output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(stub == "passes" ? 0 : 1, code);
    }

    [Theory]
    [InlineData("is-slow", "OVER BUDGET", "4 passed, 1 failed, 0 skipped")]
    [InlineData("hangs", "cut at twice the budget", "0 passed, 3 failed, 0 skipped")]
    public void A_budget_is_kept_and_another_one_is_said_loudly(string stub, string said, string last)
    {
        var (code, output) = Run("repo/test", stub, "0.001", "sockets");

        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains("!! THESE ARE NOT THE PROJECT'S BUDGETS", output, StringComparison.Ordinal);
        Assert.Equal(last, output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(1, code);
    }

    [Fact]
    public void Suites_without_tests_are_named_and_not_counted()
    {
        var (code, output) = Run("repo/.ci/run", "passes", null);

        Assert.Equal(7, output.Split('\n').Count(line => line.StartsWith("no tests yet", StringComparison.Ordinal)));
        Assert.Equal("8 passed, 0 failed, 2 skipped", output.TrimEnd().Split('\n')[^1]);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("--fast", "Rating", 0)]
    [InlineData("--fast", "Nowhere", 2)]
    [InlineData("--nightly", null, 0)]
    [InlineData("no-such-suite", null, 2)]
    public void What_is_asked_for_is_run_or_refused(string first, string? second, int expected) =>
        Assert.Equal(expected, Run("repo/test", "passes", null, second is null ? [first] : [first, second]).Code);

    private (int Code, string Output) Run(string file, string stub, string? budget, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(_house, file), arguments) { RedirectStandardOutput = true, WorkingDirectory = "/" };
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("BUSBAR_BUDGET_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(key);
        start.Environment["PATH"] = string.Create(CultureInfo.InvariantCulture, $"{_house}/bin:{start.Environment["PATH"]}");
        start.Environment["STUB"] = stub;
        if (budget is not null) start.Environment["BUSBAR_BUDGET_SOCKETS"] = budget;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private void Write(string name, string text)
    {
        var file = Path.Combine(_house, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text.Replace("\r\n", "\n", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
