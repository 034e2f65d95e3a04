using Busbar.Identity;
using Busbar.Identity.Http;

namespace Busbar.Shell.People;

/// <summary>One line of the form that says what somebody may do where.</summary>
internal sealed class GrantDraft
{
    public const string Tenant = "tenant", Stations = "stations";

    public string Role { get; set; } = "technician";

    /// <summary><see cref="Tenant"/>, <see cref="Stations"/>, or a location's id; empty: not said yet.</summary>
    public string Where { get; set; } = "";

    /// <summary>Names of stations, separated by commas.</summary>
    public string Names { get; set; } = "";

    /// <summary>A location has a line of its own; stations share one.</summary>
    public static IEnumerable<GrantDraft> Of(IEnumerable<GrantGroup> groups) => groups.SelectMany(group => group.Where switch
    {
        PlaceKind.Tenant => [new GrantDraft { Role = group.Role.Key, Where = Tenant }],
        PlaceKind.Location => group.Places.Select(place => new GrantDraft { Role = group.Role.Key, Where = place.Name }),
        _ => [new GrantDraft { Role = group.Role.Key, Where = Stations, Names = string.Join(", ", group.Places.Select(place => place.Name)) }],
    });

    public GrantInput ToInput() => Where switch
    {
        Tenant => new GrantInput { Role = Role, Where = Tenant },
        Stations => new GrantInput { Role = Role, Where = Stations, Ids = Names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) },
        // What was not chosen is nothing, and not everything.
        _ => new GrantInput { Role = Role, Where = "locations", Ids = Where.Length == 0 ? [] : [Where] },
    };
}
