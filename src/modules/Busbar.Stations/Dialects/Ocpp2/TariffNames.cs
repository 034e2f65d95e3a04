using System.Globalization;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>
/// What 2.1 stations call our tariffs. A station refuses a name that it has, wherever it has it (I07.FR.04), so a tariff of one EVSE has that EVSE's name beside its own: the same
/// version can be given to a second EVSE, and different content never has one name (I08.FR.08).
/// </summary>
internal static class TariffNames
{
    private const char Mark = '@';

    /// <param name="evse">0: of each EVSE, or of a driver.</param>
    public static string At(string tariff, int evse) => evse == 0 ? tariff : string.Create(CultureInfo.InvariantCulture, $"{tariff}{Mark}{evse}");

    /// <summary>The tariff, whichever EVSE it was given to.</summary>
    public static string Of(string name) => name.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at ? name[..at] : name;
}
