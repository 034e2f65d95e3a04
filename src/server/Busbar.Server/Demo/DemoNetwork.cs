using System.Globalization;
using Busbar.Simulator.Physics;

namespace Busbar.Server.Demo;

/// <param name="Tariff">A name in <see cref="DemoNetwork.Tariffs"/>.</param>
internal sealed record DemoSite(
    string Name, string TimeZone, string Country, string Address, string City, string PostalCode, decimal Latitude, decimal Longitude, string Tariff);

/// <param name="Price">The OCPI tariff without its currency.</param>
internal sealed record DemoTariff(string Name, string Price);

/// <summary>How a station of the demo behaves.</summary>
internal enum DemoCharacter
{
    /// <summary>Charges car after car.</summary>
    Busy,

    /// <summary>The same, but one of its outlets breaks now and then.</summary>
    Breaking,

    /// <summary>The same, but its connection is lost now and then.</summary>
    Wavering,

    /// <summary>The same, but its meter falls back to 0 in the middle of a charge, and once at its end.</summary>
    Resetting,

    /// <summary>Was never heard of.</summary>
    Absent,
}

/// <param name="Site">A name in <see cref="DemoNetwork.Sites"/>.</param>
/// <param name="Version">Of OCPP.</param>
/// <param name="Connectors">Outlets, each an EVSE of its own.</param>
internal sealed record DemoStation(
    string Id, string Name, string Site, string Version, string Vendor, string Model, Outlet Outlet, int Connectors, DemoCharacter Character = DemoCharacter.Busy)
{
    public string Standard => Outlet.IsDc ? "IEC_62196_T2_COMBO" : "IEC_62196_T2";
}

/// <summary>The network of the demo: a garage, a street and a motorway, in all versions of OCPP.</summary>
internal static class DemoNetwork
{
    public const string Slug = "demo";
    public const string Name = "Demo network";
    public const string Currency = "EUR";

    private static readonly Outlet Street = new(11_000, 3);
    private static readonly Outlet Garage = new(22_000, 3);
    private static readonly Outlet Fast = new(150_000, 0);

    public static IReadOnlyList<DemoTariff> Tariffs { get; } =
    [
        new("Garage, by day and by night", """
            "elements":[{"price_components":[{"type":"ENERGY","price":0.42,"vat":21.0,"step_size":1}],"restrictions":{"start_time":"07:00","end_time":"22:00"}},
            {"price_components":[{"type":"ENERGY","price":0.29,"vat":21.0,"step_size":1}]}]
            """),
        new("Street, with a fee for staying", """
            "elements":[{"price_components":[{"type":"FLAT","price":0.50,"vat":19.0,"step_size":1},{"type":"ENERGY","price":0.45,"vat":19.0,"step_size":1},
            {"type":"PARKING_TIME","price":3.00,"vat":19.0,"step_size":60}]}]
            """),
        new("Motorway", """
            "elements":[{"price_components":[{"type":"ENERGY","price":0.62,"vat":21.0,"step_size":1},{"type":"PARKING_TIME","price":12.00,"vat":21.0,"step_size":60}]}]
            """),
    ];

    public static IReadOnlyList<DemoSite> Sites { get; } =
    [
        new("Harbour garage", "Europe/Amsterdam", "NLD", "Kade 12", "Rotterdam", "3011 AA", 51.9167m, 4.4833m, Tariffs[0].Name),
        new("Market street", "Europe/Berlin", "DEU", "Marktstraße 7", "Hamburg", "20095", 53.5503m, 9.9920m, Tariffs[1].Name),
        new("Motorway stop", "Europe/Brussels", "BEL", "E19, Rustplaats", "Antwerpen", "2000", 51.2194m, 4.4025m, Tariffs[2].Name),
    ];

    public static IReadOnlyList<DemoStation> Stations { get; } =
    [
        new("HARBOUR-1", "Level -1, left", Sites[0].Name, "1.6", "Acme", "Wall 22", Garage, 2),
        new("HARBOUR-2", "Level -1, right", Sites[0].Name, "1.6", "Acme", "Wall 22", Garage, 2, DemoCharacter.Breaking),
        new("HARBOUR-3", "Level -2, left", Sites[0].Name, "2.0.1", "Acme", "Wall 22 S", Garage, 2),
        new("HARBOUR-4", "Level -2, right", Sites[0].Name, "1.6", "Acme", "Wall 22", Garage, 2, DemoCharacter.Resetting),
        new("MARKET-1", "At the fountain", Sites[1].Name, "2.0.1", "Borealis", "Post 11", Street, 1),
        new("MARKET-2", "At the bakery", Sites[1].Name, "2.0.1", "Borealis", "Post 11", Street, 1, DemoCharacter.Wavering),
        new("MARKET-3", "At the church", Sites[1].Name, "1.6", "Borealis", "Post 11", Street, 1),
        new("MARKET-4", "At the town hall", Sites[1].Name, "1.6", "Borealis", "Post 11", Street, 1, DemoCharacter.Absent),
        new("MOTOR-1", "Bay 1", Sites[2].Name, "2.1", "Cirrus", "Rapid 150", Fast, 1),
        new("MOTOR-2", "Bay 2", Sites[2].Name, "2.1", "Cirrus", "Rapid 150", Fast, 1),
        new("MOTOR-3", "Bay 3", Sites[2].Name, "2.0.1", "Cirrus", "Rapid 150", Fast, 1),
        new("MOTOR-4", "Bay 4", Sites[2].Name, "2.1", "Cirrus", "Rapid 150", Fast, 1, DemoCharacter.Breaking),
    ];

    /// <summary>Drivers' cards; one in three is a fleet's.</summary>
    public static IReadOnlyList<string> Tokens { get; } = [.. Enumerable.Range(1, 24).Select(number => string.Create(CultureInfo.InvariantCulture, $"04DE30{number:00}"))];

    public static string? GroupOf(int token) => token % 3 == 0 ? "demo-fleet" : null;
}
