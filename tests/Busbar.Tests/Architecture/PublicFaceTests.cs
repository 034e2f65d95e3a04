using System.Reflection;
using System.Text.RegularExpressions;

namespace Busbar.Tests.Architecture;

/// <summary>A module shows its Contracts and one XModule class; the rest is its own business.</summary>
public sealed partial class PublicFaceTests
{
    private static readonly string[] Modules =
        ["Egress", "Gateway", "Stations", "Customers", "Pricing", "Sessions", "Energy", "Billing", "Payments", "Roaming", "Operations", "Reporting", "Integrations", "Driver"];

    // Storage and Identity are what the modules are written in (RoomDb, CommitLoop, Body<T>, Page<T>): their face is wider than Contracts, on purpose.

    /// <summary>Public besides, each with its reason; an entry that has become untrue fails too.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
    };

    [Fact]
    public void A_module_shows_its_contracts_and_its_one_class()
    {
        var seen = from room in Modules
                   let project = House.Projects.FirstOrDefault(project => project.Name == "Busbar." + room)
                   where project is not null
                   let contracts = DeclaredIn(House.Files("*.cs", project.Folder + "/Contracts").Select(File.ReadAllText))
                   from breach in Breaches(room, Assembly.Load(project.Assembly).GetExportedTypes(), contracts)
                   select breach;
        Assert.Equal(Exceptions.Keys.Order(), seen.Order());
    }

    [Fact]
    public void A_type_that_shows_itself_is_seen() => Assert.Equal(
        [typeof(PublicFaceTests).FullName!],
        Breaches("Stations", [typeof(PublicFaceTests), typeof(Busbar.Stations.StationsModule), typeof(Busbar.Stations.Contracts.IChargingDesk)], DeclaredIn(["public interface IChargingDesk\n{"])));

    private static IEnumerable<string> Breaches(string room, IEnumerable<Type> exported, HashSet<string> contracts) =>
        from type in exported
        where type.DeclaringType is null
        where type.FullName != $"Busbar.{room}.{room}Module" && !contracts.Contains(type.Name.Split('`')[0])
        // Razor makes components public.
        where type.Namespace?.StartsWith($"Busbar.{room}.Console", StringComparison.Ordinal) != true
        select type.FullName!;

    /// <summary>By folder, since some rooms give their contracts the room's own namespace.</summary>
    private static HashSet<string> DeclaredIn(IEnumerable<string> files) =>
        [.. files.SelectMany(text => Declaration().Matches(text)).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^public [\w ]*?\b(?:class|record struct|record class|record|struct|interface|enum|delegate [\w<>\[\]?, ]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();
}
