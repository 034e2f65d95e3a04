namespace Busbar.Tests.Architecture;

/// <summary>The dependency rule: a project references only what stands to its left, and lists only what it uses (docs/adr/0001).</summary>
internal static class DependencyLine
{
    public static readonly string[] Order =
    [
        "Kernel", "Rating", "Ocpp", "Ocpi",
        "Storage", "Egress", "Identity", "Gateway", "Shell",
        "Stations", "Customers", "Pricing", "Sessions", "Energy", "Billing", "Payments", "Roaming", "Operations", "Reporting", "Integrations", "Driver",
        "Schema", "Simulator", "Server",
    ];

    /// <summary>Programs that stand outside the line, by their folder, because nothing that is shipped may reference them.</summary>
    private static readonly Dictionary<string, string[]> Outside = new()
    {
        ["tests"] = ["Busbar.Tests", "Busbar.Stories", "Busbar.ChaosHost", "Busbar.OpenIdProvider"],
        ["bench"] = ["Busbar.Bench", "Busbar.Load"],
        ["tools"] = ["OcppGen"],
    };

    /// <summary>Who may see a room that has a fence; programs outside the line may see everything.</summary>
    private static readonly Dictionary<string, string[]> Fences = new()
    {
        ["Ocpp"] = ["Gateway", "Stations", "Simulator"],
        ["Ocpi"] = ["Pricing", "Roaming"],
    };

    /// <summary>Gateway knows frames, not messages.</summary>
    private static readonly string[] GatewaySees = ["Busbar.Ocpp", "Busbar.Ocpp.Rpc"];

    public static IEnumerable<string> Breaches(IReadOnlyList<Project> projects)
    {
        foreach (var project in projects)
        {
            if (IsOutside(project)) continue;
            var place = Place(project.Name);
            if (place < 0)
            {
                yield return $"{project.Name} is unknown: give it a place on the line";
                continue;
            }
            foreach (var reference in project.References)
            {
                var other = Place(reference);
                if (other < 0) yield return $"{project.Name} references {reference}, which has no place on the line";
                else if (other >= place) yield return $"{project.Name} references {reference}, which does not stand to its left";
                else if (Fences.TryGetValue(Order[other], out var seenBy) && !seenBy.Contains(project.Room)) yield return $"{project.Name} looks over the fence of {reference}";
            }
            foreach (var doubled in project.References.GroupBy(name => name).Where(group => group.Count() > 1)) yield return $"{project.Name} references {doubled.Key} twice";
        }
    }

    /// <summary>What a project lists and its built assembly does not mention. A constant alone leaves no mention.</summary>
    public static IEnumerable<string> Unused(Project project, IReadOnlyList<Project> all, IReadOnlySet<string> mentioned) =>
        from reference in project.References
        let assembly = all.FirstOrDefault(other => other.Name == reference)?.Assembly ?? reference
        where !mentioned.Contains(assembly)
        select $"{project.Name} lists {reference} and does not use it";

    public static IEnumerable<string> GatewayBreaches(IEnumerable<string> namespaces) =>
        from name in namespaces
        where name.StartsWith("Busbar.Ocpp", StringComparison.Ordinal) && !GatewaySees.Contains(name)
        select $"Busbar.Gateway uses {name}";

    public static bool IsOutside(Project project) => Outside.GetValueOrDefault(project.Folder.Split('/')[0])?.Contains(project.Name) == true;

    private static int Place(string name) => name.StartsWith("Busbar.", StringComparison.Ordinal) ? Array.IndexOf(Order, name["Busbar.".Length..]) : -1;
}
