using System.Globalization;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Screens;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>
/// Prices on the screen of a 2.x station (part 2, I): what it can do is in its TariffCostCtrlr. A 2.1 station that reads tariffs is given one, if it comes to our price
/// with it; others show a text.
/// </summary>
internal sealed class ScreenCalls(OcppVersion version) : IScreenDialect
{
    private const string Component = "TariffCostCtrlr";
    private const string Fallback = "TariffFallbackMessage";

    // 2.12.3: maxLimit.
    private const int FallbackLength = 512;

    private static readonly (string Name, string? Instance)[] Asked201 = [("Available", "Tariff"), ("Enabled", "Tariff"), ("Available", "Cost"), ("Enabled", "Cost"), (Fallback, null)];
    private static readonly (string Name, string? Instance)[] Asked21 = [.. Asked201, ("ConditionsSupported", "Tariff"), ("MaxElements", "Tariff"), ("HandleFailedTariff", "Tariff")];

    public StationCall Question { get; } = new(Ocpp2Actions.GetVariables.Name, Ocpp2Json.Write(new GetVariablesRequest
    {
        GetVariableData = [.. (version >= OcppVersion.V21 ? Asked21 : Asked201).Select(asked => new GetVariableDataType
        {
            Component = new ComponentType { Name = Component }, Variable = new VariableType { Name = asked.Name, Instance = asked.Instance },
        })],
    }, version));

