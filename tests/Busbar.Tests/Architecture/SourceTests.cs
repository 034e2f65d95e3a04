using System.Xml.Linq;

namespace Busbar.Tests.Architecture;

public sealed class SourceTests
{
    /// <summary>Rooms where money is reckoned.</summary>
    private static readonly string[] MoneyRooms = ["Busbar.Kernel", "Busbar.Rating", "Busbar.Billing", "Busbar.Payments"];

    private static IEnumerable<string> Code => House.Files("*.cs", "src").Where(file => !IsGenerated(House.Relative(file)));

    [Fact]
    public void Sql_is_written_by_hand_only_in_Storage_and_Schema() => Assert.Empty(
        from file in Code
        let name = House.Relative(file)
        where !name.Contains("/Busbar.Storage/", StringComparison.Ordinal) && !name.Contains("/Busbar.Schema/", StringComparison.Ordinal)
        where SourceRules.HasRawSql(File.ReadAllText(file))
        select name);

    [Theory]
    [InlineData("command.CommandText = \"SELECT 1\";", true)]
    [InlineData("await db.Database.ExecuteSqlRawAsync(\"DELETE FROM x\", ct);", true)]
    [InlineData("db.Sessions.FromSqlInterpolated($\"SELECT {x}\")", true)]
    [InlineData("await using var c = new NpgsqlConnection(text);", true)]
    [InlineData("new SqliteCommand()", true)]
    [InlineData("// CommandText is for Storage alone", false)]
    [InlineData("db.Sessions.Where(row => row.Id == id)", false)]
    public void Raw_sql_is_seen(string code, bool raw) => Assert.Equal(raw, SourceRules.HasRawSql(code));

    [Fact]
    public void Money_rooms_ban_binary_floating_point()
    {
        foreach (var project in House.Projects.Where(project => MoneyRooms.Contains(project.Name)))
        {
            var text = XDocument.Load(Path.Combine(House.Root, project.Folder, project.Name + ".csproj"));
            Assert.Equal("true", text.Descendants("MoneyProject").SingleOrDefault()?.Value);
            Assert.Empty(House.Files("*.cs", project.Folder).Where(file => SourceRules.HasFloatingPoint(File.ReadAllText(file))).Select(House.Relative));
        }
        var banned = File.ReadAllText(Path.Combine(House.Root, "BannedSymbols.Money.txt"));
        Assert.Contains("T:System.Double;", banned, StringComparison.Ordinal);
        Assert.Contains("T:System.Single;", banned, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("public double Price { get; }", true)]
    [InlineData("var cents = (float)amount * 100;", true)]
    [InlineData("Convert.ToInt64(x); System.Double y;", true)]
    [InlineData("decimal price; // never a double", false)]
    [InlineData("throw new ArgumentException(\"a double\")", false)]
    [InlineData("lines.Single()", false)]
    [InlineData("var price = 1.5;", true)]
    [InlineData("var price = 1.5m + 2;", false)]
    [InlineData("var price = 3d;", true)]
    [InlineData("var mask = 0x1f;", false)]
    [InlineData("var tail = text[1..5];", false)]
    public void Binary_floating_point_is_seen(string code, bool floating) => Assert.Equal(floating, SourceRules.HasFloatingPoint(code));

    [Fact]
    public void No_file_is_longer_than_800_lines() => Assert.Empty(
        from file in Code
        let lines = File.ReadLines(file).Count()
        where lines > SourceRules.LongestFile
        select $"{House.Relative(file)}: {lines}");

    [Fact]
    public void No_folder_is_named_after_a_layer() => Assert.DoesNotContain(
        House.Files("*.cs", "src", "tools", "bench").SelectMany(file => House.Relative(file).Split('/')), part => part is "Models" or "Helpers" or "Utils" or "Common");

    [Fact]
    public void Every_room_says_what_it_is_in_at_most_30_lines() => Assert.All(
        House.Projects.Where(project => project.Folder.StartsWith("src/", StringComparison.Ordinal)),
        project =>
        {
            var readme = Path.Combine(House.Root, project.Folder, "README.md");
            Assert.True(File.Exists(readme), $"{project.Name} has no README.md");
            Assert.InRange(File.ReadLines(readme).Count(), 1, 30);
        });

    [Fact]
    public void Every_suite_is_one_that_the_test_command_runs() => Assert.Empty(
        House.Files("*.cs", "tests").Where(file => !House.Relative(file).Contains("/Architecture/", StringComparison.Ordinal)).SelectMany(file => SourceRules.UnknownSuites(File.ReadAllText(file))));

    [Theory]
    [InlineData("[Trait(\"suite\", \"chaos-sqlite\")]", true)]
    [InlineData("[Trait(\"suite\", \"chaos-sqlight\")]", false)]
    [InlineData("[Trait(\"suite\", Suites.Sockets)]", false)]
    public void An_unknown_suite_is_seen(string code, bool known) => Assert.Equal(known, !SourceRules.UnknownSuites(code).Any());

    private static bool IsGenerated(string name) =>
        name.Contains("/Generated/", StringComparison.Ordinal) || name.Contains("/Busbar.Schema/Sqlite/", StringComparison.Ordinal) || name.Contains("/Busbar.Schema/Postgres/", StringComparison.Ordinal);
}
