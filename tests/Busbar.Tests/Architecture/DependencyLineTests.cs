namespace Busbar.Tests.Architecture;

public sealed class DependencyLineTests
{
    /// <summary>Listed and not used, for now; an entry that has become untrue fails too.</summary>
    private static readonly Dictionary<string, string> ListedEarly = new()
    {
    };

    [Fact]
    public void Every_project_references_only_what_stands_to_its_left() => Assert.Empty(DependencyLine.Breaches(House.Projects));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(House.Root, "Busbar.slnx"));
        Assert.All(House.Projects, project => Assert.Contains($"\"{project.Folder}/{project.Name}.csproj\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void A_project_lists_only_what_it_uses()
    {
        var unused = House.Projects.Where(project => !DependencyLine.IsOutside(project))
            .SelectMany(project => DependencyLine.Unused(project, House.Projects, House.UsedBy(project).Assemblies));
        Assert.Equal(ListedEarly.Keys.Order(), unused.Order());
    }

    [Fact]
    public void The_gateway_knows_frames_and_no_messages()
    {
        Assert.Empty(DependencyLine.GatewayBreaches(House.UsedBy(Named("Gateway")).Namespaces));
        Assert.NotEmpty(DependencyLine.GatewayBreaches(House.UsedBy(Named("Stations")).Namespaces));     // the guard sees what it looks for
    }

    // The guards, seen failing.

    [Fact]
    public void A_reference_to_the_right_is_refused() =>
        Refused("Busbar.Stations references Busbar.Sessions, which does not stand to its left", Project.InSrc("Busbar.Stations", "Busbar.Kernel", "Busbar.Sessions"));

    [Fact]
    public void A_reference_to_itself_is_refused() =>
        Refused("Busbar.Kernel references Busbar.Kernel, which does not stand to its left", Project.InSrc("Busbar.Kernel", "Busbar.Kernel"));

    [Fact]
    public void A_project_without_a_place_is_refused() => Refused("Busbar.Extras is unknown: give it a place on the line", Project.InSrc("Busbar.Extras"));

    [Theory]
    [InlineData("src/x", "Busbar.Tests")]
    [InlineData("src/x", "Busbar.Load")]
    [InlineData("tools", "Busbar.Load")]
    [InlineData("bench", "Busbar.Stories")]
    [InlineData("bench", "Busbar.Storms")]
    public void A_program_outside_the_line_is_refused_elsewhere_than_in_its_folder(string folder, string name) =>
        Refused($"{name} is unknown: give it a place on the line", new Project(name, $"{folder}/{name}", name));

    [Theory]
    [InlineData("Busbar.ChaosHost")]
    [InlineData("Busbar.Load")]
    public void A_reference_to_a_program_outside_the_line_is_refused(string name) =>
        Refused($"Busbar.Server references {name}, which has no place on the line", Project.InSrc("Busbar.Server", name));

    [Fact]
    public void A_reference_that_is_there_twice_is_refused() =>
        Refused("Busbar.Rating references Busbar.Kernel twice", Project.InSrc("Busbar.Rating", "Busbar.Kernel", "Busbar.Kernel"));

    [Theory]
    [InlineData("Busbar.Sessions", "Busbar.Ocpp")]
    [InlineData("Busbar.Server", "Busbar.Ocpp")]
    [InlineData("Busbar.Billing", "Busbar.Ocpi")]
    [InlineData("Busbar.Stations", "Busbar.Ocpi")]
    public void A_look_over_a_fence_is_refused(string project, string fenced) => Refused($"{project} looks over the fence of {fenced}", Project.InSrc(project, fenced));

    [Fact]
    public void Who_belongs_inside_a_fence_passes() => Assert.Empty(DependencyLine.Breaches(
        [Project.InSrc("Busbar.Gateway", "Busbar.Ocpp"), Project.InSrc("Busbar.Stations", "Busbar.Ocpp"), Project.InSrc("Busbar.Simulator", "Busbar.Ocpp"), Project.InSrc("Busbar.Pricing", "Busbar.Ocpi")]));

    [Fact]
    public void A_reference_that_nothing_uses_is_refused()
    {
        var rating = House.Projects.Single(project => project.Name == "Busbar.Rating");
        var listing = rating with { References = [.. rating.References, "Busbar.Server"] };

        Assert.Equal(["Busbar.Rating lists Busbar.Server and does not use it"], DependencyLine.Unused(listing, House.Projects, House.UsedBy(rating).Assemblies));
    }

    private static void Refused(string breach, Project project) => Assert.Equal([breach], DependencyLine.Breaches([project]));

    private static Project Named(string room) => House.Projects.Single(project => project.Name == "Busbar." + room);
}