    public ScreenFacts Read(ReadOnlySpan<byte> answer)
    {
        if (!Ocpp2Json.TryRead<GetVariablesResponse>(answer, out var response, out _)) return ScreenFacts.None;
        var isEnabled = Is("Available", "Tariff") && !IsNot("Enabled", "Tariff");
        var counts = Is("Available", "Cost") && !IsNot("Enabled", "Cost");
        var hasText = ValueOf(Fallback, null) is not null;
        var is21 = version >= OcppVersion.V21;
        return new ScreenFacts(
            ShowsPrice: hasText || (!is21 && isEnabled),

            // 2.1: Cost is the station's own calculation; a station with a TariffCostCtrlr shows what it is told (I02). 2.0.1: Cost is that it shows it.
            ShowsCost: is21 ? hasText || counts : counts,
            TakesTariffs: is21 && isEnabled,
            Calculates: is21 && isEnabled && counts,
            TakesConditions: Is("ConditionsSupported", "Tariff"),
            MostPrices: int.TryParse(ValueOf("MaxElements", "Tariff"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : null,
            LeavesCost: ValueOf("HandleFailedTariff", "Tariff") == "CentralCost");

        string? ValueOf(string name, string? instance) => response.GetVariableResult.OfType<GetVariableResultType>()
            .FirstOrDefault(one => one.AttributeStatus == GetVariableStatusEnum.Accepted && one.Component.Name == Component && one.Variable.Name == name && one.Variable.Instance == instance) is { } found
                ? found.AttributeValue ?? "" : null;
        bool Is(string name, string instance) => string.Equals(ValueOf(name, instance), "true", StringComparison.OrdinalIgnoreCase);
        bool IsNot(string name, string instance) => string.Equals(ValueOf(name, instance), "false", StringComparison.OrdinalIgnoreCase);
    }

    public StationCall? Price(StationPrices prices, ScreenFacts facts, bool hasShown)
    {
        var text = prices.Text.FirstOrDefault().Value ?? "";
        if (!facts.ShowsPrice || (text.Length == 0 && !hasShown)) return null;
        return new StationCall(Ocpp2Actions.SetVariables.Name, Ocpp2Json.Write(new SetVariablesRequest
        {
            SetVariableData = [new SetVariableDataType
            {
                Component = new ComponentType { Name = Component }, Variable = new VariableType { Name = Fallback }, AttributeValue = DisplayText.Cut(text, FallbackLength, FallbackLength),
            }],
        }, version)) { About = prices.Name };
    }

    public StationCall? GiveTariff(DisplayPrice price, int evse, ScreenFacts facts)
    {
        if (Exact(price, TariffNames.At(price.TariffId, evse), facts) is not { } tariff || !IsWithin(tariff, facts)) return null;
        return new StationCall(Ocpp2Actions.SetDefaultTariff.Name, Ocpp2Json.Write(new SetDefaultTariffRequest { EvseId = evse, Tariff = tariff }, version)) { About = tariff.TariffId };
    }

    // By its id: a tariff that is not ours stays. At one EVSE it may be the one that was given to all (I10.FR.05: what matches both).
    public StationCall? TakeBack(string tariff, int evse) => new StationCall(Ocpp2Actions.ClearTariffs.Name, Ocpp2Json.Write(evse == 0
        ? new ClearTariffsRequest { TariffIds = [tariff] }
        : new ClearTariffsRequest { TariffIds = [tariff, TariffNames.At(tariff, evse)], EvseId = evse }, version)) { About = TariffNames.At(tariff, evse) };

    // I07.FR.04.
    public bool HasAlready(string action, ReadOnlySpan<byte> answer) => action == Ocpp2Actions.SetDefaultTariff.Name && Salvage.Text(answer, "status") == "DuplicateTariffId";

    /// <summary>
    /// The driver's tariff (I08.FR.01), where it is the same at every EVSE: Authorize names none. One that is beyond the station it gets only if it then calculates nothing (I08.FR.33):
    /// otherwise it would turn the driver away, or calculate by its default tariff. To one that OCPP cannot say nothing stops it; there our running cost says what is charged.
    /// </summary>
    public static TariffType? DriverTariff(StationPrices prices, ScreenFacts facts) =>
        prices is { Apart.Count: 0, Whole: { } price } && Exact(price, price.TariffId, facts) is { } tariff && (facts.LeavesCost || IsWithin(tariff, facts)) ? tariff : null;

    /// <summary>The tariff, if OCPP says it so that a station comes to our price.</summary>
    private static TariffType? Exact(DisplayPrice price, string name, ScreenFacts facts)
    {
        if (!facts.TakesTariffs || name.Length is 0 or > Tariffs.IdLength) return null;
        var said = Tariffs.Write(price.Tariff, name, price.Text);
        return said.IsExact ? said.Tariff : null;
    }

    // I07.FR.02, I07.FR.03.
    private static bool IsWithin(TariffType tariff, ScreenFacts facts) =>
        Tariffs.MostPrices(tariff) <= (facts.MostPrices ?? int.MaxValue) && (facts.TakesConditions || !Tariffs.HasConditions(tariff));

    /// <summary>It stands in the answer to Authorize (I01, I08).</summary>
    public StationCall? DriverPrice(string token, StationPrices prices) => null;

    // I03.FR.02: the last price stands in the answer to the transaction's end.
    public StationCall? Cost(CostSoFar cost, decimal amount, Energy? register, bool idle) => cost.Final || cost.TransactionId.Length > 36
        ? null
        : new StationCall(Ocpp2Actions.CostUpdated.Name, Ocpp2Json.Write(new CostUpdatedRequest { TotalCost = amount, TransactionId = cost.TransactionId }, version)) { About = cost.TransactionId };

    public bool IsYes(string action, ReadOnlySpan<byte> answer)
    {
        if (action == Ocpp2Actions.CostUpdated.Name) return true;
        if (action == Ocpp2Actions.ClearTariffs.Name)
        {
            return Ocpp2Json.TryRead<ClearTariffsResponse>(answer, out var cleared, out _)
                && cleared.ClearTariffsResult.OfType<ClearTariffsResultType>().All(one => one.Status == TariffClearStatusEnum.Accepted || one.Status == TariffClearStatusEnum.NoTariff);
        }
        if (action != Ocpp2Actions.SetVariables.Name)
        {
            return Salvage.Text(answer, "status") == "Accepted";
        }
        return Ocpp2Json.TryRead<SetVariablesResponse>(answer, out var response, out _)
            && response.SetVariableResult.OfType<SetVariableResultType>().All(one => one.AttributeStatus == SetVariableStatusEnum.Accepted || one.AttributeStatus == SetVariableStatusEnum.RebootRequired);
    }
}
